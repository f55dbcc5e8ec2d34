import { reliabilityBins } from '../reward/metrics.ts'

/** A metric of the drawn problems' samples; `times`, shape [problems], says how often each was drawn. null where it is undefined. */
export type ResampledMetric = (times: ArrayLike<number>) => number | null

/** n samples to measure, and which problem each is of; all of shape [n]. */
export interface Sampled {
  values: ArrayLike<number>
  positives: readonly boolean[]
  problems: ArrayLike<number>
}

/*
 * The metrics of reward/metrics.ts for a bootstrap: what sorting and binning they need is done once, and each of thousands of resamples
 * is one pass over the samples.
 */

export function resampledAuprc({ values, positives, problems }: Sampled): ResampledMetric {
  // compared, not subtracted: -Infinity - -Infinity is NaN
  const order = Array.from(positives.keys()).sort(
    (a, b) => Number(values[b] > values[a]) - Number(values[b] < values[a]),
  )
  const problem = Uint32Array.from(order, (i) => problems[i])
  const positive = Uint8Array.from(order, (i) => Number(positives[i]))
  const endsTie = Uint8Array.from(order, (i, rank) => Number(values[i] !== values[order[rank + 1]]))
  return (times) => {
    let [seen, found, tied, area] = [0, 0, 0, 0]
    for (let rank = 0; rank < order.length; rank++) {
      const weight = times[problem[rank]]
      seen += weight
      tied += weight * positive[rank]
      if (endsTie[rank] === 0 || tied === 0) continue
      found += tied
      area += tied * (found / seen)
      tied = 0
    }
    return found === 0 ? null : area / found
  }
}

/** Of probabilities; the bins are those of {@link reliabilityBins}. */
export function resampledEce({ values, positives, problems }: Sampled): ResampledMetric {
  const bins = reliabilityBins(values, positives)
  const bin = Uint8Array.from(values, (value) => bins.findIndex(({ high }) => value <= high))
  const problem = Uint32Array.from(problems)
  const gap = Float64Array.from(values, (value, i) => Number(positives[i]) - value)
  const gaps = new Float64Array(bins.length)
  return (times) => {
    let seen = 0
    gaps.fill(0)
    for (let i = 0; i < gap.length; i++) {
      const weight = times[problem[i]]
      seen += weight
      gaps[bin[i]] += weight * gap[i]
    }
    return seen === 0 ? null : gaps.reduce((sum, each) => sum + Math.abs(each), 0) / seen
  }
}

/** Of probabilities. */
export function resampledBrier({ values, positives, problems }: Sampled): ResampledMetric {
  const problem = Uint32Array.from(problems)
  const distance = Float64Array.from(values, (value, i) => (value - Number(positives[i])) ** 2)
  return (times) => {
    let [seen, sum] = [0, 0]
    for (let i = 0; i < distance.length; i++) {
      const weight = times[problem[i]]
      seen += weight
      sum += weight * distance[i]
    }
    return seen === 0 ? null : sum / seen
  }
}
