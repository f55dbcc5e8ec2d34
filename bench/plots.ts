/**
 * Draws docs/plots from bench/results, so that pictures and numbers are of the same runs:
 *
 *     node --import tsx bench/plots.ts
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { beamPlot, type PlottedBeams } from '../src/report/beam.ts'
import { bestOfNPlots, type PlottedBestOfN } from '../src/report/best-of-n.ts'
import { judgePlots } from '../src/report/judge.ts'
import { type PlottedReliability, reliabilityPlot } from '../src/report/reliability.ts'
import { type PlottedArm, rlGroups, rlPlot } from '../src/report/rl.ts'

const root = new URL('..', import.meta.url)

/** What a bench has left in bench/results; null where it has left nothing. */
function results(bench: string) {
  const file = new URL(`bench/results/${bench}/results.json`, root)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}

/** The set of all tasks together. */
function together<Set extends { task: string }>(bench: string): Set | undefined {
  return results(bench)?.sets.find(({ task }: Set) => task === 'all')
}

const bestOfN = (bench: string, group = '') => {
  const set = together<PlottedBestOfN>(bench)
  return set && bestOfNPlots(bench, set).find((plot) => plot.group === group)?.svg
}
const rl = (task: string, view: string) => {
  const set = results('rl')?.sets.find((each: { task: string }) => each.task === task)
  return set && rlPlot(task, rlGroups<PlottedArm>(set.arms)[0].arms, view)
}
const reliability = together<PlottedReliability>('cross-sample')
const beams = together<PlottedBeams>('beam')
const judge = results('judge')

const plots: Record<string, string | null | undefined> = {
  'best-of-n-test': bestOfN('best-of-n-shipped'),
  'best-of-n-harder': bestOfN('best-of-n-shipped-harder'),
  'rewards-test': bestOfN('best-of-n'),
  'rewards-harder': bestOfN('best-of-n-harder'),
  'reliability-test': reliability && reliabilityPlot(reliability),
  'beam-test': beams && beamPlot(beams),
  'strength-stronger': bestOfN('strength', 'stronger'),
  'judge-learning': judge && judgePlots(judge).find(({ name }) => name === 'learning')?.svg,
  'rl-word-problem-proxy-gold': rl('word-problem', 'proxy-gold'),
}
for (const [name, svg] of Object.entries(plots)) {
  if (typeof svg === 'string') writeFileSync(new URL(`docs/plots/${name}.svg`, root), svg)
  console.log(`${typeof svg === 'string' ? 'drawn' : 'nothing to draw'}: docs/plots/${name}.svg`)
}
