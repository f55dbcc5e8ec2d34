import { join } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import type { BestOfNCurve } from '../evaluate/best-of-n.ts'
import type { BestOfNSet } from '../evaluate/best-of-n-report.ts'
import type { Interval } from '../evaluate/bootstrap.ts'
import { linePlot, type PlotLook } from './line-plot.ts'
import { taskLabel } from './task-label.ts'

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

/** By bench, which group a reward's curve is in; all rewards of other benches share a plot. */
const groupings: Record<string, (reward: string) => string> = {
  labels: (reward) => (reward.startsWith('known') ? 'known' : 'rollouts'),
  strength: (reward) => reward.split(' ')[0],
}

/** More rewards than these in a plot, and their votes would hide them. */
const mostVotes = 3
/** Pixels: of a plot, of a curve's name, and of all that is above and below the names. */
const [usualHeight, nameHeight, margins] = [420, 15, 150]

/** Accuracy against N: a plot for each group of the bench's rewards, with the references in each. '' is a group of all. */
export function bestOfNPlots(
  bench: string,
  set: PlottedBestOfN,
  look: PlotLook = {},
): { group: string; svg: string }[] {
  const groupOf = groupings[bench] ?? (() => '')
  const all = Object.entries(set.accuracy.methods)
  const groups = [...new Set(all.flatMap(([name, { kind }]) => (kind === 'best' ? groupOf(name) : [])))]
  // without rewards the references are left
  return (groups.length > 0 ? groups : ['']).map((group) => {
    const own = all.filter(([name, { kind }]) => kind === 'reference' || groupOf(name) === group)
    const crowded = own.filter(([, { kind }]) => kind === 'vote').length > mostVotes
    const shown = own.filter(([, { kind }]) => !crowded || kind !== 'vote')
    const height = Math.max(look.height ?? usualHeight, margins + nameHeight * shown.length)
    const methods = Object.fromEntries(shown)
    return {
      group,
      svg: bestOfNPlot({ ...set, accuracy: { ...set.accuracy, methods } }, { ...look, height }),
    }
  })
}

/** Accuracy against N as an SVG document: rewards in colour, their votes beside them, references dashed. */
function bestOfNPlot({ task, split, accuracy, samples }: PlottedBestOfN, look: PlotLook = {}): string {
  const { methods, problems, confidence } = accuracy
  const rewards = Object.values(methods).filter(({ kind }) => kind === 'best')
  const [strongest] = rewards
  /** Those of references would hide the rest, and those of many rewards each other. */
  const hasBand = (curve: (typeof rewards)[number]) =>
    curve.kind !== 'reference' && (rewards.length <= mostBands || curve === strongest)
  const repetitions = Math.round(samples.total / (problems * accuracy.samples))
  return linePlot({
    title: `Best of N: ${taskLabel(task)}, ${split}`,
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
 * Writes `results.json` and the plots of each set, `<task>-<split>.svg`, to the directory; those of groups have their names at the end. The same
 * results give the same bytes.
 * @returns the files written
 */
export function writeBestOfN(
  directory: string,
  results: { bench: string; sets: readonly BestOfNSet[] },
): Promise<string[]> {
  return writeFiles([
    { path: join(directory, 'results.json'), text: `${JSON.stringify(results, null, 2)}\n` },
    ...results.sets.flatMap((set) =>
      bestOfNPlots(results.bench, set).map(({ group, svg }) => ({
        path: join(directory, `${[set.task, set.split, ...(group ? [group] : [])].join('-')}.svg`),
        text: svg,
      })),
    ),
  ])
}
