import { z } from 'zod'
import { beamPlot } from '../beam.ts'
import { difference, interval, made, madeFacts, taskParts } from './bench.ts'
import { html } from './html.ts'
import { changesBySeed, pageLook, type Section, shares, table, taskTitle } from './parts.ts'

const point = z.object({
  reward: z.string(),
  n: z.int(),
  beams: z.int(),
  beam: interval,
  best: interval,
  majority: interval,
  beamMinusBest: difference,
  beamMinusMajority: difference,
  minusFirst: difference.nullable(),
  tokens: z.number().positive(),
  bestTokens: z.number().positive(),
})

export const beamResult = z.object({
  ...made,
  diverse: z.boolean(),
  sets: z
    .array(
      z.object({
        task: z.string(),
        split: z.string(),
        problems: z.int(),
        points: z.array(point).min(1),
      }),
    )
    .min(1),
})

export function beamSection(result: z.output<typeof beamResult>): Section {
  const { sets, diverse } = result
  return {
    title: 'Beam search',
    about:
      'How often the answer is right when a reward guides the search step by step, against the best of N and the majority ' +
      `of whole samples at equal generated tokens${diverse ? '; the beams are independent subtrees' : ''}.`,
    body: html`${taskParts(sets, result, {
      plots: (set) => [
        {
          svg: beamPlot(set, pageLook),
          caption: `${taskTitle(set.task)}, ${set.split}: ${set.problems} problems; dashed is the best of whole samples at equal tokens; bands are 95% intervals over problems.`,
        },
      ],
      numbers: (own) =>
        table(
          'Right answers, %, with intervals; differences in percentage points, and what they are of each seed',
          own.map(({ split, points }) => ({ name: split, rows: points })),
          [
            { title: 'N/beams', value: ({ n, beams }) => `${n}/${beams}` },
            { title: 'reward', value: ({ reward }) => reward },
            { title: 'beam', value: ({ beam }) => shares(beam) },
            { title: 'best of N', value: ({ best }) => shares(best) },
            { title: 'majority', value: ({ majority }) => shares(majority) },
            { title: 'beam minus best', value: ({ beamMinusBest }) => changesBySeed(beamMinusBest) },
            {
              title: 'beam minus majority',
              value: ({ beamMinusMajority }) => changesBySeed(beamMinusMajority),
            },
            { title: 'minus first reward', value: ({ minusFirst }) => changesBySeed(minusFirst) },
            { title: 'tokens', value: ({ tokens }) => tokens.toFixed(0) },
            { title: 'of samples', value: ({ bestTokens }) => bestTokens.toFixed(0) },
          ],
        ),
    })}${madeFacts(result, 'of each problem, as many as have at least the tokens of its beam search')}`,
  }
}
