import { expect, test } from 'vitest'
import { random } from '../reasoning/random.ts'
import { auprc, ece } from '../reward/metrics.ts'
import { sigmoid } from '../reward/survival.ts'
import { reportOn } from './best-of-n-report.ts'
import { reportCrossSample } from './cross-sample.ts'
import type { Plan } from './lab/plan.ts'
import type { PoolRow } from './lab/pools.ts'

/** Pools whose reward says log sigmoid(scale * u + shift) of a sample that is right with the chance sigmoid(u). */
function pools(seed: string, { scale, shift }: { scale: number; shift: number }, count = 150): PoolRow[] {
  const { next, normal } = random('cross', seed)
  return Array.from({ length: count }, (_, i): PoolRow => {
    const us = Array.from({ length: 8 }, () => 2 * normal())
    const correct = us.map((u) => (next() < sigmoid(u) ? (1 as const) : (0 as const)))
    const crm = { score: us.map((u) => Math.log(sigmoid(scale * u + shift))) }
    return {
      id: `arithmetic/test/${i}`,
      problem: 'p',
      distinct: 8,
      tokens: 80,
      answer: us.map(() => 'a'),
      correct,
      first_error: us.map(() => null),
      rewards: { crm },
    }
  })
}

const plan: Plan = { tasks: ['arithmetic'], splits: ['test'], problems: 150, seeds: [1, 2] }
const models = [
  { scale: 3, shift: 0 },
  { scale: 0.3, shift: -3 },
]
const bySeed = models.map((model, i) => pools(`test ${i}`, model))
const fit = models.map((model, i) => pools(`fit ${i}`, model, 400))
const options = { seed: 1, resamples: 50 }

const flat = (rows: readonly PoolRow[]) => ({
  scores: rows.flatMap(({ rewards }) => rewards.crm.score as number[]),
  correct: rows.flatMap(({ correct }) => correct.map((each) => each === 1)),
})

test('seeds are measured by themselves: their models have other scales, and calibrations of their own', async () => {
  const [set] = await reportCrossSample(plan, async () => bySeed, fit, options)
  const [crm] = set.rewards
  const each = bySeed.map(flat)
  const mean = (values: (number | null)[]) =>
    values.reduce<number>((sum, value) => sum + Number(value), 0) / 2
  expect(crm.auprc?.mean).toBeCloseTo(mean(each.map(({ scores, correct }) => auprc(scores, correct))), 12)
  expect(crm.raw.ece?.mean).toBeCloseTo(
    mean(each.map(({ scores, correct }) => ece(scores.map(Math.exp), correct))),
    12,
  )
  // in one heap, scores of one model would be held against those of the other
  const { scores, correct } = flat(bySeed.flat())
  expect(crm.auprc?.mean).toBeGreaterThan(Number(auprc(scores, correct)) + 0.02)

  const [first, second] = crm.platt.calibrations
  expect(first.scale).toBeCloseTo(1 / 3, 1)
  expect(second.scale).toBeGreaterThan(2.5)
  expect(crm.temperature.calibrations.map(({ shift }) => shift)).toEqual([0, 0])
  expect(crm.raw.ece?.mean).toBeGreaterThan(0.15)
  expect(crm.platt.ece?.mean).toBeLessThan(0.05)
  expect(crm.platt.ece?.mean).toBeLessThan(Number(crm.temperature.ece?.mean))
  expect(set.problems).toBe(150)
  expect(crm.samples).toBe(2 * 150 * 8)
})

test('the same of how a reward reads single samples, in best of n', () => {
  const { quality } = reportOn('arithmetic', 'test', bySeed, { counts: [1], ...options })
  const alone = bySeed.map(
    (own) => reportOn('arithmetic', 'test', [own], { counts: [1], ...options }).quality,
  )
  for (const metric of ['auc', 'ece'] as const)
    expect(quality.crm[metric]).toBeCloseTo(
      (Number(alone[0].crm[metric]) + Number(alone[1].crm[metric])) / 2,
      12,
    )
})

test('a reward that read nothing has no numbers', async () => {
  const silent = bySeed.map((own) =>
    own.map((pool) => ({ ...pool, rewards: { crm: { score: pool.answer.map(() => null) } } })),
  )
  const [set] = await reportCrossSample(plan, async () => silent, fit, options)
  expect(set.rewards[0]).toMatchObject({ samples: 0, auprc: null, raw: { ece: null, brier: null, bins: [] } })
})

test('rewards are compared with the first one, paired by problem', async () => {
  // the same scores again, and scores that are worth nothing
  const others = (rows: readonly PoolRow[]) =>
    rows.map((pool): PoolRow => {
      const { score } = pool.rewards.crm
      return {
        ...pool,
        rewards: { crm: { score }, twin: { score }, blind: { score: score.map(() => -0.7) } },
      }
    })
  const [set] = await reportCrossSample(plan, async () => bySeed.map(others), fit.map(others), options)
  const [crm, twin, blind] = set.rewards
  expect(crm.minusFirst).toBeNull()
  const none = { mean: 0, low: 0, high: 0, seeds: [0, 0] }
  expect(twin.minusFirst).toEqual({ auprc: none, ece: none, brier: none, eceTemperature: none })
  const { auprc } = blind.minusFirst ?? {}
  expect(auprc?.mean).toBeCloseTo(Number(blind.auprc?.mean) - Number(crm.auprc?.mean), 12)
  expect(auprc?.high).toBeLessThan(0)
  expect(auprc?.low).toBeLessThan(Number(auprc?.mean))
})
