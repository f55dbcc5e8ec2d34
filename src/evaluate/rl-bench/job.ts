import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { byProblem } from '../../data/samples.ts'
import { writeFiles } from '../../data/write-files.ts'
import { embeddedScorer } from '../../reward/scorer.ts'
import type { Hacking } from '../../rl/monitor.ts'
import { penalised } from '../../rl/penalties.ts'
import type { ProcessReward } from '../../rl/rewards.ts'
import { type RunSettings, runRl, type StepRow } from '../../rl/run.ts'
import { shapedReward } from '../../rl/shaped-reward.ts'
import { shapingNamed } from '../../rl/shaping.ts'
import { taskNamed, verifierFor } from '../../tasks/index.ts'
import { splitProblems } from '../problems.ts'
import type { Running } from '../run-pool.ts'
import type { RlArm } from './arms.ts'
import { rlProblem } from './problems.ts'
import {
  type RlTest,
  readRows,
  readTestSamples,
  type TestSample,
  writeRows,
  writeTestSamples,
} from './samples.ts'
import { tricksOf, tricksOfRewards } from './tricks.ts'

/** What a thread of the comparison does at a time, on one core: everything that it makes is in files. */
export type RlJob = RunJob | TestJob | TricksJob

/** Trains a policy and, where `test` is given, samples from it. */
export interface RunJob {
  kind: 'run'
  directory: string
  policy: string
  /** Checkpoint of the arm's reward; null for none. */
  reward: string | null
  arm: RlArm
  task: string
  settings: RunSettings
  describes: Record<string, unknown>
  /** Held-out problems of the validation split. */
  probe: number
  /** `before`: samples of the policy as it was. */
  test: (RlTest & { before: string }) | null
}

/** Samples from the policy as it is. */
export interface TestJob {
  kind: 'test'
  file: string
  policy: string
  test: RlTest
}

/** Asks rewards what they pay for hacks. */
export interface TricksJob {
  kind: 'tricks'
  file: string
  /** Checkpoints of the arm's rewards. */
  rewards: readonly string[]
  arm: RlArm
  before: string
  /** Solutions, one a problem. */
  count: number
}

const sampleFile = (directory: string, { problems, samples }: RlTest) =>
  join(directory, `test-${problems}x${samples}.jsonl`)
const shownFile = (directory: string) => join(directory, 'shown.jsonl')
const resultFile = (directory: string) => join(directory, 'result.json')

/** Is what the job makes there? */
export function isDone(job: RlJob): boolean {
  if (job.kind !== 'run') return existsSync(job.file)
  return job.test === null
    ? existsSync(resultFile(job.directory))
    : existsSync(shownFile(job.directory)) && existsSync(sampleFile(job.directory, job.test))
}

/** Does the job, or what is left of it. It tells of steps of the run. */
export async function work(job: RlJob, { signal, onProgress }: Running): Promise<void> {
  if (isDone(job)) return
  if (job.kind === 'test') {
    await mkdir(dirname(job.file), { recursive: true })
    return writeTestSamples(job.file, job.policy, job.test, signal)
  }
  if (job.kind === 'tricks') return askTricks(job)
  await using scorer = job.reward === null ? null : embeddedScorer(job.reward, { threads: 1 })
  // awaited, as the scorer is closed when this returns
  await runArm(job, scorer && rewardOf(job.arm, scorer), { signal, onProgress })
}

async function askTricks({ file, rewards, arm, before, count }: TricksJob): Promise<void> {
  const samples = byProblem(await readTestSamples(before)).slice(0, count)
  const scorers = rewards.map((reward) => embeddedScorer(reward, { threads: 1 }))
  try {
    const tricks = await tricksOf(
      scorers.flatMap((scorer) => rewardOf(arm, scorer) ?? []),
      samples.map(([first]) => first),
    )
    await mkdir(dirname(file), { recursive: true })
    await writeFiles([{ path: file, text: `${JSON.stringify(tricks)}\n` }])
  } finally {
    await Promise.all(scorers.map((scorer) => scorer.close()))
  }
}

