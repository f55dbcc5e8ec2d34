import { join } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import type { CrossSampleSet } from '../evaluate/cross-sample.ts'
import { linePlot, type PlotLook } from './line-plot.ts'
import { taskLabel } from './task-label.ts'

/** What of a `CrossSampleSet` is plotted. */
export interface PlottedReliability {
  task: string
  split: string
  problems: number
  rewards: {
    reward: string
    samples: number
    raw: { bins: { probability: number; frequency: number }[] }
  }[]
}

/**
 * How often answers are right against how likely they were said to be, as an SVG document: one curve a reward. Those that scored no
 * sample have none; null where no other is left.
 */
export function reliabilityPlot(
  { task, split, problems, rewards }: PlottedReliability,
  look: PlotLook = {},
): string | null {
  const scored = rewards.filter(({ samples }) => samples > 0)
  if (scored.length === 0) return null
  return linePlot({
    title: `Reliability: ${taskLabel(task)}, ${split}`,
    subtitle: `${scored[0].samples} samples of ${problems} problems, not recalibrated; dashed: stated chance = share right`,
    x: { label: 'stated chance that the answer is right', scale: 'linear' },
    y: { label: 'share right', format: 'percent' },
    ...look,
    curves: [
      {
        name: 'perfect',
        emphasis: 'reference' as const,
        points: [0, 1].map((at) => ({ x: at, y: at })),
      },
      ...scored.map(({ reward, raw }, i) => ({
        name: reward,
        emphasis: i === 0 ? ('strong' as const) : ('plain' as const),
        points: raw.bins.map(({ probability, frequency }) => ({ x: probability, y: frequency })),
      })),
    ],
  })
}

/** Writes `results.json` and one plot a set, `<task>-<split>.svg`; returns the files. */
export function writeCrossSample(
  directory: string,
  results: { sets: readonly CrossSampleSet[] },
): Promise<string[]> {
  return writeFiles([
    { path: join(directory, 'results.json'), text: `${JSON.stringify(results, null, 2)}\n` },
    ...results.sets.flatMap((set) => {
      const text = reliabilityPlot(set)
      return text === null ? [] : [{ path: join(directory, `${set.task}-${set.split}.svg`), text }]
    }),
  ])
}
