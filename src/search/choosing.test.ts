import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import {
  best,
  blocks,
  type Candidate,
  expectedBestOf,
  expectedOverBlocks,
  majority,
  passAt,
  weightedVote,
} from './choosing.ts'

const pool = (...rows: [answer: string | null, score: number][]): Candidate[] =>
  rows.map(([answer, score]) => ({ answer, score, correct: answer === 'right' }))

/** Every k-subset, in pool order. */
function subsets<T>(items: readonly T[], k: number): T[][] {
  if (k === 0) return [[]]
  return items.flatMap((item, i) => subsets(items.slice(i + 1), k - 1).map((rest) => [item, ...rest]))
}
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length

const candidates = (distinct: boolean) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 9 })
    .map((rows) =>
      rows.map(([score, correct], i) => ({ answer: 'a', correct, score: distinct ? score * 10 + i : score })),
    )

describe('best', () => {
  test('highest score, first on ties, null for nobody', () => {
    expect(best(pool(['a', -2], ['b', -1], ['c', -1]))?.answer).toBe('b')
    expect(best(pool(['a', Number.NEGATIVE_INFINITY]))?.answer).toBe('a')
    expect(best([])).toBe(null)
  })
  test('a NaN score is refused', () => expect(() => best(pool(['a', Number.NaN]))).toThrow(InputError))
})

describe('majority', () => {
  test('most frequent; ties to the first seen; null has no vote', () => {
    expect(majority(pool(['a', 0], ['b', 0], ['b', 0]))?.answer).toBe('b')
    expect(majority(pool(['a', 0], ['b', 0], ['b', 0], ['a', 0]))?.answer).toBe('a')
    expect(majority(pool([null, 0], [null, 0], ['a', 0]))?.answer).toBe('a')
    expect(majority(pool([null, 0]))).toBe(null)
  })
  test('7, 7.0 and 007 are one answer', () => {
    expect(majority(pool(['8', 0], ['8', 0], ['7', 0], ['7.0', 0], ['007', 0]))?.answer).toBe('7')
  })
})

describe('weighted vote', () => {
  test('sums probabilities: two likely beat three unlikely', () => {
    const log = Math.log
    expect(
      weightedVote(pool(['a', log(0.2)], ['a', log(0.2)], ['a', log(0.2)], ['b', log(0.4)], ['b', log(0.5)]))
        ?.answer,
    ).toBe('b')
  })
  test('does not underflow, nor trip over -Infinity', () => {
    expect(weightedVote(pool(['a', -2000], ['b', -2000.1], ['b', -2000.1]))?.answer).toBe('b')
    expect(weightedVote(pool(['a', Number.NEGATIVE_INFINITY], ['b', -5000]))?.answer).toBe('b')
    expect(weightedVote(pool(['a', Number.NEGATIVE_INFINITY], ['b', Number.NEGATIVE_INFINITY]))?.answer).toBe(
      'a',
    )
  })
  test('equal scores: the majority', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', null), { maxLength: 12 }), (answers) => {
        const rows = pool(...answers.map((answer): [string | null, number] => [answer, -3]))
        expect(weightedVote(rows)).toBe(majority(rows))
      }),
    )
  })
})

describe('pass@k', () => {
  test('is the share of k-subsets with a right one', () => {
    for (let n = 1; n <= 8; n++)
      for (let c = 0; c <= n; c++)
        for (let k = 1; k <= n; k++) {
          const items = Array.from({ length: n }, (_, i) => i < c)
          const hits = subsets(items, k).map((subset) => Number(subset.some(Boolean)))
          expect(passAt(n, c, k)).toBeCloseTo(mean(hits), 12)
        }
  })
  test('stays accurate at N = 256', () => {
    expect(passAt(256, 1, 128)).toBeCloseTo(0.5, 12)
    expect(passAt(256, 0, 256)).toBe(0)
    expect(passAt(256, 100, 1)).toBeCloseTo(100 / 256, 12)
  })
})

describe('expected best-of-k', () => {
  test('is the mean of best over all k-subsets', () => {
    fc.assert(
      fc.property(candidates(true), (rows) => {
        for (let k = 1; k <= rows.length; k++)
          expect(expectedBestOf(rows, k)).toBeCloseTo(
            mean(subsets(rows, k).map((subset) => Number(best(subset)?.correct))),
            10,
          )
      }),
    )
  })
  test('with ties it is the mean over subsets of the right share among the best', () => {
    fc.assert(
      fc.property(candidates(false), (rows) => {
        for (let k = 1; k <= rows.length; k++) {
          const shares = subsets(rows, k).map((subset) => {
            const high = subset.filter(({ score }) => score === best(subset)?.score)
            return mean(high.map(({ correct }) => Number(correct)))
          })
          expect(expectedBestOf(rows, k)).toBeCloseTo(mean(shares), 10)
        }
      }),
    )
  })
  test('k = 1 is the mean, k = N is the best; a perfect score reaches pass@k', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 256 }), fc.nat(), (labels, draw) => {
        const k = (draw % labels.length) + 1
        const right = labels.filter(Boolean).length
        const perfect = labels.map((correct) => ({ answer: 'a', score: Number(correct), correct }))
        const ordered = labels.map((correct, i) => ({ answer: 'a', score: -i, correct }))
        expect(expectedBestOf(ordered, 1)).toBeCloseTo(right / labels.length, 10)
        expect(expectedBestOf(ordered, labels.length)).toBeCloseTo(Number(labels[0]), 10)
        expect(expectedBestOf(perfect, k)).toBeCloseTo(passAt(labels.length, right, k), 10)
      }),
    )
  })
  test('an unlabelled candidate is refused', () => {
    expect(() => expectedBestOf([{ answer: 'a', score: 0 }], 1)).toThrow(InputError)
  })
})

describe('blocks', () => {
  test('disjoint, consecutive, the rest left out', () => {
    expect(blocks([1, 2, 3, 4, 5], 2)).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(() => blocks([1], 2)).toThrow(InputError)
    expect(() => blocks([1], 0)).toThrow(InputError)
  })
  test('blocks of one are pass@1; choosing nothing is wrong', () => {
    const rows = pool(['right', 0], ['wrong', 0], [null, 0], ['right', 0])
    expect(expectedOverBlocks(rows, 1, majority)).toBe(0.5)
    expect(expectedOverBlocks(rows, 4, majority)).toBe(1)
  })
})
