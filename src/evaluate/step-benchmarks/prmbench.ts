import { InputError } from '../../reasoning/errors.ts'
import type { Rule } from '../rules.ts'
import { ratio } from '../summed.ts'
import type { Benchmark, Prediction } from './benchmark.ts'

/**
 * PRMBench (Song et al. 2025, arXiv 2501.03124): each step is judged by itself, wrong from a hazard of `threshold` on. F1 of
 * the good steps, F1 of the bad ones, and their mean, the PRMScore; over all steps together, and by class of errors.
 *
 * A hazard is the chance of being the first wrong step; the benchmark asks of steps after it, too. A reward without hazards that judges
 * steps, a PRM say, is taken by what it says of each.
 */
export const prmBench: Benchmark = {
  name: 'PRMBench',
  format: 'prmbench',
  judgesSteps: true,
  // one question, worded for each class of errors
  group: ({ idx, problem }) => (typeof idx === 'string' ? idx : problem),
  check({ labels }) {
    if (labels === undefined) throw new InputError('"labels" is missing: PRMBench asks of every step')
  },
  rules(rows, threshold) {
    const counts = (prediction: Prediction) => stepCounts(prediction, threshold)
    const classes = [...new Set(rows.map(({ classification }) => classification))]
      .filter((name): name is string => typeof name === 'string')
      .sort()
    return [
      { name: 'PRMScore', counts, statistic: prmScore },
      { name: 'F1 of good steps', counts, statistic: ([tp, , fp, fn]) => f1(tp, fp, fn) },
      { name: 'F1 of bad steps', counts, statistic: ([, tn, fp, fn]) => f1(tn, fn, fp) },
      ...classes.map(
        (name): Rule<Prediction> => ({
          name: `PRMScore, ${name}`,
          of: ({ row }) => row.classification === name,
          counts,
          statistic: prmScore,
        }),
      ),
    ]
  },
}

function prmScore([tp, tn, fp, fn]: readonly number[]): number | null {
  const good = f1(tp, fp, fn)
  const bad = f1(tn, fn, fp)
  return good === null || bad === null ? null : (good + bad) / 2
}

/** Steps that are [good and passed, bad and caught, bad and passed, good and caught]. */
function stepCounts({ row, opinion }: Prediction, threshold: number): number[] {
  const counts = [0, 0, 0, 0]
  for (const [step, good] of (row.labels ?? []).entries()) {
    const hazard = opinion?.hazards?.[step]
    const passed = hazard === undefined ? !good : hazard < threshold
    counts[good ? (passed ? 0 : 3) : passed ? 2 : 1]++
  }
  return counts
}

/** Harmonic mean of precision and recall; null where there is nothing to find and nothing was found. */
function f1(hits: number, falseHits: number, misses: number): number | null {
  return ratio(2 * hits, 2 * hits + falseHits + misses)
}
