import { expect, test } from 'vitest'
import type { Prediction } from './benchmark.ts'
import { measure } from './benchmark.ts'
import { prmBench } from './prmbench.ts'

function judged(id: string, labels: boolean[], hazards: number[] | null, classification = 'a'): Prediction {
  const first = labels.indexOf(false)
  return {
    row: {
      id,
      problem: id,
      steps: labels.map(() => 'x'),
      labels,
      first_error: first < 0 ? null : first,
      classification,
    },
    opinion: hazards && { first_error: null, p_correct: 0.5, hazards },
  }
}
const f1 = (hits: number, falseHits: number, misses: number) => (2 * hits) / (2 * hits + falseHits + misses)

test('by hand: all steps together, by class, and with a solution that was not read', () => {
  const predictions = [
    judged('1', [true, true, false, false], [0.1, 0.6, 0.9, 0.2]),
    judged('2', [true, true, false], [0.1, 0.1, 0.5], 'b'),
    judged('3', [true, false], null, 'b'),
  ]
  const rows = predictions.map(({ row }) => row)
  const metrics = measure(predictions, prmBench.rules(rows, 0.5), { resamples: 20 })
  // read: good and passed 3, bad and caught 2, bad and passed 1, good and caught 1
  const [good, bad] = [f1(3, 1, 1), f1(2, 1, 1)]
  const [goodOfAll, badOfAll] = [f1(3, 2, 2), f1(2, 2, 2)]
  expect(metrics.map(({ name, readable, all }) => [name, readable.value?.mean, all.value?.mean])).toEqual([
    ['PRMScore', (good + bad) / 2, (goodOfAll + badOfAll) / 2],
    ['F1 of good steps', good, goodOfAll],
    ['F1 of bad steps', bad, badOfAll],
    ['PRMScore, a', (f1(1, 1, 1) + f1(1, 1, 1)) / 2, (f1(1, 1, 1) + f1(1, 1, 1)) / 2],
    ['PRMScore, b', 1, (f1(2, 1, 1) + f1(1, 1, 1)) / 2],
  ])
})

test('the threshold moves the verdicts; a file without bad steps has no score', () => {
  const predictions = [judged('1', [true, false], [0.1, 0.3])]
  const score = (threshold: number) =>
    measure(predictions, prmBench.rules([], threshold), { resamples: 20 })[0].all.value?.mean
  expect([score(0.2), score(0.5)]).toEqual([1, (f1(1, 1, 0) + 0) / 2])
  const [{ all }] = measure([judged('1', [true], [0.1])], prmBench.rules([], 0.5), { resamples: 20 })
  expect(all.value).toBe(null)
})

test('rows without a label for each step are refused', () => {
  expect(() => prmBench.check?.({ id: 'a', problem: 'P', steps: ['x'], first_error: 0 })).toThrow(
    '"labels" is missing',
  )
})
