import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { auc, auprc, brier, ece, firstErrorMetrics, reliabilityBins } from './metrics.ts'

const T = true
const F = false
/** Scores on a coarse grid (ties are common) with labels. */
const examples = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), {
  minLength: 1,
  maxLength: 30,
})

describe('auc', () => {
  test.each<[string, number[], boolean[], number | null]>([
    ['perfect', [1, 2, 3, 4], [F, F, T, T], 1],
    ['reversed', [4, 3, 2, 1], [F, F, T, T], 0],
    ['all tied', [1, 1, 1, 1], [F, T, F, T], 0.5],
    ['one inversion', [0.1, 0.4, 0.35, 0.8], [F, F, T, T], 0.75],
    ['-Infinity ties', [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0], [F, T, T], 0.75],
    ['one class', [1, 2], [T, T], null],
    ['nothing', [], [], null],
  ])('%s', (_, scores, positives, expected) => expect(auc(scores, positives)).toBe(expected))
  test('is the share of pairs in the right order', () => {
    fc.assert(
      fc.property(examples, (rows) => {
        let pairs = 0
        let wins = 0
        for (const [a, positive] of rows)
          for (const [b, other] of rows)
            if (positive && !other) {
              pairs++
              wins += a > b ? 1 : a === b ? 0.5 : 0
            }
        const area = auc(
          rows.map(([score]) => score),
          rows.map(([, positive]) => positive),
        )
        if (pairs === 0) expect(area).toBe(null)
        else expect(area).toBeCloseTo(wins / pairs, 12)
      }),
    )
  })
})

describe('auprc', () => {
  test.each<[string, number[], boolean[], number | null]>([
    ["scikit-learn's example", [0.1, 0.4, 0.35, 0.8], [F, F, T, T], 0.5 + 0.5 * (2 / 3)],
    ['perfect', [1, 2, 3], [F, T, T], 1],
    ['all tied: the base rate', [1, 1, 1, 1], [F, T, F, F], 0.25],
    ['no positives', [1, 2], [F, F], null],
  ])('%s', (_, scores, positives, expected) => {
    const area = auprc(scores, positives)
    if (expected === null) expect(area).toBe(null)
    else expect(area).toBeCloseTo(expected, 12)
  })
  test('does not depend on the order of the examples', () => {
    fc.assert(
      fc.property(examples, fc.infiniteStream(fc.nat()), (rows, keys) => {
        const shuffled = rows
          .map((row) => ({ row, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row)
        const areas = [rows, shuffled].map((order) =>
          auprc(
            order.map(([score]) => score),
            order.map(([, positive]) => positive),
          ),
        )
        expect(areas[0]).toBe(areas[1])
      }),
    )
  })
})

test('brier', () => {
  expect(brier([1, 0, 0.5], [T, F, T])).toBeCloseTo(0.25 / 3, 12)
  expect(brier([], [])).toBe(null)
})

describe('calibration', () => {
  test('equal widths: a bin owns its upper edge, 0 is in the first', () => {
    expect(reliabilityBins([0, 0.5, 0.6, 1], [F, F, T, T], { bins: 2 })).toEqual([
      { low: 0, high: 0.5, count: 2, probability: 0.25, frequency: 0 },
      { low: 0.5, high: 1, count: 2, probability: 0.8, frequency: 1 },
    ])
    expect(ece([0, 0.5, 0.6, 1], [F, F, T, T], { bins: 2 })).toBeCloseTo((2 * 0.25 + 2 * 0.2) / 4, 12)
  })
  test('equal mass: even counts, ties kept together', () => {
    const counts = (probabilities: number[], bins: number) =>
      reliabilityBins(
        probabilities,
        probabilities.map(() => T),
        { bins, binning: 'equal-mass' },
      ).map(({ count }) => count)
    expect(counts([0.9, 0.91, 0.92, 0.93, 0.94, 0.95], 3)).toEqual([2, 2, 2])
    expect(counts([0.9, 0.9, 0.9, 0.93, 0.94, 0.95], 3)).toEqual([3, 1, 2])
    expect(counts([0.5, 0.5, 0.5], 3)).toEqual([3])
    expect(counts([0.1, 0.2], 15)).toEqual([1, 1])
  })
  test('a forecast of the base rate is perfectly calibrated', () => {
    expect(ece([0.25, 0.25, 0.25, 0.25], [T, F, F, F])).toBe(0)
    expect(ece([], [])).toBe(null)
  })
  test.each(['equal-width', 'equal-mass'] as const)(
    '%s bins hold every example once, in order',
    (binning) => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()), { maxLength: 60 }),
          fc.integer({ min: 1, max: 20 }),
          (rows, bins) => {
            const probabilities = rows.map(([p]) => p)
            const found = reliabilityBins(
              probabilities,
              rows.map(([, positive]) => positive),
              { bins, binning },
            )
            expect(found.length).toBeLessThanOrEqual(bins)
            expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length)
            for (const { low, high, probability } of found) {
              expect(probability).toBeGreaterThanOrEqual(low - 1e-12)
              expect(probability).toBeLessThanOrEqual(high + 1e-12)
            }
          },
        ),
      )
    },
  )
})

describe('first error', () => {
  test('ProcessBench F1', () => {
    const metrics = firstErrorMetrics([2, 0, null, null, null, 1, null], [2, 1, 3, null, null, null, null])
    expect(metrics).toMatchObject({
      wrong: 3,
      correct: 4,
      accuracyOnWrong: 1 / 3,
      accuracyOnCorrect: 3 / 4,
      accuracy: 4 / 7,
    })
    expect(metrics.f1).toBeCloseTo((2 * (1 / 3) * (3 / 4)) / (1 / 3 + 3 / 4), 12)
  })
  test('0 when both accuracies are 0, null when a class is absent', () => {
    expect(firstErrorMetrics([0, 0], [null, 1]).f1).toBe(0)
    expect(firstErrorMetrics([0], [0])).toMatchObject({ accuracyOnCorrect: null, f1: null, accuracy: 1 })
    expect(firstErrorMetrics([], [])).toMatchObject({ accuracy: null })
  })
})

test('bad input is refused', () => {
  expect(() => auc([1], [T, F])).toThrow(InputError)
  expect(() => auc([Number.NaN, 1], [T, F])).toThrow(InputError)
  expect(() => brier([1.5], [T])).toThrow(InputError)
  expect(() => ece([0.5], [T], { bins: 0 })).toThrow(InputError)
  expect(() => firstErrorMetrics([1], [])).toThrow(InputError)
})
