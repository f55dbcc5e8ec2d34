import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'
import { bestOfNAccuracy, type ScoredPool } from './best-of-n.ts'

/** Problems of varied difficulty; wrong answers differ. `oracle` scores the truth, `noise` nothing, `crm` is in between. */
function pools(problems: number, samples: number): ScoredPool[] {
  const { next, normal, int } = random('pools')
  return Array.from({ length: problems }, (_, p) => {
    const rate = 0.1 + 0.8 * next()
    const candidates = Array.from({ length: samples }, () => {
      const correct = next() < rate
      const scores = { crm: (correct ? 0 : -2) + normal(), oracle: correct ? 0 : -9, noise: normal() }
      return { answer: correct ? 'right' : `wrong ${int(1, 4)}`, correct, scores }
    })
    return { id: `p${p}`, candidates }
  })
}
const data = pools(200, 32)
const counts = [1, 2, 4, 8, 16, 32]
const report = bestOfNAccuracy(data, { counts, seed: 1, resamples: 500 })
const at = (method: string, n: number) => {
  const point = report.methods[method].points.find((point) => point.n === n)
  if (point === undefined) throw new Error(`${method} has no N = ${n}`)
  return point
}

describe('bestOfNAccuracy', () => {
  test('names every method, references first and last', () => {
    expect(Object.keys(report.methods)).toEqual([
      'pass@1',
      'majority',
      'crm',
      'oracle',
      'noise',
      'crm vote',
      'oracle vote',
      'noise vote',
      'pass@N',
    ])
    expect(report).toMatchObject({ problems: 200, samples: 32, counts, confidence: 0.95, resamples: 500 })
  })
  test('at N = 1 every method is pass@1', () => {
    for (const method of Object.keys(report.methods))
      expect(at(method, 1).mean).toBeCloseTo(at('pass@1', 1).mean, 12)
    expect(at('crm', 1).versus['pass@1'].high).toBeCloseTo(0, 12)
  })
  test('a perfect score is pass@N, a random one is pass@1', () => {
    for (const n of counts) {
      expect(at('oracle', n).mean).toBeCloseTo(at('pass@N', n).mean, 12)
      expect(at('noise', n).versus['pass@1'].low).toBeLessThan(0.02)
      expect(at('noise', n).versus['pass@1'].high).toBeGreaterThan(-0.02)
    }
  })
  test('a useful score beats pass@1 and says so; nothing beats the oracle', () => {
    expect(at('crm', 16).versus['pass@1'].low).toBeGreaterThan(0)
    for (const method of Object.keys(report.methods))
      for (const n of counts) {
        // votes are means over blocks, so they may exceed the exact oracle by their noise only
        expect(at(method, n).mean).toBeLessThanOrEqual(at('pass@N', n).mean + 0.03)
        const { mean, low, high } = at(method, n)
        expect(low).toBeLessThanOrEqual(mean)
        expect(high).toBeGreaterThanOrEqual(mean)
      }
  })
  test('differences are paired: narrower than the two intervals together', () => {
    const { low, high } = at('crm', 8).versus.majority
    expect(at('crm', 8).mean - at('majority', 8).mean).toBeCloseTo(at('crm', 8).versus.majority.mean, 12)
    expect(high - low).toBeLessThan(
      at('crm', 8).high - at('crm', 8).low + at('majority', 8).high - at('majority', 8).low,
    )
  })
  test('is plain data, and the same for the same seed', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(bestOfNAccuracy(data, { counts, seed: 1, resamples: 500 })).toEqual(report)
  })
  test('pools of one id are repetitions: their mean counts once, in points and in intervals', () => {
    const twice = bestOfNAccuracy([...data, ...data], { counts, seed: 1, resamples: 500 })
    for (const [name, { points }] of Object.entries(twice.methods))
      for (const [i, { versus, ...point }] of points.entries()) {
        const { versus: once, ...same } = report.methods[name].points[i]
        expect(point).toEqual(same)
        for (const [other, { seeds, ...difference }] of Object.entries(versus)) {
          expect({ ...difference, seeds: seeds.slice(0, 1) }).toEqual(once[other])
          expect(seeds[1]).toBe(seeds[0])
        }
      }
    const halves = data.flatMap(({ id, candidates }) => [
      { id, candidates: candidates.slice(0, 16) },
      { id, candidates: candidates.slice(16) },
    ])
    const { problems, methods } = bestOfNAccuracy(halves, { counts: [1, 8], seed: 1, resamples: 500 })
    expect(problems).toBe(200)
    expect(methods['pass@1'].points[0].mean).toBeCloseTo(at('pass@1', 1).mean, 12)
    expect(methods['pass@1'].points[0].low).toBeCloseTo(at('pass@1', 1).low, 12)
    // votes are means over blocks, which the halves cut alike
    expect(methods.majority.points[1].mean).toBeCloseTo(at('majority', 8).mean, 12)
  })
  test('a reward that falls with N says where, and by how much', () => {
    const hacked = data.map(({ id, candidates }) => ({
      id,
      // one wrong candidate in 32 takes the top score
      candidates: candidates.map((candidate, i) =>
        i === 0
          ? { answer: 'hack', correct: false, scores: { crm: 9 } }
          : { ...candidate, scores: { crm: candidate.scores.oracle } },
      ),
    }))
    const { methods } = bestOfNAccuracy(hacked, { counts, seed: 1, resamples: 500 })
    const { points, fall } = methods.crm
    const best = points.reduce((a, b) => (b.mean > a.mean ? b : a))
    expect(fall).toMatchObject({ from: best.n, to: 32 })
    expect(best.n).toBeLessThan(32)
    expect(fall?.mean).toBeCloseTo(points[5].mean - best.mean, 12)
    expect(fall?.high).toBeLessThan(0)
    expect(methods['pass@N'].fall).toBeNull()
    expect(bestOfNAccuracy(data, { counts: [4], seed: 1, resamples: 10 }).methods.crm.fall).toBeNull()
  })
  test('rewards are compared with the first one, or with the one that is named; paired', () => {
    const versus = (method: string, options = {}) => {
      const { methods } = bestOfNAccuracy(data, { counts: [8], seed: 1, resamples: 500, ...options })
      return methods[method].points[0].versus
    }
    expect(Object.keys(versus('crm'))).toEqual(['pass@1', 'majority'])
    expect(Object.keys(versus('crm vote'))).toEqual(['pass@1', 'majority'])
    expect(versus('noise').crm.mean).toBeCloseTo(at('noise', 8).mean - at('crm', 8).mean, 12)
    expect(versus('noise').crm.high).toBeLessThan(0)
    expect(versus('noise', { against: { noise: 'oracle' } }).oracle.mean).toBeCloseTo(
      at('noise', 8).mean - at('oracle', 8).mean,
      12,
    )
    expect(() => versus('noise', { against: { noise: 'nobody' } })).toThrow(InputError)
  })
  test('rewards can be chosen', () => {
    const { methods } = bestOfNAccuracy(data, { counts: [4], rewards: ['crm'], seed: 1, resamples: 10 })
    expect(Object.keys(methods)).toEqual(['pass@1', 'majority', 'crm', 'crm vote', 'pass@N'])
  })
  test('bad input is refused', () => {
    expect(() => bestOfNAccuracy(data, { counts: [64], seed: 1 })).toThrow(/p0: N = 64 of 32 samples/)
    expect(() => bestOfNAccuracy(data, { counts: [], seed: 1 })).toThrow(InputError)
    expect(() => bestOfNAccuracy(data, { counts: [1], rewards: ['pqm'], seed: 1 })).toThrow("no 'pqm' score")
    expect(() => bestOfNAccuracy(data, { counts: [1], rewards: ['toString'], seed: 1 })).toThrow(
      "no 'toString' score",
    )
    expect(() => bestOfNAccuracy(data, { counts: [1], rewards: ['majority'], seed: 1 })).toThrow(
      "two methods are called 'majority'",
    )
    expect(() => bestOfNAccuracy([], { counts: [1], seed: 1 })).toThrow(InputError)
  })
})
