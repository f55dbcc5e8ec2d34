import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { runDefaults } from '../../rl/run.ts'
import { taskNamed } from '../../tasks/index.ts'
import { writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { checkpointHash } from '../checkpoint-hash.ts'
import { armNamed } from './arms.ts'
import { runRlBench } from './bench.ts'
import type { RlFound } from './found.ts'
import type { RlBench } from './plan.ts'
import { reportRl } from './report.ts'

const scratch = scratchFolder()
const { policy, reward } = writeTinyModels(join(scratch, 'models'))
const other = writeTinyModels(join(scratch, 'others'), { contextLength: 255 }).reward

const bench = (name: string, more: Partial<RlBench> = {}): RlBench => ({
  directory: join(scratch, name),
  policy,
  rewards: [
    { name: 'crm', seed: 1, directory: reward },
    { name: 'crm', seed: 2, directory: other },
  ],
  arms: [
    { arm: armNamed('crm'), seeds: [1, 2] },
    { arm: armNamed('vr'), seeds: [1] },
  ],
  tasks: [taskNamed('arithmetic')],
  settings: {
    ...runDefaults,
    steps: 3,
    problems: 4,
    maxTokens: 24,
    warmup: 1,
    batchTokens: 1024,
    keepEvery: 2,
  },
  tuningSteps: 1,
  probe: 4,
  problems: 6,
  threads: 2,
  report: () => {},
  ...more,
})

/** All of a result that does not tell the time. */
const untimed = ({ outcomes, ...found }: RlFound) => ({
  ...found,
  outcomes: outcomes.map(({ rows, ...each }) => ({
    ...each,
    rows: rows.map((row) => ({ ...row, seconds: null })),
  })),
})
const settingsIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'))
const report = (found: RlFound) => reportRl(found, { budget: 0.05, seed: 1, resamples: 50 })

it('tunes every arm alike, runs it, and goes on after a stop with the same result, on any number of threads', async () => {
  const whole = await runRlBench(bench('whole'))
  expect(whole.failed).toEqual([])
  expect(whole.left).toBe(0)
  expect(whole.outcomes.map(({ arm, seed }) => `${arm} ${seed}`)).toEqual(['crm 1', 'crm 2', 'vr 1'])
  const tried = Object.values(whole.choices).map((choice) =>
    choice.tried.map(({ rate, klLoss }) => [rate, klLoss]),
  )
  expect(tried).toHaveLength(2)
  expect(tried[0]).toHaveLength(4)
  expect(tried[1]).toEqual(tried[0])

  const stop = new AbortController()
  const stopped = bench('stopped', {
    signal: stop.signal,
    threads: 1,
    async onOutcome(found) {
      // what has ended can be told of
      expect(report(found)[0].arms.map(({ arm }) => arm)).toEqual(['crm'])
      stop.abort(new Error('enough'))
    },
  })
  await expect(runRlBench(stopped)).rejects.toThrow('enough')
  const made = readdirSync(join(stopped.directory, 'runs')).length
  const onward = await runRlBench(bench('stopped'))
  expect(untimed(onward)).toEqual(untimed(whole))
  expect(readdirSync(join(stopped.directory, 'runs')).length).toBeGreaterThan(made)
  expect(report(onward)).toEqual(report(whole))

  // a seed has a reward and problems of its own
  const runs = readdirSync(join(stopped.directory, 'runs')).filter((name) => name.startsWith('crm-'))
  const [one, two] = runs.map((name) => settingsIn(join(stopped.directory, 'runs', name)))
  expect([one.reward, two.reward]).toEqual(
    await Promise.all((one.seed === 1 ? [reward, other] : [other, reward]).map(checkpointHash)),
  )
  expect(one.practice).not.toEqual(two.practice)

  // all is there: nothing is made again, and other settings are other runs
  const folders = () => readdirSync(join(stopped.directory, 'runs')).length
  const before = folders()
  expect(untimed(await runRlBench(bench('stopped')))).toEqual(untimed(whole))
  expect(folders()).toBe(before)
  const settings = { ...bench('stopped').settings, steps: 2 }
  const shorter = await runRlBench(
    bench('stopped', { settings, arms: [{ arm: armNamed('vr'), seeds: [1] }] }),
  )
  expect(shorter.outcomes[0].rows).toHaveLength(2)
}, 120_000)

it('a run that fails is told, and takes no other with it', async () => {
  // a shaping of another kind of reward
  const wrong = { ...armNamed('prm-sum'), kind: 'crm' as const }
  const arms = [wrong, armNamed('vr')].map((arm) => ({ arm, seeds: [1] }))
  const { failed, outcomes, left } = await runRlBench(bench('failing', { arms }))
  expect(failed.map(({ run }) => run)).toContain('prm-sum on arithmetic, seed 1')
  expect(failed[0].error).toContain('the shaping prm-sum does not understand a crm')
  expect(outcomes.map(({ arm }) => arm)).toEqual(['vr'])
  expect(left).toBe(0)
}, 60_000)

it('a run leaves what is needed to tell of it, and not what is needed to go on', () => {
  const runs = join(scratch, 'whole', 'runs')
  const [name] = readdirSync(runs).filter((each) => each.startsWith('crm-arithmetic-s1'))
  expect(readdirSync(join(runs, name)).sort()).toEqual([
    'checkpoints',
    'config.json',
    'metrics.jsonl',
    'policy',
    'result.json',
    'samples',
    'settings.json',
    'shown.jsonl',
    'test-6x4.jsonl',
  ])
  const [shown] = readFileSync(join(runs, name, 'shown.jsonl'), 'utf8').split('\n')
  expect(JSON.parse(shown)).toEqual({
    problem: expect.any(String),
    before: { steps: expect.any(Array), correct: expect.any(Boolean), rewards: expect.any(Array) },
    after: { steps: expect.any(Array), correct: expect.any(Boolean), rewards: expect.any(Array) },
  })
})