function rewardOf(
  { shaping, penalties }: RlArm,
  model: Parameters<typeof shapedReward>[0],
): ProcessReward | null {
  if (shaping === null) return null
  const shaped = shapedReward(model, shapingNamed(shaping))
  return penalties ? penalised(shaped, penalties) : shaped
}

async function runArm(
  job: RunJob,
  reward: ProcessReward | null,
  { signal, onProgress }: Running,
): Promise<void> {
  const { directory, policy, settings, describes, test } = job
  const task = taskNamed(job.task)
  if (!existsSync(resultFile(directory))) {
    await mkdir(directory, { recursive: true })
    await runRl({
      ...{ directory, policy, settings, describes, reward, signal },
      problem: (index) => rlProblem(task, settings.seed, index),
      probe: splitProblems(task, 'validation', { count: job.probe, levels: task.levels.test }),
      verifier: verifierFor(),
      threads: 1,
      onStep: ({ step }) => onProgress(step + 1),
    })
  }
  // it has ended: there is nothing to go on with
  await rm(join(directory, 'state.safetensors'), { force: true })
  if (test === null) return
  const after = sampleFile(directory, test)
  if (!existsSync(after)) await writeTestSamples(after, join(directory, 'policy'), test, signal)
  const [first, last] = [test.before, after].map(async (file) => {
    const samples = byProblem(await readTestSamples(file)).slice(0, shown)
    return rewarded(
      samples.map(([sample]) => sample),
      reward,
    )
  })
  const [before, now] = [await first, await last]
  await writeRows(
    shownFile(directory),
    before.map(({ problem, ...each }, i) => ({
      problem,
      before: each,
      after: { ...now[i], problem: undefined },
    })),
  )
}

/** Solutions of the policy before and after that can be read, with their rewards. */
const shown = 100

async function rewarded(samples: readonly TestSample[], reward: ProcessReward | null) {
  const asked = reward === null ? [] : samples.filter(({ answer }) => answer !== null)
  const scores = await reward?.score(asked)
  return samples.map((sample) => {
    const { problem, steps, correct } = sample
    return { problem, steps, correct, rewards: scores?.[asked.indexOf(sample)] ?? null }
  })
}

const solution = z.object({
  steps: z.array(z.string()),
  correct: z.boolean(),
  /** Of each step; null where it could not be scored. */
  rewards: z.array(z.number()).nullable(),
})

/** A problem of the test split as the policy solved it before and after. */
const shownProblem = z.object({ problem: z.string(), before: solution, after: solution })

export type ShownProblem = z.infer<typeof shownProblem>

const runResult = z.object({
  hacking: z.object({ began: z.int(), noticed: z.int(), proxy: z.number(), gold: z.number() }).nullable(),
  after: z.number(),
})

export interface RlRunResult {
  hacking: Hacking | null
  /** Share of the held-out problems that is right in the end. */
  after: number
}

export async function readResult(directory: string): Promise<RlRunResult> {
  return runResult.parse(JSON.parse(await readFile(resultFile(directory), 'utf8')))
}

/** What a run that is done has left. */
export async function readRun(
  directory: string,
  test: RlTest,
): Promise<RlRunResult & { rows: StepRow[]; samples: TestSample[]; shown: ShownProblem[] }> {
  const anyRow = z.custom<StepRow>((value) => typeof value === 'object' && value !== null)
  return {
    ...(await readResult(directory)),
    rows: await readRows(join(directory, 'metrics.jsonl'), anyRow),
    samples: await readTestSamples(sampleFile(directory, test)),
    shown: await readRows(shownFile(directory), shownProblem),
  }
}

export async function readTricks(file: string) {
  return tricksOfRewards.nullable().parse(JSON.parse(await readFile(file, 'utf8')))
}
