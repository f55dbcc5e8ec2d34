import { join } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import type { RlPoint, RlSet } from '../evaluate/rl-bench/report.ts'
import { type LinePlot, linePlot, type PlotCurve, type PlotLook } from './line-plot.ts'

/** What of an arm is plotted. */
export interface PlottedArm {
  arm: string
  curve: RlPoint[]
  seeds: { hacked: number | null }[]
}

interface Axis {
  label: string
  value: (point: RlPoint, curve: readonly RlPoint[]) => number | null
  format?: LinePlot['y']['format']
}

const gold: Axis = { label: 'gold: right rollouts', value: ({ gold }) => gold, format: 'percent' }
const step: Axis = { label: 'step', value: ({ step }) => step }
/** Rewards have scales of their own: where a point lies between the least and the most of its curve. */
const proxy: Axis = {
  label: 'proxy, from its least to its most',
  value({ proxy }, curve) {
    const all = curve.flatMap((point) => point.proxy ?? [])
    const [least, most] = [Math.min(...all), Math.max(...all)]
    return proxy === null ? null : (proxy - least) / (most - least || 1)
  },
}

/** The plots of a task: what stands where, by the end of the file's name. Titles and tasks fit a phone together. */
const views: Record<string, { title: string; x: Axis; y: Axis }> = {
  gold: { title: 'Gold accuracy', x: step, y: gold },
  'proxy-gold': { title: 'Proxy against gold', x: proxy, y: gold },
  'kl-gold': {
    title: 'Over-optimisation',
    x: { label: 'KL to the reference, nats a token', value: ({ kl }) => kl },
    y: gold,
  },
  length: { title: 'Length', x: step, y: { label: 'tokens a solution', value: ({ tokens }) => tokens } },
  steps: { title: 'Steps', x: step, y: { label: 'steps a solution', value: ({ steps }) => steps } },
  'step-length': {
    title: 'Length of a step',
    x: step,
    y: { label: 'characters a step', value: ({ step_length }) => step_length },
  },
  redundant: {
    title: 'Redundant steps',
    x: step,
    y: { label: 'share of steps', value: ({ redundant }) => redundant, format: 'percent' },
  },
  repetition: {
    title: 'Repetition',
    x: step,
    y: { label: 'repetition score', value: ({ repetition }) => repetition },
  },
  entropy: { title: 'Entropy', x: step, y: { label: 'nats a token', value: ({ entropy }) => entropy } },
}

export const rlViews = Object.keys(views)

/** Rewards alone, and beside the verifiable one, which alone is in both for comparison. */
export function rlGroups<Arm extends { arm: string }>(arms: readonly Arm[]): { name: string; arms: Arm[] }[] {
  const isBeside = ({ arm }: Arm) => arm.endsWith('+vr')
  return [
    { name: 'rewards alone', arms: arms.filter((arm) => !isBeside(arm)) },
    { name: 'with the verifiable reward', arms: arms.filter((arm) => isBeside(arm) || arm.arm === 'vr') },
  ].filter(({ arms }, i) => (i === 0 ? arms.length > 0 : arms.some(isBeside)))
}

/** One of {@link rlViews} as an SVG document; null where no arm has anything on its axes. */
export function rlPlot(
  task: string,
  arms: readonly Pick<PlottedArm, 'arm' | 'curve'>[],
  view: string,
  look: PlotLook = {},
): string | null {
  const { title, x, y } = views[view]
  const curves = arms.flatMap(({ arm, curve }) => {
    const points = curve.flatMap((point) => {
      const [across, up] = [x.value(point, curve), y.value(point, curve)]
      return across === null || up === null ? [] : [{ x: across, y: up }]
    })
    return points.length < 2 ? [] : [{ name: arm, emphasis: emphasisOf(arm), points, isPath: x !== step }]
  })
  if (curves.length === 0) return null
  return linePlot({
    title: `${title}: ${task}`,
    x: { label: x.label, scale: 'linear' },
    y: { label: y.label, format: y.format ?? 'number' },
    ...look,
    curves,
  })
}

function emphasisOf(arm: string): PlotCurve['emphasis'] {
  if (arm === 'vr') return 'reference'
  return arm === 'crm' || arm === 'crm+vr' ? 'strong' : 'plain'
}

/** Proxy and gold of one arm side by side, and the steps from which it was gamed; null where there is no course. */
export function rlCourse(
  task: string,
  { arm, curve, seeds }: PlottedArm,
  look: PlotLook = {},
): string | null {
  const line = (name: string, { value }: Axis, emphasis: PlotCurve['emphasis']) => {
    const points = curve.flatMap((point) => {
      const y = value(point, curve)
      return y === null ? [] : [{ x: point.step, y }]
    })
    return points.length < 2 ? [] : [{ name, emphasis, points }]
  }
  const curves = [...line('gold', gold, 'strong'), ...line('proxy', proxy, 'plain')]
  if (curves.length === 0) return null
  const begun = [...new Set(seeds.flatMap(({ hacked }) => hacked ?? []))]
  return linePlot({
    title: `${arm}: ${task}`,
    x: { label: 'step', scale: 'linear' },
    y: { label: 'gold, and the proxy from its least to its most', format: 'percent' },
    ...look,
    curves: [
      ...curves,
      ...begun.map((step) => ({
        name: `gamed from ${step}`,
        emphasis: 'reference' as const,
        points: [
          { x: step, y: 0 },
          { x: step, y: 1 },
        ],
      })),
    ],
  })
}

/** Writes `results.json` and the plots, `<task>-<view>.svg` and `<task>-<view>-vr.svg`; returns the files. */
export function writeRl(directory: string, results: { sets: readonly RlSet[] }): Promise<string[]> {
  return writeFiles([
    { path: join(directory, 'results.json'), text: `${JSON.stringify(results, null, 2)}\n` },
    ...results.sets.flatMap(({ task, arms }) =>
      rlGroups(arms).flatMap((group) =>
        rlViews.flatMap((view) => {
          const text = rlPlot(task, group.arms, view)
          const end = group.arms.some(({ arm }) => arm.endsWith('+vr')) ? '-vr' : ''
          return text === null ? [] : [{ path: join(directory, `${task}-${view}${end}.svg`), text }]
        }),
      ),
    ),
  ])
}
