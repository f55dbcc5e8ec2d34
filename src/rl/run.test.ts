import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { tasks, verifierFor } from '../tasks/index.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { hackNames } from './hacks.ts'
import { estimatorNames, sampleFile } from './loop.ts'
import type { StepReward } from './rewards.ts'
import { type RlRun, type RunSettings, runDefaults, runRl } from './run.ts'

const scratch = scratchFolder()
const { policy } = writeTinyModels(join(scratch, 'models'))
const [task] = tasks

/** Likes small digits: 1 for an answer of 0, 0 for an answer of 9. */
const smallDigits: StepReward = async (solutions) =>
  solutions.map(({ steps }) =>
    steps.map((step, t) => (t === steps.length - 1 ? 1 - Number(step.at(-1)) / 9 : 0)),
  )

const settings: RunSettings = {
  ...runDefaults,
  steps: 12,
  problems: 8,
  rollouts: 4,
  maxTokens: 40,
  rate: 0.005,
  warmup: 1,
  batchTokens: 1024,
  probeEvery: 6,
  keepEvery: 5,
}

let folders = 0
function rlRun(more: Partial<RlRun> = {}): RlRun {
  const directory = join(scratch, `run-${folders++}`)
  mkdirSync(directory)
  return {
    directory,
    policy,
    settings,
    describes: { reward: 'small digits' },
    problem: (index) => task.problem('train', index),
    probe: Array.from({ length: 6 }, (_, i) => task.problem('validation', i)),
    verifier: verifierFor(),
    reward: { score: smallDigits, earning: 'outcome', floor: 0 },
    threads: 2,
    saveEvery: 0,
    ...more,
  }
}

const untimed = (directory: string) =>
  readFileSync(join(directory, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: null }))
const weights = (directory: string) => readFileSync(join(directory, 'policy', 'model.safetensors'))

it.each(estimatorNames)('the policy comes to do what the reward likes (%s)', async (estimator) => {
  const run = rlRun({ settings: { ...settings, estimator } })
  const { rows } = await runRl(run)
  const [first, last] = [rows[0], rows.at(-1)!]
  expect(last.proxy! - first.proxy!).toBeGreaterThan(0.2)
  expect(last.kl).toBeGreaterThan(first.kl)
  expect(first.kl).toBeCloseTo(0, 6)
  expect(rows.filter(({ probe }) => probe !== undefined).map(({ step }) => step)).toEqual([0, 6])
  expect(untimed(run.directory)).toHaveLength(settings.steps)
  expect(readdirSync(join(run.directory, 'samples'))).toEqual([
    'step-0000.jsonl',
    'step-0005.jsonl',
    'step-0010.jsonl',
    'step-0011.jsonl',
  ])
  expect(readdirSync(join(run.directory, 'checkpoints'))).toEqual(['step-10', 'step-5'])
})

it('cut off anywhere and gone on with, it ends as if nothing had been', async () => {
  const whole = rlRun()
  await runRl(whole)
  for (const cut of [0, 6]) {
    const stop = new AbortController()
    const run = rlRun({ saveEvery: cut === 6 ? 0 : 1000, signal: stop.signal })
    const onStep = ({ step }: { step: number }) => step === cut && stop.abort(new Error('cut'))
    await expect(runRl({ ...run, onStep })).rejects.toThrow('cut')
    await runRl({ ...run, signal: undefined })
    expect(untimed(run.directory)).toEqual(untimed(whole.directory))
    expect(weights(run.directory)).toEqual(weights(whole.directory))
  }
}, 60_000)

it('KL in the reward keeps the policy near the reference', async () => {
  const kls = [0, 1].map(async (klReward) => {
    const { rows } = await runRl(rlRun({ settings: { ...settings, steps: 8, klReward } }))
    return rows.at(-1)!.kl
  })
  const [free, held] = await Promise.all(kls)
  expect(held).toBeLessThan(free / 2)
}, 60_000)

