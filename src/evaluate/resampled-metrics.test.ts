import { expect, test } from 'vitest'
import { random } from '../reasoning/random.ts'
import { auprc, brier, ece } from '../reward/metrics.ts'
import {
  type ResampledMetric,
  resampledAuprc,
  resampledBrier,
  resampledEce,
  type Sampled,
} from './resampled-metrics.ts'

const metrics: [string, (sampled: Sampled) => ResampledMetric, typeof auprc][] = [
  ['AUPRC', resampledAuprc, auprc],
  ['ECE', resampledEce, (values, positives) => ece(values, positives)],
  ['Brier', resampledBrier, brier],
]

test('samples that no chance is left to are one tie', () => {
  const values = [-Infinity, -1, -Infinity, -Infinity, -2]
  const positives = [true, false, false, true, true]
  const area = resampledAuprc({ values, positives, problems: [0, 1, 2, 3, 4] })
  expect(area([1, 1, 1, 1, 1])).toBeCloseTo(Number(auprc(values, positives)), 12)
})

test.each(metrics)('%s of what was drawn is that of the drawn samples, repeated', (_, resampled, plain) => {
  for (let trial = 0; trial < 50; trial++) {
    const { int, next } = random('resampled metrics', trial)
    const count = int(1, 40)
    const indices = Array.from({ length: count }, (_, i) => i)
    // many ties, and probabilities on the bins' edges
    const values = indices.map(() => int(0, 30) / 30)
    const positives = indices.map(() => next() < 0.4)
    const problems = indices.map(() => int(0, 5))
    const times = Array.from({ length: 6 }, () => int(0, 3))
    const drawn = indices.flatMap((i) => Array<number>(times[problems[i]]).fill(i))
    const expected = plain(
      drawn.map((i) => values[i]),
      drawn.map((i) => positives[i]),
    )
    const found = resampled({ values, positives, problems })(times)
    if (expected === null) expect(found).toBe(null)
    else expect(found).toBeCloseTo(expected, 12)
  }
})
