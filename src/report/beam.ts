import { join } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import type { BeamPoint, BeamSet } from '../evaluate/beam-report.ts'
import { linePlot, type PlotLook } from './line-plot.ts'
import { taskLabel } from './task-label.ts'

/** What of a `BeamSet` is plotted. */
export interface PlottedBeams {
  task: string
  split: string
  problems: number
  points: Pick<BeamPoint, 'reward' | 'beam' | 'best' | 'tokens' | 'bestTokens'>[]
}

/** Accuracy against generated tokens as an SVG document: each reward's beams, and its best of N. */
export function beamPlot({ task, split, problems, points }: PlottedBeams, look: PlotLook = {}): string {
  const rewards = [...new Set(points.map(({ reward }) => reward))]
  const at = ({ mean, low, high }: { mean: number; low: number; high: number }) => ({ y: mean, low, high })
  const curves = rewards.flatMap((reward, i) => {
    const own = points.filter((point) => point.reward === reward).sort((a, b) => a.tokens - b.tokens)
    return [
      {
        name: `${reward} beam`,
        emphasis: i === 0 ? ('strong' as const) : ('plain' as const),
        points: own.map(({ tokens, beam }) => ({ x: tokens, ...at(beam) })),
      },
      {
        name: `${reward} best of N`,
        emphasis: 'reference' as const,
        points: own.map(({ bestTokens, best }) => ({ x: bestTokens, y: best.mean })),
      },
    ]
  })
  return linePlot({
    title: `Beam search: ${taskLabel(task)}, ${split}`,
    subtitle: `${problems} problems; dashed: best of whole samples at equal tokens`,
    x: { label: 'generated tokens a problem', scale: 'log2' },
    y: { label: 'share of problems answered right', format: 'percent' },
    ...look,
    curves,
  })
}

/** Writes `results.json` and one plot a set, `<task>-<split>.svg`; returns the files. */
export function writeBeams(directory: string, results: { sets: readonly BeamSet[] }): Promise<string[]> {
  return writeFiles([
    { path: join(directory, 'results.json'), text: `${JSON.stringify(results, null, 2)}\n` },
    ...results.sets.map((set) => ({
      path: join(directory, `${set.task}-${set.split}.svg`),
      text: beamPlot(set),
    })),
  ])
}
