import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import {
  type CrmLabel,
  crmGradient,
  crmLoss,
  failureCurve,
  failureGradient,
  failureLoss,
  firstErrorDistribution,
  firstErrorGradient,
  firstErrorLoss,
  hazards,
  log1mexp,
  logFailure,
  logitsOf,
  logSurvival,
  logSurvivalCurve,
  logSurvivalOfHazards,
  type OutcomeTerm,
  predictedFirstError,
  rewards,
  sigmoid,
  softplus,
  survivalCurve,
  survivalGradient,
  survivalLoss,
} from './survival.ts'

const close = (actual: number[], expected: number[], digits = 6) => {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits)
}
const logit = fc.double({ min: -6, max: 6, noNaN: true })
const logits = fc.array(logit, { minLength: 1, maxLength: 12 })
const extreme = fc.array(fc.constantFrom(-1000, -50, -3, 0, 3, 50, 1000), { minLength: 1, maxLength: 12 })

describe("docs/crm.md's test vector, h = [.1, .2, .3]", () => {
  const u = logitsOf([0.1, 0.2, 0.3])
  test('curves', () => {
    close(hazards(u), [0.1, 0.2, 0.3])
    close(survivalCurve(u), [0.9, 0.72, 0.504])
    close(failureCurve(u), [0.1, 0.28, 0.496])
    close(firstErrorDistribution(u), [0.1, 0.18, 0.216])
    close(rewards(u), [-0.105361, -0.223144, -0.356675])
    expect(logSurvival(u)).toBeCloseTo(Math.log(0.504), 12)
    expect(logSurvivalOfHazards([0.1, 0.2, 0.3])).toBeCloseTo(Math.log(0.504), 12)
  })
  test('losses', () => {
    expect(survivalLoss(u)).toBeCloseTo(0.685179, 6)
    expect(failureLoss(u)).toBeCloseTo(0.701179, 6)
    expect(firstErrorLoss(u, 1)).toBeCloseTo(1.714798, 6)
  })
  test('gradients', () => {
    close(survivalGradient(u), [0.1, 0.2, 0.3])
    close(failureGradient(u), [-0.101613, -0.203226, -0.304839])
    close(firstErrorGradient(u, 1), [0.1, -0.8, 0])
  })
})

const labels: CrmLabel[] = [
  { correct: true, firstError: null },
  { correct: true, firstError: 0 },
  { correct: false, firstError: 'unknown' },
  { correct: false, firstError: null },
  { correct: false, firstError: 0 },
  { correct: false, firstError: 2 },
  { correct: false, firstError: 4 },
]
const terms: OutcomeTerm[] = ['all', 'from-error']

describe.each(labels)('$correct, first error $firstError', (label) => {
  test.each(terms)('gradient agrees with central differences (%s)', (term) => {
    fc.assert(
      fc.property(fc.array(logit, { minLength: 5, maxLength: 9 }), (u) => {
        const gradient = crmGradient(u, label, term)
        for (const t of u.keys()) {
          const at = (delta: number) => crmLoss(u.with(t, u[t] + delta), label, term)
          expect(gradient[t]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 5)
        }
      }),
      { numRuns: 40 },
    )
  })
  test.each(terms)('finite at logits of ±50 and ±1000 (%s)', (term) => {
    fc.assert(
      fc.property(extreme, (u) => {
        const padded = [...u, 0, 0, 0, 0, 0].slice(0, Math.max(5, u.length))
        expect(crmLoss(padded, label, term)).toBeGreaterThanOrEqual(0)
        for (const value of [crmLoss(padded, label, term), ...crmGradient(padded, label, term)])
          expect(Number.isFinite(value)).toBe(true)
      }),
    )
  })
})

