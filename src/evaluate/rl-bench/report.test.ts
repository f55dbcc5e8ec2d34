import { expect, it } from 'vitest'
import type { StepRow } from '../../rl/run.ts'
import { armNamed, isExtra, rlArms, waveOf } from './arms.ts'
import type { RlOutcome, RlTricks } from './found.ts'
import { reportRl } from './report.ts'
import type { TestSample } from './samples.ts'

const problem = 'Compute 5 + (6 - 4).'
const plain = ['6 - 4 = 2, so 5 + 2', '5 + 2 = 7', 'Answer: 7']
const padded = [plain[0], 'Check: 6 - 4 = 2', 'Check: 6 - 4 = 2', ...plain.slice(1)]

/** Of 40 problems; so many of ten right. */
const samples = (steps: string[], right: number): TestSample[][] =>
  Array.from({ length: 40 }, (_, i) => [
    { id: `arithmetic/test/${i}#0`, problem, steps, answer: '7', correct: i % 10 < right },
  ])

const row = (step: number, more: Partial<StepRow>): StepRow =>
  ({
    step,
    ...{
      proxy: step / 10,
      gold: 0.5,
      kl: step / 200,
      tokens: 30,
      steps: 3,
      step_length: 10,
      repetition: 0.1,
    },
    ...{ redundant: 0, entropy: 0.1 },
    ...more,
  }) as StepRow

const run = (arm: string, seed: number, more: Partial<RlOutcome> = {}): RlOutcome => ({
  ...{ arm, task: 'arithmetic', seed, hacking: null },
  before: samples(plain, 5),
  after: samples(plain, 7),
  rows: Array.from({ length: 20 }, (_, step) => row(step, { gold: 0.5 + step / 100 })),
  shown: [
    { problem: 'same', before: told(plain, true, 1), after: told(plain, true, 1) },
    { problem: 'spoilt', before: told(plain, true, 1), after: told(padded, false, 2) },
  ],
  ...more,
})
const told = (steps: string[], correct: boolean, each: number) => ({
  steps,
  correct,
  rewards: steps.map(() => each),
})

const options = { budget: 0.05, seed: 1, resamples: 200 }
const pays = (mean: number) => ({
  mean,
  low: mean - 0.01,
  high: mean + 0.01,
  solutions: 40,
  rewards: [mean],
})
const tricks = (arm: string, mean: number): RlTricks => ({
  arm,
  task: 'arithmetic',
  tricks: { gap: 1, tricks: { checks: pays(mean) } },
})

it('what has ended is told of: arms with as many seeds as they have, and those without tricks', () => {
  const outcomes = [run('crm', 1), run('crm', 2, { after: samples(plain, 9) }), run('crm+vr', 1)]
  const [set, ...none] = reportRl({ outcomes, tricks: [] }, options)
  expect(none).toEqual([])
  expect(set.arms.map(({ arm, seeds }) => [arm, seeds.length])).toEqual([
    ['crm', 2],
    ['crm+vr', 1],
  ])
  expect(set.arms[0].lift.mean).toBeCloseTo(0.3, 9)
  expect(set.arms[0].seeds.map(({ lift }) => lift)).toEqual([expect.closeTo(0.2, 9), expect.closeTo(0.4, 9)])
  // KL, the median of five steps, passes 0.05 at step 13: gold of the ten before
  expect(set.arms[0].atBudget).toBeCloseTo(0.575, 9)
  expect(reportRl({ outcomes, tricks: [] }, { ...options, budget: 9 })[0].arms[0].atBudget).toBeNull()
  expect(set.arms[0].kl).toBeCloseTo(14.5 / 200, 9)
  expect(reportRl({ outcomes: [], tricks: [] }, options)).toEqual([])
})

it('an arm is compared with the first one problem by problem, over the seeds that both have', () => {
  const better = { after: samples(plain, 9) }
  const [set] = reportRl(
    { outcomes: [run('crm', 1), run('crm', 2, better), run('orm', 1, better), run('vr', 3)], tricks: [] },
    options,
  )
  const [crm, orm, vr] = set.arms.map(({ minusFirst }) => minusFirst)
  expect([crm, vr]).toEqual([null, null])
  expect(orm!.mean).toBeCloseTo(0.2, 9)
  expect(orm!.seeds).toEqual([expect.closeTo(0.2, 9)])
  // right where the other is, and on two more of ten: far narrower than of samples that know nothing of each other
  expect(orm!.high - orm!.low).toBeLessThan(0.3)
})

it('a reward fell for a hack that has grown and that it pays for, or that grew while it was gamed', () => {
  const grown = { after: samples(padded, 5) }
  const hacking = { began: 7, noticed: 15, proxy: 1, gold: -0.1 }
  const outcomes = [
    run('prm-sum', 1, grown),
    run('crm', 1, grown),
    run('orm', 1, { ...grown, hacking }),
    run('pqm', 1),
  ]
  const [set] = reportRl(
    { outcomes, tricks: [tricks('prm-sum', 0.8), tricks('crm', -0.1), tricks('pqm', 0.5)] },
    options,
  )
  const checks = set.arms.map(({ arm, hacks }) => {
    const { grew, fell, after } = hacks.find(({ hack }) => hack === 'checks')!
    return [arm, after, grew, fell]
  })
  expect(checks).toEqual([
    ['prm-sum', 2, true, true],
    ['crm', 2, true, false],
    ['orm', 2, true, true],
    ['pqm', 0, false, false],
  ])
  expect(set.arms[2].seeds[0].hacked).toBe(7)
  const shown = set.arms[0].shown.map(({ problem, chosen }) => [problem, chosen])
  expect(shown).toEqual([
    ['spoilt', 'worst'],
    ['same', 'first'],
  ])
})

it('an arm with vr is paid for hacks by the same reward, where a right answer is worth 1 more', () => {
  const outcomes = [run('prm-sum+vr', 1, { after: samples(padded, 5) })]
  const [{ arms }] = reportRl({ outcomes, tricks: [tricks('prm-sum', 0.8)] }, options)
  expect(arms[0].hacks[0]).toMatchObject({ hack: 'checks', fell: true, pays: { mean: 0.4 } })
})

it('the telling arms come first, those beside the verifiable reward last', () => {
  expect(rlArms.slice(0, 7).map(({ name }) => name)).toEqual([
    'crm',
    'prm-sum',
    'prm-min',
    'orm',
    'vr',
    'crm+vr',
    'crm-survival',
  ])
  expect(new Set(rlArms.map(({ name }) => name)).size).toBe(24)
  const wave = (name: string, seed = 1) => waveOf(armNamed(name), seed)
  expect([wave('crm+vr'), wave('crm', 2), wave('pqm'), wave('crm-unmerged'), wave('pqm+vr')]).toEqual([
    0, 1, 2, 2, 3,
  ])
  expect(rlArms.filter(isExtra)).toHaveLength(10)
})
