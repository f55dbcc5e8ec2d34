import { expect, it } from 'vitest'
import { ratio, summed } from './summed.ts'

const share = (right: readonly boolean[]) =>
  summed([...right.entries()], {
    group: ([i]) => `${i}`,
    counts: ([, each]) => [Number(each), 1],
    statistic: ([hits, count]) => ratio(hits, count),
    isShare: true,
  }).value

it('what is all right, or all wrong, is as sure as so many can make it', () => {
  // the rule of three: 1 - 3.7 / n at 97.5%
  expect(share(new Array(100).fill(true))).toEqual({ mean: 1, low: expect.closeTo(0.9638, 4), high: 1 })
  expect(share(new Array(100).fill(false))).toEqual({ mean: 0, low: 0, high: expect.closeTo(0.0362, 4) })
  expect(share([true])).toEqual({ mean: 1, low: expect.closeTo(0.025, 9), high: 1 })
  const mixed = share([true, false, true, true])
  expect(mixed?.low).toBeLessThan(0.75)
  expect(mixed?.high).toBe(1)
})

it('groups that a share says nothing of do not make it surer', () => {
  const rows = Array.from({ length: 50 }, (_, i) => ({ i, counts: i < 2 }))
  const { value } = summed(rows, {
    group: ({ i }) => `${i}`,
    counts: (row) => [Number(row.counts), Number(row.counts)],
    statistic: ([hits, count]) => ratio(hits, count),
    isShare: true,
  })
  expect(value).toEqual({ mean: 1, low: expect.closeTo(0.158, 3), high: 1 })
})

it('what is no share has no bound of one: a difference that is always 0 is 0', () => {
  const { value } = summed([1, 2, 3], {
    group: (row) => `${row}`,
    counts: () => [0, 1],
    statistic: ([above, count]) => ratio(above, count),
  })
  expect(value).toEqual({ mean: 0, low: 0, high: 0 })
})

it('a single group tells no more of a statistic than what it can be', () => {
  const rule = {
    group: () => 'the only one',
    counts: () => [1, 2],
    statistic: ([part, whole]: readonly number[]) => ratio(part, whole),
  }
  expect(summed([1, 2], rule).value).toEqual({ mean: 0.5, low: 0, high: 1 })
  expect(summed([1, 2], { ...rule, range: [-1, 1] }).value).toEqual({ mean: 0.5, low: -1, high: 1 })
})