describe('identities', () => {
  test('p(1..T) and S(T) sum to 1; W = cumulative p; rewards sum to log S(T)', () => {
    fc.assert(
      fc.property(logits, (u) => {
        const p = firstErrorDistribution(u)
        const S = survivalCurve(u)
        const W = failureCurve(u)
        let sum = 0
        for (const t of u.keys()) {
          sum += p[t]
          expect(W[t]).toBeCloseTo(sum, 12)
          expect(S[t] + W[t]).toBeCloseTo(1, 12)
          if (t > 0) expect(S[t]).toBeLessThanOrEqual(S[t - 1])
        }
        expect(rewards(u).reduce((a, b) => a + b)).toBeCloseTo(logSurvival(u), 12)
        expect(logSurvivalCurve(u).at(-1)).toBe(logSurvival(u))
        close(logitsOf(hazards(u)), u, 9)
      }),
    )
  })
  test('L_S for right and L_z for wrong solutions are per-step BCE masked after the first error', () => {
    const bce = (u: number, wrong: boolean) => -Math.log(wrong ? sigmoid(u) : 1 - sigmoid(u))
    fc.assert(
      fc.property(logits, fc.nat(11), (u, z) => {
        const firstError = z % u.length
        const masked = u
          .slice(0, firstError + 1)
          .reduce((sum, value, t) => sum + bce(value, t === firstError), 0)
        expect(firstErrorLoss(u, firstError)).toBeCloseTo(masked, 9)
        expect(survivalLoss(u)).toBeCloseTo(
          u.reduce((sum, value) => sum + bce(value, false), 0),
          9,
        )
      }),
    )
  })
  test('before the first error the gradient is h(1-2S)/(1-S); with from-error it is h', () => {
    fc.assert(
      fc.property(logits, (u) => {
        const label: CrmLabel = { correct: false, firstError: u.length - 1 }
        const S = Math.exp(logSurvival(u))
        const all = crmGradient(u, label)
        const fromError = crmGradient(u, label, 'from-error')
        for (let t = 0; t < u.length - 1; t++) {
          expect(all[t]).toBeCloseTo((sigmoid(u[t]) * (1 - 2 * S)) / (1 - S), 7)
          expect(fromError[t]).toBeCloseTo(sigmoid(u[t]), 12)
        }
      }),
    )
  })
})

describe('extremes', () => {
  test('log1mexp, softplus and sigmoid keep their digits at both ends', () => {
    expect(log1mexp(-1e-20)).toBeCloseTo(Math.log(1e-20), 10)
    expect(log1mexp(-50) / -Math.exp(-50)).toBeCloseTo(1, 12)
    expect(log1mexp(-Math.LN2)).toBeCloseTo(-Math.LN2, 14)
    expect(log1mexp(0)).toBe(Number.NEGATIVE_INFINITY)
    expect(softplus(-50) / Math.exp(-50)).toBeCloseTo(1, 12)
    expect(softplus(1000)).toBe(1000)
    expect([sigmoid(-1000), sigmoid(1000)]).toEqual([0, 1])
  })
  test('log W stays finite where 1 - S(T) underflows', () => {
    expect(logFailure([-1000, -1001])).toBeCloseTo(-1000 + Math.log(1 + Math.exp(-1)), 10)
    close(failureGradient([-1000, -1000]), [-0.5, -0.5], 12)
    expect(logFailure([800])).toBeCloseTo(0)
  })
  test('both branches of log W meet at S = 1/2', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e-9, max: 1e-9, noNaN: true }), (u) => {
        expect(logFailure([u])).toBeCloseTo(-softplus(-u), 14)
      }),
    )
  })
})

describe('predicted first error', () => {
  test.each<[number[], number | null]>([
    [[], null],
    [[0.1, 0.2, 0.3], null],
    [[0.1, 0.9, 0.9], 1],
    [[0.3, 0.4, 0.99], 2],
    [[0, 0, 1], 2],
    [[0, 0], null],
    [[1, 1], 0],
    [[0.5], 0],
    [[0.25, 1 / 3, 0.5], 0],
  ])('%j -> %j', (given, expected) => expect(predictedFirstError(given)).toBe(expected))
  test('is the argmax', () => {
    fc.assert(
      fc.property(logits, (u) => {
        const choices = [...firstErrorDistribution(u), Math.exp(logSurvival(u))]
        const chosen = choices[predictedFirstError(hazards(u)) ?? u.length]
        expect(chosen).toBeCloseTo(Math.max(...choices), 12)
      }),
    )
  })
  test.each([Number.NaN, -0.1, 1.1])('refuses a hazard of %d', (hazard) =>
    expect(() => predictedFirstError([0.5, hazard])).toThrow(InputError),
  )
})

test('a label that points outside the solution is refused', () => {
  for (const firstError of [3, -1, 0.5])
    expect(() => crmLoss([0, 0, 0], { correct: false, firstError })).toThrow(InputError)
  expect(() => crmGradient([], { correct: true, firstError: null })).toThrow(InputError)
})

test('float32 logits are taken as they are', () => {
  expect(logSurvival(Float32Array.of(0, 0))).toBeCloseTo(-2 * Math.LN2, 12)
})
