import { expect, test } from 'vitest'
import { measure } from './benchmark.ts'
import { matthews, mrBen } from './mr-ben.ts'
import { prediction } from './prediction.fixture.ts'

test('by hand: a wrong solution called wrong at another step helps the correlation alone', () => {
  const predictions = [
    prediction(null, null),
    prediction(null, null, { problem: 'b' }),
    prediction(null, 1),
    prediction(0, 0),
    prediction(0, 2),
    prediction(1, null),
    prediction(2, 'unreadable'),
  ]
  const metrics = measure(predictions, mrBen.rules([], 0.5), { resamples: 20 })
  expect(
    metrics.map(({ readable, all }) => [readable.solutions, readable.value?.mean, all.value?.mean]),
  ).toEqual([
    // right called right 2, wrong called wrong 2, wrong called right 1 (unread: 2), right called wrong 1
    [6, (2 * 2 - 1 * 1) / Math.sqrt(3 * 3 * 3 * 3), (2 * 2 - 2 * 1) / Math.sqrt(4 * 3 * 4 * 3)],
    [3, 1 / 3, 1 / 4],
    [3, 2 / 3, 2 / 3],
  ])
})

test("Matthews' correlation", () => {
  expect(matthews(3, 2, 0, 0)).toBeCloseTo(1, 12)
  expect(matthews(0, 0, 2, 3)).toBeCloseTo(-1, 12)
  expect(matthews(90, 10, 5, 15)).toBeCloseTo(825 / Math.sqrt(95 * 105 * 15 * 25), 12)
  expect(matthews(3, 0, 2, 0)).toBe(0)
  expect(matthews(0, 5, 1, 0)).toBe(null)
  expect(matthews(5, 0, 0, 1)).toBe(null)
})
