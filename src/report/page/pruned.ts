import { z } from 'zod'
import { linePlot } from '../line-plot.ts'
import { percent } from '../percent.ts'
import { taskLabel } from '../task-label.ts'
import { interval, made, madeFacts, taskParts } from './bench.ts'
import { html } from './html.ts'
import { pageLook, type Section, shares, table, taskTitle } from './parts.ts'

const point = z.object({
  n: z.int().min(1),
  tokens: interval,
  scored: interval,
  full: interval,
  pruned: interval,
  same: z.number(),
})

const prunedSet = z.object({
  task: z.string(),
  split: z.string(),
  problems: z.int(),
  points: z.array(point).min(1),
})

type PrunedSet = z.output<typeof prunedSet>

export const prunedResult = z.object({ ...made, width: z.int(), sets: z.array(prunedSet).min(1) })

export function prunedSection(result: z.output<typeof prunedResult>): Section {
  const { sets, width } = result
  return {
    title: 'Exact pruning',
    about:
      'What share of the tokens and of the scoring of full best of N it takes when a candidate stops as soon as it can no ' +
      'longer win, and whether the winners are the same.',
    body: html`${taskParts(sets, result, {
      plots: (set) => [
        {
          svg: costPlot(set),
          caption: `${taskTitle(set.task)}, ${set.split}: ${set.problems} problems, ${width} candidates at once; bands are 95% intervals over problems.`,
        },
      ],
      numbers: (own) =>
        table(
          'Percent, with 95% intervals',
          own.map(({ split, points }) => ({ name: split, rows: points })),
          [
            { title: 'N', value: ({ n }) => n },
            { title: 'tokens, of full', value: ({ tokens }) => shares(tokens) },
            { title: 'scored steps, of full', value: ({ scored }) => shares(scored) },
            { title: 'right', value: ({ pruned }) => shares(pruned) },
            { title: 'right when full', value: ({ full }) => shares(full) },
            { title: 'same winner', value: ({ same }) => percent(same, 1) },
          ],
        ),
    })}${madeFacts(result, html`of each problem, the N of the tables; ${width} advance at once`)}`,
  }
}

function costPlot({ task, split, points }: PrunedSet): string {
  const curve = (name: string, of: 'tokens' | 'scored', emphasis: 'strong' | 'plain') => ({
    name,
    emphasis,
    points: points.map((point) => ({
      x: point.n,
      y: point[of].mean,
      low: point[of].low,
      high: point[of].high,
    })),
  })
  return linePlot({
    ...pageLook,
    title: `Pruning: ${taskLabel(task)}, ${split}`,
    x: { label: 'N, samples to choose from' },
    y: { label: 'share of what finishing all takes', format: 'percent' },
    curves: [curve('tokens', 'tokens', 'strong'), curve('scored steps', 'scored', 'plain')],
  })
}