it('another seed is another run', async () => {
  const run = rlRun({ settings: { ...settings, steps: 2, seed: 2 } })
  const same = rlRun({ settings: { ...settings, steps: 2 } })
  await Promise.all([runRl(run), runRl(same)])
  expect(untimed(run.directory)).not.toEqual(untimed(same.directory))
})

it('without a verifiable reward, what the verifier says changes nothing but what is watched', async () => {
  const liar = { verify: () => ({ correct: true, firstError: null, truth: '', answer: null }) }
  const short = { ...settings, steps: 3 }
  const [honest, lied] = [rlRun({ settings: short }), rlRun({ settings: short, verifier: liar })]
  await runRl(honest)
  await runRl(lied)
  expect(weights(lied.directory)).toEqual(weights(honest.directory))
  const told = [honest, lied].map(({ directory }) => untimed(directory).map(({ gold, probe, ...row }) => row))
  expect(told[1]).toEqual(told[0])
  expect(untimed(lied.directory)[0].gold).not.toBe(untimed(honest.directory)[0].gold)
}, 60_000)

it('what could not be scored is left out, and a step without any score is an error', async () => {
  let call = 0
  const patchy: StepReward = async (solutions) => {
    const scores = await smallDigits(solutions)
    return scores.map((each, i) => (i % 3 === 0 && call++ >= 0 ? null : each))
  }
  const { rows } = await runRl(
    rlRun({ reward: { score: patchy, earning: 'outcome', floor: 0 }, settings: { ...settings, steps: 2 } }),
  )
  expect(rows[0].unscored).toBeGreaterThan(5)
  expect(rows[0].proxy).toBeGreaterThan(0)
  const silent: StepReward = async (solutions) => solutions.map(() => null)
  const run = rlRun({ reward: { score: silent, earning: 'outcome', floor: 0 } })
  await expect(runRl(run)).rejects.toThrow('scored none of the solutions of step 0')
})

it('a problem that fills the context is an error that says so', async () => {
  const long = { ...task.problem('train', 0), problem: 'Compute 1 + 1. '.repeat(500) }
  const run = rlRun({ problem: () => long })
  await expect(runRl(run)).rejects.toThrow(
    /"Compute 1 \+ 1\..*…": the problem is \d+ tokens; the policy's context is/,
  )
})

it('a folder of another run is refused', async () => {
  const run = rlRun({ settings: { ...settings, steps: 1 } })
  await runRl(run)
  await expect(runRl({ ...run, settings: { ...settings, steps: 1, rate: 0.01 } })).rejects.toThrow(InputError)
  // how it was called does not matter
  const { rows } = await runRl({ ...run, describes: { ...run.describes, command: ['rl', '--json'] } })
  expect(rows).toHaveLength(1)
})

it.each([{ klReward: 0.1 }, { gamma: 0.9 }])(
  'what GRPO would pass over in silence is refused: %j',
  async (odd) => {
    await expect(runRl(rlRun({ settings: { ...settings, estimator: 'grpo', ...odd } }))).rejects.toThrow(
      InputError,
    )
  },
)

it('a reward that is gamed stops the run where it is asked to', async () => {
  // gold: an answer of 9; the policy is paid for small ones, and nines die out
  const verify = (problem: { id: string; problem: string; steps: string[] }) => {
    const correct = Number(problem.steps.at(-1)?.at(-1)) > 3
    return { correct, firstError: correct ? null : 0, truth: '9', answer: null }
  }
  const run = rlRun({
    settings: { ...settings, steps: 60, problems: 16, rate: 0.005 },
    verifier: { verify },
    stopOnHacking: true,
  })
  const { rows, hacking } = await runRl(run)
  expect(hacking).not.toBeNull()
  expect(rows.length).toBeLessThan(60)
  expect(rows.at(-1)!.step).toBe(hacking!.noticed)
  // what it looked like then can be read
  const samples = readFileSync(join(run.directory, 'samples', sampleFile(hacking!.noticed)), 'utf8')
  const first = JSON.parse(samples.split('\n')[0])
  expect(first).toMatchObject({ correct: expect.any(Boolean), rewards: expect.any(Array) })
  expect(Object.keys(rows[0].hacks)).toEqual(hackNames)
}, 60_000)
