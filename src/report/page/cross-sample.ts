import { z } from 'zod'
import { reliabilityPlot } from '../reliability.ts'
import { difference, interval, made, madeFacts, taskParts } from './bench.ts'
import { html } from './html.ts'
import { fractions, fractionsBySeed, pageLook, type Section, table, taskTitle } from './parts.ts'

const calibrated = z.object({ ece: interval.nullable(), brier: interval.nullable() })

const reward = z.object({
  reward: z.string(),
  samples: z.int(),
  right: z.number().nullable(),
  auprc: interval.nullable(),
  raw: calibrated.extend({
    bins: z.array(z.object({ probability: z.number(), frequency: z.number() })),
  }),
  temperature: calibrated,
  platt: calibrated,
  minusFirst: z
    .object({
      auprc: difference.nullable(),
      ece: difference.nullable(),
      brier: difference.nullable(),
      eceTemperature: difference.nullable(),
    })
    .nullish(),
})

export const crossSampleResult = z.object({
  ...made,
  settings: made.settings.extend({ samples: z.int() }),
  sets: z
    .array(
      z.object({
        task: z.string(),
        split: z.string(),
        problems: z.int(),
        rewards: z.array(reward).min(1),
      }),
    )
    .min(1),
})

export function crossSampleSection(result: z.output<typeof crossSampleResult>): Section {
  return {
    title: 'Scores between problems',
    about:
      'Over the samples of all problems together: does a higher score mean a likelier answer (AUPRC), and is the chance ' +
      'that a reward states the share that is right (ECE, Brier), as it is and after recalibration on other problems?',
    body: html`${taskParts(result.sets, result, {
      plots(set) {
        const svg = reliabilityPlot(set, pageLook)
        if (svg === null) return []
        const samples = Math.max(...set.rewards.map((each) => each.samples))
        return [
          {
            svg,
            caption: `${taskTitle(set.task)}, ${set.split}: ${samples} samples of ${set.problems} problems, not recalibrated; on the dashed line the chance said is the share right.`,
          },
        ]
      },
      numbers: (own) =>
        table(
          'With 95% intervals over problems; those of an ECE lie high, as a resample adds its own noise to what cannot be below 0',
          own.map(({ split, rewards }) => ({ name: split, rows: rewards })),
          [
            { title: 'Reward', value: ({ reward }) => reward },
            { title: 'samples', value: ({ samples }) => samples },
            { title: 'right, %', value: ({ right }) => right !== null && (100 * right).toFixed(1) },
            { title: 'AUPRC', value: ({ auprc }) => fractions(auprc) },
            {
              title: 'AUPRC minus first reward',
              value: ({ minusFirst }) => fractionsBySeed(minusFirst?.auprc ?? null),
            },
            { title: 'ECE', value: ({ raw }) => fractions(raw.ece) },
            {
              title: 'ECE minus first reward',
              value: ({ minusFirst }) => fractionsBySeed(minusFirst?.ece ?? null),
            },
            { title: 'Brier', value: ({ raw }) => fractions(raw.brier) },
            { title: 'ECE, temperature', value: ({ temperature }) => fractions(temperature.ece) },
            { title: 'Brier, temperature', value: ({ temperature }) => fractions(temperature.brier) },
            { title: 'ECE, Platt', value: ({ platt }) => fractions(platt.ece) },
            { title: 'Brier, Platt', value: ({ platt }) => fractions(platt.brier) },
          ],
        ),
    })}${madeFacts(result, `${result.settings.samples} of each problem and seed`)}`,
  }
}
