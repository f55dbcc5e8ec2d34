import { join } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import type { BestOfNCurve } from '../evaluate/best-of-n.ts'
import type { BestOfNSet } from '../evaluate/best-of-n-report.ts'
import type { Interval } from '../evaluate/bootstrap.ts'
import { linePlot, type PlotLook } from './line-plot.ts'

/** What of a `BestOfNSet` is plotted. */
export interface PlottedBestOfN {
  task: string
  split: string
  samples: { total: number }
  accuracy: {
    problems: number
    samples: number
    confidence: number
    methods: Record<string, { kind: BestOfNCurve['kind']; points: (Interval & { n: number })[] }>
  }
}

const mostBands = 5

/** Accuracy against N as an SVG document: rewards in colour, their votes beside them, references dashed. */
export function bestOfNPlot({ task, split, accuracy, samples }: PlottedBestOfN, look: PlotLook = {}): string {
  const { methods, problems, confidence } = accuracy
  const rewards = Object.values(methods).filter(({ kind }) => kind === 'best')
  const [strongest] = rewards
  /** Those of references would hide the rest, and those of many rewards each other. */
  const hasBand = (curve: (typeof rewards)[number]) =>
    curve.kind !== 'reference' && (rewards.length <= mostBands || curve === strongest)
  const repetitions = Math.round(samples.total / (problems * accuracy.samples))
  return linePlot({
    title: `Best of N: ${task === 'all' ? 'all tasks' : task}, ${split}`,
    subtitle:
      `${problems} problems, ${accuracy.samples} samples of each${repetitions > 1 ? `, ${repetitions} times` : ''}; ` +
      `bands: ${Math.round(confidence * 100)}% over problems`,
    x: { label: 'N, samples to choose from' },
    y: { label: 'share of problems answered right', format: 'percent' },
    ...look,
    curves: Object.entries(methods).map(([name, curve]) => ({
      name,
      emphasis: curve === strongest ? 'strong' : curve.kind === 'reference' ? 'reference' : 'plain',
      points: curve.points.map(({ n, mean, low, high }) => ({
        x: n,
        y: mean,
        ...(hasBand(curve) && { low, high }),
      })),
    })),
  })
}

/**
 * Writes `results.json` and one plot a set, `<task>-<split>.svg`, to the directory. The same results give the same bytes.
 * @returns the files written
 */
export function writeBestOfN(directory: string, results: { sets: readonly BestOfNSet[] }): Promise<string[]> {
  return writeFiles([
    { path: join(directory, 'results.json'), text: `${JSON.stringify(results, null, 2)}\n` },
    ...results.sets.map((set) => ({
      path: join(directory, `${set.task}-${set.split}.svg`),
      text: bestOfNPlot(...legible(set)),
    })),
  ])
}

/** More rewards than these, and their votes would hide them. */
const mostVotes = 3
/** Curves that have room for their names at the usual height, and the room that each more takes. */
const [usualCurves, room] = [18, 15]

/** The set without votes where they would be too many, and a look that has room for the names of all curves. */
function legible(set: PlottedBestOfN): [PlottedBestOfN, PlotLook] {
  const all = Object.entries(set.accuracy.methods)
  const crowded = all.filter(([, { kind }]) => kind === 'vote').length > mostVotes
  const methods = Object.fromEntries(all.filter(([, { kind }]) => !crowded || kind !== 'vote'))
  const more = Math.max(0, Object.keys(methods).length - usualCurves)
  return [{ ...set, accuracy: { ...set.accuracy, methods } }, { height: 420 + room * more }]
}
