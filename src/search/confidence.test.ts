import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { random } from '../reasoning/random.ts'
import { binomialAtMost, fitThreshold, type Outcome } from './confidence.ts'

describe('the binomial tail', () => {
  test.each([
    [0, 10, 0.1, 0.9 ** 10],
    [1, 3, 0.5, 0.5],
    [2, 4, 0.25, 243 / 256],
    [4, 4, 0.3, 1],
  ])('Pr(X <= %i) of %i at %f', (k, n, p, expected) => {
    expect(binomialAtMost(k, n, p)).toBeCloseTo(expected, 12)
  })

  test('stays right where single terms underflow', () => {
    expect(binomialAtMost(5000, 10_000, 0.5)).toBeCloseTo(0.504, 3)
    expect(binomialAtMost(10, 5000, 0.5)).toBe(0)
  })
})

/** A world in which a choice of confidence c is right with chance c ** power. */
function outcomes(count: number, seed: string | number, power = 1): Outcome[] {
  const stream = random('outcomes', seed)
  return Array.from({ length: count }, () => {
    const confidence = stream.next()
    return { confidence, correct: stream.next() < confidence ** power }
  })
}

/** The true error rate above a threshold, in that world: 1 - mean of c ** power over [threshold, 1]. */
const risk = (threshold: number, power: number) =>
  1 - (1 - threshold ** (power + 1)) / ((power + 1) * (1 - threshold))

test('the promise holds in far more than 1 - delta of all draws, however overconfident the reward is', () => {
  for (const power of [0.5, 1, 3]) {
    const delta = 0.1
    let broken = 0
    for (let draw = 0; draw < 400; draw++) {
      const fitted = fitThreshold(outcomes(600, draw, power), { error: 0.15, delta })
      if (fitted && risk(fitted.threshold, power) > 0.15) broken++
    }
    expect(broken / 400).toBeLessThanOrEqual(delta + 0.03)
  }
})

test('it does not promise less than it could: more outcomes, more answers', () => {
  const share = (count: number) => fitThreshold(outcomes(count, 'many'), { error: 0.2 })?.answered ?? 0
  expect(share(400)).toBeGreaterThan(0.02)
  expect(share(20_000)).toBeGreaterThan(share(400))
  // at a threshold of 0.6 the true error rate is 0.2
  expect(fitThreshold(outcomes(50_000, 'many'), { error: 0.2 })?.threshold).toBeCloseTo(0.6, 1)
})

test('one wrong answer among the surest few does not end it', () => {
  const given = outcomes(3000, 'slip', 0.1).map((each) => ({
    ...each,
    correct: each.correct && each.confidence < 0.999,
  }))
  expect(fitThreshold(given, { error: 0.2 })?.answered).toBeGreaterThan(0.5)
})

test('nothing is promised without evidence', () => {
  expect(fitThreshold([], { error: 0.1 })).toBeNull()
  const sure = Array.from({ length: 45 }, () => ({ confidence: 1, correct: true }))
  expect(fitThreshold(sure, { error: 0.1 })).toBeNull()
  expect(fitThreshold([...sure, sure[0]], { error: 0.1 })).toEqual({
    threshold: 1,
    answered: 1,
    wrong: 0,
    count: 46,
  })
  const wrong = sure.concat(sure).map(({ confidence }) => ({ confidence, correct: false }))
  expect(fitThreshold(wrong, { error: 0.1 })).toBeNull()
  expect(() => fitThreshold(sure, { error: 0 })).toThrow(/not between 0 and 1/)
})

test('equal confidences are answered together, and the order of outcomes does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ confidence: fc.integer({ min: 0, max: 4 }), correct: fc.boolean() }), {
        minLength: 30,
        maxLength: 80,
      }),
      (drawn) => {
        const given = drawn.map(({ confidence, correct }) => ({ confidence: confidence / 4, correct }))
        const fitted = fitThreshold(given, { error: 0.45 })
        expect(fitThreshold([...given].reverse(), { error: 0.45 })).toEqual(fitted)
        if (fitted === null) return
        const answered = given.filter(({ confidence }) => confidence >= fitted.threshold)
        expect(answered.length / given.length).toBeCloseTo(fitted.answered, 12)
        expect(answered.filter(({ correct }) => !correct)).toHaveLength(fitted.wrong)
      },
    ),
  )
})
