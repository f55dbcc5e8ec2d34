import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kindNames } from '../reward/kinds/kinds.ts'
import { logitsOf, logSurvival, survivalCurve } from '../reward/survival.ts'
import { defaultShaping, type ShapingName, shapingNamed, shapingNames } from './shaping.ts'

const readOuts = logitsOf([0.1, 0.2, 0.6])
const rewardsOf = (name: ShapingName, read = readOuts) => shapingNamed(name).rewards(read, { beta: 0.05 })
const expectClose = (values: number[], expected: number[]) => {
  expect(values).toHaveLength(expected.length)
  for (const [t, value] of values.entries()) expect(value).toBeCloseTo(expected[t], 6)
}

describe('step rewards of hazards .1 .2 .6', () => {
  it.each<[ShapingName, number[]]>([
    ['crm', [Math.log(0.9), Math.log(0.8), Math.log(0.4)]],
    ['crm-survival', [-0.1, -0.9 * 0.2, -0.72 * 0.6]],
    ['crm-zero', [Math.log(0.9), Math.log(0.8), -Math.log(0.72)]],
    ['prm-sum', [0.9, 0.8, 0.4]],
    ['prm-prod', [Math.log(0.9), Math.log(0.8), Math.log(0.4)]],
    ['clip', [0, 0, -0.1]],
    ['delta', [0.1, 0.4, 0.4]],
    ['orm', [0, 0, 0.4]],
  ])('%s', (name, expected) => expectClose(rewardsOf(name), expected))

  it('prm-min weighs Pr(good) - Pr(bad) by softmax(-q / 0.1), and a bad step costs', () => {
    const q = [0.8, 0.6, -0.2]
    const weights = q.map((each) => Math.exp(-10 * each))
    const sum = weights.reduce((a, b) => a + b)
    const rewards = rewardsOf('prm-min')
    expectClose(
      rewards,
      q.map((each, t) => (each * weights[t]) / sum),
    )
    expect(total(rewards)).toBeCloseTo(-0.2, 2)
  })

  it('pqm and iprm give what each step adds', () => {
    expectClose(rewardsOf('pqm', [1, 3, -2]), [1, 2, -5])
    expectClose(rewardsOf('iprm', [2, 6, -4]), [0.1, 0.2, -0.5])
  })
})

const anyReadOuts = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 })
const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0)

it('CRM rewards add up to log S(T), and from step t on to log S(T) / S(t-1)', () => {
  fc.assert(
    fc.property(anyReadOuts, (read) => {
      const rewards = rewardsOf('crm', read)
      expect(total(rewards)).toBeCloseTo(logSurvival(read), 8)
      const survival = [1, ...survivalCurve(read)]
      for (const t of read.keys())
        if (survival[read.length] > 1e-6)
          expect(total(rewards.slice(t))).toBeCloseTo(Math.log(survival[read.length] / survival[t]), 6)
    }),
  )
})

it('what it is said to add up to', () => {
  fc.assert(
    fc.property(anyReadOuts, (read) => {
      expect(total(rewardsOf('crm-zero', read))).toBeCloseTo(0, 8)
      expect(total(rewardsOf('crm-survival', read))).toBeCloseTo(Math.exp(logSurvival(read)) - 1, 8)
      expect(total(rewardsOf('pqm', read))).toBeCloseTo(read.at(-1)!, 8)
      const good = rewardsOf('prm-sum', read)
      expect(total(rewardsOf('delta', read))).toBeCloseTo(good[0], 8)
      const softMin = total(rewardsOf('prm-min', read))
      expect(softMin).toBeGreaterThanOrEqual(2 * Math.min(...good) - 1 - 1e-9)
      expect(softMin).toBeLessThanOrEqual(2 * Math.max(...good) - 1 + 1e-9)
    }),
  )
})

it('padding with sure steps pays by prm-sum, and never by crm or crm-survival', () => {
  const padded = [-6, -6, ...readOuts]
  expect(total(rewardsOf('prm-sum', padded))).toBeGreaterThan(total(rewardsOf('prm-sum')) + 1.9)
  for (const name of ['crm', 'crm-survival'] as const)
    expect(total(rewardsOf(name, padded))).toBeLessThan(total(rewardsOf(name)))
})

it('every kind of reward has a shaping that understands it, and every shaping a source', () => {
  for (const kind of kindNames) expect(shapingNamed(defaultShaping(kind)).kinds).toContain(kind)
  for (const name of shapingNames) expect(shapingNamed(name).source).toMatch(/\d{4}/)
})
