import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { InputError } from '../../reasoning/errors.ts'
import { readReward } from '../../reward/checkpoint.ts'
import { kindNamed } from '../../reward/kinds/kinds.ts'
import { runDefaults } from '../../rl/run.ts'
import { tasks } from '../../tasks/index.ts'
import { armNamed, rlArms } from '../rl-bench/arms.ts'
import { runRlBench } from '../rl-bench/bench.ts'
import { reportRl } from '../rl-bench/report.ts'
import { labKinds } from './kinds.ts'
import { tinyLab } from './lab.fixture.ts'
import { labSamples } from './lab.ts'
import { type LabReward, labRewards } from './rewards.ts'

const scratch = scratchFolder()
const { lab, policy } = tinyLab(scratch)
const [task] = tasks

const rewardsIn = (folder: string) => readdirSync(join(folder, 'rewards')).sort()

it('kinds are tuned alike, then trained; what is there is not made again', async () => {
  const { rewards, choices } = await labKinds(lab(), ['crm', 'orm'], [1, 2])
  expect(rewards.map(({ name, seed }) => `${name} ${seed}`)).toEqual(['crm 1', 'orm 1', 'crm 2', 'orm 2'])
  expect(rewards.map(({ directory }) => readReward(directory).kind.name)).toEqual([
    'crm',
    'orm',
    'crm',
    'orm',
  ])
  // three learning rates for each and one beyond where the best of them is at the edge, and the other outcome term of crm at the best
  const bestOf = <Tried extends { auc: number }>(tried: Tried[]) =>
    [...tried].sort((a, b) => b.auc - a.auc)[0]
  const beyond: Record<number, number[]> = { 3e-4: [1e-4], 1e-3: [], 3e-3: [1e-2] }
  const rates = (tried: { peak: number; auc: number }[]) => [
    3e-4,
    1e-3,
    3e-3,
    ...beyond[bestOf(tried.slice(0, 3)).peak],
  ]
  const { tried: ofOrm } = choices.orm
  expect(ofOrm.map(({ peak }) => peak)).toEqual(rates(ofOrm))
  const { tried, ...chosen } = choices.crm
  const withAll = tried.slice(0, -1)
  expect(withAll.map(({ peak }) => peak)).toEqual(rates(withAll))
  expect(tried.map(({ options }) => options.outcomeTerm)).toEqual([...withAll.map(() => 'all'), 'from-error'])
  expect(tried.at(-1)!.peak).toBe(bestOf(withAll).peak)
  const best = bestOf(tried)
  expect(chosen).toEqual({ options: best.options, peak: best.peak })

  const made = rewardsIn(lab().directory)
  const bytes = () => readFileSync(join(rewards[0].directory, 'model.safetensors'))
  const before = bytes()
  const stages: string[] = []
  const report = (stage: string) => stages.push(stage)
  expect(await labKinds(lab({ report }), ['crm', 'orm'], [1, 2])).toEqual({ rewards, choices })
  expect([stages, bytes(), rewardsIn(lab().directory)]).toEqual([[], before, made])
}, 120_000)

it('a reward of the same data, seed and settings is the same, whatever it is called; of others it is another', async () => {
  const samples = await labSamples(lab())
  const train = async (more: Partial<LabReward> = {}) => {
    const reward = { name: 'some', kind: kindNamed('orm'), seed: 5, ...samples, ...more }
    const [trained] = await labRewards(lab(), 'training', [reward])
    return trained
  }
  const { directory } = await train()
  expect(await train({ name: 'called otherwise' })).toEqual({ directory, validation: expect.anything() })
  for (const other of [
    { seed: 6 },
    { peak: 2e-3 },
    { surprisal: false },
    { kind: kindNamed('prm') },
    { train: samples.train.slice(1) },
    { validation: samples.validation.slice(1) },
  ])
    expect((await train(other)).directory).not.toBe(directory)
  // samples of another seed are others
  const other = await labSamples(lab({ seed: 2 }))
  expect(other.train.map(({ steps }) => steps)).not.toEqual(samples.train.map(({ steps }) => steps))
}, 120_000)

it('RL by every arm that is asked for: tuned, run with every seed, and gone on with where it stood', async () => {
  const { rewards } = await labKinds(lab(), ['crm', 'prm'], [1, 2])
  const bench = {
    directory: join(scratch, 'rl'),
    policy,
    rewards,
    arms: ['crm', 'prm-min+vr', 'vr'].map((name) => ({ arm: armNamed(name), seeds: [1, 2] })),
    tasks: [task],
    settings: { ...runDefaults, steps: 6, problems: 2, rollouts: 2, maxTokens: 30, probeEvery: 3 },
    tuningSteps: 2,
    probe: 4,
    problems: 4,
    threads: 1,
    report: () => {},
  }
  const first = await runRlBench(bench)
  for (const { tried } of Object.values(first.choices)) expect(tried).toHaveLength(4)
  expect(first.outcomes).toHaveLength(6)
  expect(await runRlBench(bench)).toEqual(first)

  const [set] = reportRl(first, { budget: 0.1, seed: 1, resamples: 50 })
  expect(set.arms.map(({ arm }) => arm)).toEqual(['crm', 'prm-min+vr', 'vr'])
  for (const { arm, seeds, curve, before, after, lift } of set.arms) {
    expect(seeds.map(({ seed }) => seed)).toEqual([1, 2])
    expect(curve.map(({ step }) => step)).toEqual([0, 5])
    expect(curve[0].proxy === null).toBe(arm === 'vr')
    expect(lift.mean).toBeCloseTo(after.mean - before.mean, 9)
  }
}, 240_000)

it('every arm has a name of its own; another is refused', () => {
  expect(new Set(rlArms.map(({ name }) => name)).size).toBe(rlArms.length)
  expect(armNamed('crm-zero+vr')).toMatchObject({ kind: 'crm', verifiable: 1 })
  expect(() => armNamed('crm-zero')).toThrow(InputError)
})
