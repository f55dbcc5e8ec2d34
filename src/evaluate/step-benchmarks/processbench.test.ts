import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstErrorMetrics } from '../../reward/metrics.ts'
import { measure, type Prediction } from './benchmark.ts'
import { prediction } from './prediction.fixture.ts'
import { processBench } from './processbench.ts'

function values(predictions: Prediction[]) {
  const metrics = measure(predictions, processBench.rules([], 0.5), { resamples: 20 })
  return metrics.map(({ readable, all }) => [readable.value?.mean ?? null, all.value?.mean ?? null])
}

test('by hand: 1 of 2 errors found, 3 of 4 passed, and two that were not read', () => {
  const read = [
    prediction(0, 0),
    prediction(1, null),
    prediction(null, null, { correct: false }),
    prediction(null, null, { problem: 'b' }),
    prediction(null, null, { problem: 'c' }),
    prediction(null, 2),
  ]
  expect(values([...read, prediction(2, 'unreadable'), prediction(null, 'unreadable')])).toEqual([
    [1 / 2, 1 / 3],
    [3 / 4, 3 / 5],
    [(2 * 0.5 * 0.75) / 1.25, (2 * (1 / 3) * 0.6) / (1 / 3 + 0.6)],
  ])
})

test('nothing found is 0; without one of the kinds there is no F1', () => {
  expect(values([prediction(0, 1), prediction(null, 1)])).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ])
  expect(values([prediction(0, 0)])).toEqual([
    [1, 1],
    [null, null],
    [null, null],
  ])
})

test('the same as the metrics of training', () => {
  const step = fc.option(fc.nat(2))
  fc.assert(
    fc.property(fc.array(fc.tuple(step, step), { minLength: 1 }), (pairs) => {
      const { accuracyOnWrong, accuracyOnCorrect, f1 } = firstErrorMetrics(
        pairs.map(([said]) => said),
        pairs.map(([, truth]) => truth),
      )
      const found = values(pairs.map(([said, truth], i) => prediction(truth, said, { problem: String(i) })))
      for (const [i, value] of [accuracyOnWrong, accuracyOnCorrect, f1].entries())
        if (value === null) expect(found[i][0]).toBe(null)
        else expect(found[i][0]).toBeCloseTo(value, 12)
    }),
  )
})
