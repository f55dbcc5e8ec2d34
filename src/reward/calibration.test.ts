import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'
import { calibrate, fitCalibration, logitOfSurvival } from './calibration.ts'
import { sigmoid, softplus } from './survival.ts'

/** log S(T) whose truth is right with probability sigmoid(scale * logit S + shift). */
function sample(count: number, scale: number, shift: number) {
  const { normal, next } = random('calibration', scale, shift)
  const logits = Array.from({ length: count }, () => 2 * normal() + 0.5)
  return {
    logSurvivals: logits.map((logit) => -softplus(-logit)),
    correct: logits.map((logit) => next() < sigmoid(scale * logit + shift)),
  }
}

describe('logit of S from log S', () => {
  test('inverts log sigmoid, into both tails', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (logit) => {
        expect(Math.abs(logitOfSurvival(-softplus(-logit)) - logit)).toBeLessThan(
          1e-9 * Math.max(1, Math.abs(logit)),
        )
      }),
    )
  })
  test('S of exactly 0 and 1 are finite', () => {
    expect([Number.NEGATIVE_INFINITY, -1e6, 0].map(logitOfSurvival)).toEqual([-50, -50, 50])
    expect(() => logitOfSurvival(0.1)).toThrow(InputError)
    expect(() => logitOfSurvival(Number.NaN)).toThrow(InputError)
  })
})

describe('fit', () => {
  test.each([
    [1, 0],
    [0.5, 0.7],
    [2, -1],
  ])('finds scale %d and shift %d', (scale, shift) => {
    const { logSurvivals, correct } = sample(20000, scale, shift)
    const fit = fitCalibration(logSurvivals, correct)
    expect(Math.abs(fit.scale - scale)).toBeLessThan(0.1)
    expect(Math.abs(fit.shift - shift)).toBeLessThan(0.1)
    expect(fit.lossAfter).toBeLessThanOrEqual(fit.lossBefore)
  })
  test('temperature leaves the shift alone', () => {
    const { logSurvivals, correct } = sample(20000, 0.4, 0)
    const fit = fitCalibration(logSurvivals, correct, 'temperature')
    expect(fit.shift).toBe(0)
    expect(Math.abs(fit.scale - 0.4)).toBeLessThan(0.05)
  })
  test('is a minimum: after it, probabilities average to the share of right answers', () => {
    const { logSurvivals, correct } = sample(500, 0.5, 1)
    const fit = fitCalibration(logSurvivals, correct)
    const mean = logSurvivals.reduce((sum, value) => sum + calibrate(fit, value), 0) / 500
    expect(mean).toBeCloseTo(correct.filter(Boolean).length / 500, 3)
  })
  test.each<[string, number[], boolean[]]>([
    ['all right', [-0.1, -0.2, -3], [true, true, true]],
    ['separable', [-0.01, -0.02, -9, -8], [true, true, false, false]],
    ['separable, reversed', [-0.01, -0.02, -9, -8], [false, false, true, true]],
    ['one score', [-0.7, -0.7, -0.7], [true, false, true]],
    ['scores at the ends', [0, Number.NEGATIVE_INFINITY, -700, -1e-300], [false, true, true, false]],
    ['one solution', [-0.5], [false]],
  ])('stays finite: %s', (_, logSurvivals, correct) => {
    for (const kind of ['platt', 'temperature'] as const) {
      const fit = fitCalibration(logSurvivals, correct, kind)
      for (const value of Object.values(fit)) expect(Number.isFinite(value)).toBe(true)
      expect(fit.lossAfter).toBeLessThanOrEqual(fit.lossBefore + 1e-12)
    }
  })
  test('keeps the ranking when the scale is positive', () => {
    const fit = { scale: 0.3, shift: -1 }
    expect(calibrate(fit, -0.1)).toBeGreaterThan(calibrate(fit, -0.2))
    expect(calibrate({ scale: 1, shift: 0 }, Math.log(0.3))).toBeCloseTo(0.3, 12)
  })
  test('bad input is refused', () => {
    expect(() => fitCalibration([], [])).toThrow(InputError)
    expect(() => fitCalibration([-1], [true, false])).toThrow(InputError)
  })
})
