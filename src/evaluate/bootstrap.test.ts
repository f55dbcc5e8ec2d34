import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'
import { auc } from '../reward/metrics.ts'
import {
  bootstrap,
  bootstrapDifference,
  bootstrapMean,
  bootstrapShare,
  drawResamples,
  resampledMeans,
} from './bootstrap.ts'

const normals = (count: number, seed: number) => {
  const { normal } = random('values', seed)
  return Array.from({ length: count }, () => normal())
}

describe('bootstrapMean', () => {
  test('the same seed gives the same interval, another seed another', () => {
    const values = normals(50, 1)
    const interval = bootstrapMean(values, { seed: 1 })
    expect(bootstrapMean(values, { seed: 1 })).toEqual(interval)
    expect(bootstrapMean(values, { seed: 2 })).not.toEqual(interval)
  })
  test('is near mean ± 1.96 standard errors for many normal values', () => {
    const { mean, low, high } = bootstrapMean(normals(1000, 3), { seed: 0 })
    expect(high - mean).toBeCloseTo(1.96 / Math.sqrt(1000), 2)
    expect(mean - low).toBeCloseTo(1.96 / Math.sqrt(1000), 2)
  })
  test('covers the true mean about 95 times in 100', () => {
    let covered = 0
    for (let seed = 0; seed < 300; seed++) {
      const { low, high } = bootstrapMean(normals(60, seed), { seed, resamples: 400 })
      covered += Number(low <= 0 && 0 <= high)
    }
    expect(covered / 300).toBeGreaterThan(0.9)
    expect(covered / 300).toBeLessThan(0.985)
  })
  test('bounds hold the values and widen with confidence', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (values) => {
          const narrow = bootstrapMean(values, { seed: 0, resamples: 200, confidence: 0.5 })
          const wide = bootstrapMean(values, { seed: 0, resamples: 200, confidence: 0.99 })
          expect(wide.low).toBeLessThanOrEqual(narrow.low)
          expect(wide.high).toBeGreaterThanOrEqual(narrow.high)
          expect(wide.low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12)
          expect(wide.high).toBeLessThanOrEqual(Math.max(...values) + 1e-12)
        },
      ),
    )
  })
  test('one problem: no spread', () => {
    expect(bootstrapMean([0.3], { seed: 0 })).toEqual({ mean: 0.3, low: 0.3, high: 0.3 })
  })
  test('of a share one problem says nothing, and twelve alike not everything', () => {
    expect(bootstrapShare([0.3], { seed: 0 })).toEqual({ mean: 0.3, low: 0, high: 1 })
    const none = new Array(12).fill(0)
    expect(bootstrapShare(none, { seed: 0 })).toEqual({ mean: 0, low: 0, high: expect.closeTo(0.265, 3) })
    const ofOne = bootstrapShare(none, { seed: 0, kinds: none.map(() => 'same') })
    expect(ofOne.high).toBeCloseTo(0.975)
    const some = [0, 1, 1, 0, 0.5, 1]
    expect(bootstrapShare(some, { seed: 3 })).toEqual(bootstrapMean(some, { seed: 3 }))
  })
  test('1000 problems x 2000 resamples', () => {
    const values = normals(1000, 5)
    const { mean, low, high } = bootstrapMean(values, { seed: 0 })
    expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 1000)
    expect(low).toBeLessThan(mean)
    expect(high).toBeGreaterThan(mean)
  })
})

test('a paired difference is as sharp as the differences, however far the problems differ', () => {
  const hard = normals(200, 1).map((value) => value * 10)
  const better = hard.map((value, i) => value + 0.1 + (i % 2) * 0.01)
  const { mean, low, high } = bootstrapDifference(better, hard, { seed: 0 })
  expect(mean).toBeCloseTo(0.105, 10)
  expect(low).toBeGreaterThan(0.1)
  expect(high).toBeLessThan(0.11)
})

test('means over one draw subtract to the paired difference', () => {
  const a = normals(30, 1)
  const b = normals(30, 2)
  const draws = drawResamples(30, { seed: 4, resamples: 10 })
  const [ofA, ofB, ofBoth] = [a, b, a.map((value, i) => value - b[i])].map((values) =>
    resampledMeans(values, draws),
  )
  for (const [row, mean] of ofBoth.entries()) expect(ofA[row] - ofB[row]).toBeCloseTo(mean, 12)
})

describe('bootstrap of any statistic', () => {
  test('of the mean it is bootstrapMean', () => {
    const values = normals(40, 7)
    const mean = (indices: Uint32Array) => indices.reduce((sum, i) => sum + values[i], 0) / indices.length
    expect(bootstrap(40, mean, { seed: 1 })).toEqual(bootstrapMean(values, { seed: 1 }))
  })
  test('resamples where it is undefined are left out; undefined on the data is null', () => {
    const area = (labels: boolean[]) => (indices: Uint32Array) =>
      auc(
        Array.from(indices, (i) => i),
        Array.from(indices, (i) => labels[i]),
      )
    expect(bootstrap(3, area([false, true, true]), { seed: 1 })).toEqual({ mean: 1, low: 1, high: 1 })
    expect(bootstrap(2, area([true, true]), { seed: 1 })).toBe(null)
  })
})

test('bad input is refused', () => {
  expect(() => bootstrapMean([], { seed: 0 })).toThrow(InputError)
  expect(() => bootstrapMean([Number.NaN], { seed: 0 })).toThrow(InputError)
  expect(() => bootstrapDifference([1], [1, 2], { seed: 0 })).toThrow(InputError)
  expect(() => bootstrapMean([1], { seed: 0, confidence: 1 })).toThrow(InputError)
})

describe('kinds', () => {
  const kinds = ['a', 'a', 'b', 'c', 'c', 'c']
  test('problems of one kind are drawn together, and as many kinds as there are', () => {
    const { indices, starts } = drawResamples(kinds.length, { seed: 0, resamples: 200, kinds })
    for (let row = 0; row < 200; row++) {
      const drawn = Array.from(indices.subarray(starts[row], starts[row + 1]))
      const of = (kind: string) => drawn.filter((i) => kinds[i] === kind).length
      expect([of('a') % 2, of('c') % 3]).toEqual([0, 0])
      expect(of('a') / 2 + of('b') + of('c') / 3).toBe(3)
    }
  })
  test('copies of a problem make no interval narrower', () => {
    const values = normals(40, 7)
    const copied = values.flatMap((value) => [value, value, value])
    const width = ({ low, high }: { low: number; high: number }) => high - low
    const single = width(bootstrapMean(values, { seed: 1 }))
    const own = copied.map((_, i) => `${Math.floor(i / 3)}`)
    expect(width(bootstrapMean(copied, { seed: 1, kinds: own }))).toBeCloseTo(single, 9)
    expect(width(bootstrapMean(copied, { seed: 1 }))).toBeLessThan(0.7 * single)
    expect(() => bootstrapMean(copied, { seed: 1, kinds: ['a'] })).toThrow(InputError)
  })
})
