import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kindNamed } from './kinds/kinds.ts'
import { rewardScores, rounded, roundedProbability, scoresOf, scoresOfHazards } from './scores.ts'
import { logitsOf } from './survival.ts'

test("the specification's test vector", () => {
  const expected = {
    hazards: [0.1, 0.2, 0.3],
    survival: [0.9, 0.72, 0.504],
    rewards: [-0.105361, -0.223144, -0.356675],
    p_correct: 0.504,
    first_error: null,
  }
  expect(rounded(scoresOf(logitsOf([0.1, 0.2, 0.3])))).toEqual(expected)
  expect(rounded(scoresOfHazards([0.1, 0.2, 0.3]))).toEqual(expected)
})

test('no read-out makes a probability 0 or 1, or a reward infinite, rounded or not', () => {
  const logit = fc.oneof(fc.double({ min: -60, max: 60, noNaN: true }), fc.constantFrom(-1e4, 1e4, 3e38))
  fc.assert(
    fc.property(fc.array(logit, { minLength: 1, maxLength: 8 }), (logits) => {
      for (const scores of [scoresOf(logits), rounded(scoresOf(logits))]) {
        for (const probability of [...scores.hazards, ...scores.survival, scores.p_correct]) {
          expect(probability).toBeGreaterThan(0)
          expect(probability).toBeLessThan(1)
        }
        expect(scores.rewards.every(Number.isFinite)).toBe(true)
        expect(scores.p_correct).toBe(scores.survival.at(-1))
      }
    }),
  )
})

test('hazards of exactly 0 and 1 are taken', () => {
  const { p_correct, first_error } = scoresOfHazards([0, 1, 0.5])
  expect(p_correct).toBeGreaterThan(0)
  expect(first_error).toBe(1)
})

test('six digits, and more where six would say certain', () => {
  expect(roundedProbability(0.123456789)).toBe(0.123457)
  expect(roundedProbability(0.9999999123)).toBe(0.9999999)
  expect(roundedProbability(1 - 2 ** -53)).toBe(1 - 2 ** -53)
  expect(roundedProbability(1.23456789e-20)).toBe(1.23457e-20)
})

test('a reward without hazards gives its read-outs, and every way to rank by them', () => {
  const readOuts = logitsOf([0.1, 0.2, 0.75])
  expect(rounded(rewardScores(kindNamed('prm'), readOuts))).toEqual({
    score: -1.38629,
    p_correct: 0.25,
    first_error: 2,
    scores: { min: -1.38629, prod: -1.7148, mean: -0.430783, last: -1.38629 },
    read_outs: [-2.19722, -1.38629, 1.09861],
  })
  expect(rounded(rewardScores(kindNamed('orm'), readOuts))).toEqual({
    score: -1.38629,
    p_correct: 0.25,
    read_outs: [-2.19722, -1.38629, 1.09861],
  })
  const crm = rewardScores(kindNamed('crm'), readOuts)
  expect(crm).toEqual({ ...scoresOf(readOuts), score: Math.log(0.9) + Math.log(0.8) + Math.log(0.25) })
})
