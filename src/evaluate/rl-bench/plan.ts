import { join } from 'node:path'
import { byProblem } from '../../data/samples.ts'
import { hackNames } from '../../rl/hacks.ts'
import type { RunSettings } from '../../rl/run.ts'
import { shapings } from '../../rl/shaping.ts'
import type { Task } from '../../tasks/index.ts'
import { checkpointHash } from '../checkpoint-hash.ts'
import type { Piece } from '../in-turn.ts'
import type { LabCheckpoint } from '../lab/kinds.ts'
import { settingsFolder } from '../settings.ts'
import { type RlArm, waveOf } from './arms.ts'
import type { RlChoice, RlFound, RlOutcome } from './found.ts'
import { type RlJob, type RunJob, readResult, readRun, readTricks } from './job.ts'
import { firstPractised } from './problems.ts'
import { type RlTest, readTestSamples, type TestSample } from './samples.ts'

export interface RlBench {
  directory: string
  /** Checkpoint of the policy that every run starts from. */
  policy: string
  /** Of each kind that an arm needs, one for each seed that the arm is run with. */
  rewards: readonly LabCheckpoint[]
  /** Each with the seeds of its runs, which are those of its rewards, too: the search asks that of the first. */
  arms: readonly { arm: RlArm; seeds: readonly number[] }[]
  tasks: readonly Task[]
  /** Of every run; learning rate and KL weight are tuned. */
  settings: RunSettings
  /** Steps of a run of the search. */
  tuningSteps: number
  /** Held-out problems that the search is decided by. */
  probe: number
  /** Problems of the test split of a task that policies are measured on, once before and once after. */
  problems: number
  /** Runs at a time, one on a core: what comes out does not depend on it. */
  threads: number
  signal?: AbortSignal
  report: (stage: string, done: number, total: number, note?: string) => void
  /** Called as runs end. */
  onOutcome?: (found: RlFound) => Promise<void>
}

/** What the same small search tries for every arm: learning rates, then a KL weight at the best of them. */
const rates = [2.5e-5, 5e-5, 1e-4]
const klWeight = 0.03
const tuningSeed = 0

type Tried = RlChoice['tried'][number]

/** Samples of a test problem. */
const samplesEach = 4
/** Solutions that hacks are added to. */
const tricked = 200

/** Steps of all runs. */
export function stepsOf({ arms, tasks, settings, tuningSteps }: RlBench): number {
  const runs = arms.reduce((sum, { seeds }) => sum + seeds.length, 0) * tasks.length
  return arms.length * (rates.length + 1) * tuningSteps + runs * settings.steps
}

/** How a job gets done. */
type Do = (job: RlJob) => Promise<void>

/** What the pieces share. */
interface Context {
  bench: RlBench
  found: RlFound
  done: Do
  /** Of the policy. */
  hash: string
  /** By task: samples of the policy as it was, once they are there. */
  before: Map<string, { test: RlTest; file: string; samples: TestSample[][] }>
}

/** A reward model, and what stands for it. */
type ArmReward = LabCheckpoint & { hash: string }

/** An arm, and its reward of the first seed; null for none. */
interface ArmContext {
  arm: RlArm
  reward: ArmReward | null
  /** What its search has tried, once that has ended. */
  searched: Tried[] | null
}

/** All pieces of work, in the order in which they are wanted; they put what they find into `found`. */
export async function planned(bench: RlBench, found: RlFound, done: Do): Promise<Piece[]> {
  const hash = await checkpointHash(bench.policy)
  const context: Context = { bench, found, done, hash, before: new Map() }
  const pieces = bench.tasks.map((task) => ({ wave: -1, piece: testPiece(context, task) }))
  const hashed = bench.rewards.map(async (reward) => {
    return { ...reward, hash: await checkpointHash(reward.directory) }
  })
  const models = await Promise.all(hashed)
  for (const { arm, seeds } of bench.arms) {
    const rewards = seeds.map((seed) => rewardOf(models, arm, seed))
    const [reward] = rewards
    const armContext: ArmContext = { arm, reward, searched: null }
    const first = Math.min(...seeds.map((seed) => waveOf(arm, seed)))
    for (const piece of searchPieces(context, armContext)) pieces.push({ wave: first, piece })
    for (const [i, seed] of seeds.entries())
      for (const task of bench.tasks)
        pieces.push({ wave: waveOf(arm, seed), piece: runPiece(context, armContext, task, seed, rewards[i]) })
    const asked = rewards.filter((each) => each !== null)
    if (asked.length > 0 && arm.verifiable === 0)
      for (const task of bench.tasks)
        pieces.push({ wave: first - 0.5, piece: tricksPiece(context, arm, asked, task) })
  }
  return pieces.sort((a, b) => a.wave - b.wave).map(({ piece }) => piece)
}

function testPiece({ bench, done, hash, before }: Context, { name: task }: Task): Piece {
  const { directory, policy, problems } = bench
  const { temperature, maxTokens } = bench.settings
  const test: RlTest = { task, problems, samples: samplesEach, temperature, maxTokens }
  return {
    ready: () => true,
    async work() {
      const folder = await settingsFolder(join(directory, 'before'), task, { policy: hash, test })
      const file = join(folder, 'samples.jsonl')
      await done({ kind: 'test', file, policy, test })
      before.set(task, { test, file, samples: byProblem(await readTestSamples(file)) })
    },
  }
}

function rewardOf(models: readonly ArmReward[], { name, kind }: RlArm, seed: number): ArmReward | null {
  if (kind === null) return null
  const found = models.find((model) => model.name === kind && model.seed === seed)
  if (found === undefined) throw new Error(`no ${kind} of seed ${seed} to reward ${name} by`)
  return found
}

/** Learning rates without a KL weight, then the best of them with one: the settings after which most held-out problems came out right. */
function searchPieces(context: Context, armContext: ArmContext): Piece[] {
  const { found } = context
  const { name } = armContext.arm
  const tried = rates.map((rate): Tried => ({ rate, klLoss: 0, probe: null }))
  let ended = 0
  found.left += tried.length + 1
  const tuning = (each: string) => `tuning ${name}, ${each}`
  const pieces = tried.map((trial): Piece => {
    return {
      ready: () => true,
      async work() {
        await attempt(context, tuning(`rate ${trial.rate}`), async () => {
          trial.probe = await probeAfter(context, armContext, trial)
        })
        ended++
      },
    }
  })
  const weighted: Piece = {
    ready: () => ended === rates.length,
    async work() {
      await attempt(context, tuning(`KL weight ${klWeight}`), async () => {
        const trial: Tried = { rate: bestOf(tried).rate, klLoss: klWeight, probe: null }
        trial.probe = await probeAfter(context, armContext, trial)
        tried.push(trial)
      })
      armContext.searched = tried
    },
  }
  return [...pieces, weighted]
}

/** @throws Error where every run of the search failed */
function bestOf(tried: readonly Tried[]): Tried {
  const ended = tried.flatMap(({ probe, ...each }) => (probe === null ? [] : [{ ...each, probe }]))
  if (ended.length === 0) throw new Error('no run of its search came to an end')
  return ended.reduce((best, each) => (each.probe > best.probe ? each : best))
}

/** Share of held-out problems that is right after a run of the search. */
async function probeAfter(
  context: Context,
  { arm, reward }: ArmContext,
  { rate, klLoss }: Tried,
): Promise<number> {
  const { bench, done } = context
  const steps = bench.tuningSteps
  const own = { steps, keepEvery: steps, probeEvery: steps, rate, klLoss, seed: tuningSeed }
  const job = await runJob(context, arm, reward, bench.tasks[0], { ...bench.settings, ...own }, null)
  await done(job)
  return (await readResult(job.directory)).after
}

function runPiece(
  context: Context,
  armContext: ArmContext,
  task: Task,
  seed: number,
  reward: ArmReward | null,
): Piece {
  const { bench, done, found, before } = context
  const { arm } = armContext
  found.left++
  return {
    ready: () => armContext.searched !== null && before.has(task.name),
    async work() {
      await attempt(context, `${arm.name} on ${task.name}, seed ${seed}`, async () => {
        const tried = armContext.searched!
        const { rate, klLoss } = bestOf(tried)
        found.choices[arm.name] = { rate, klLoss, tried }
        const start = before.get(task.name)!
        const test = { ...start.test, before: start.file }
        const settings = { ...bench.settings, rate, klLoss, seed }
        const job = await runJob(context, arm, reward, task, settings, test)
        await done(job)
        const { rows, hacking, samples, shown } = await readRun(job.directory, start.test)
        const after = byProblem(samples)
        const run = { arm: arm.name, task: task.name, seed, before: start.samples, after }
        found.outcomes.push({ ...run, hacking, rows, shown })
        sort(found.outcomes, bench)
      })
      await bench.onOutcome?.(found)
    },
  }
}

function tricksPiece(
  context: Context,
  arm: RlArm,
  rewards: readonly ArmReward[],
  { name: task }: Task,
): Piece {
  const { bench, done, found, before, hash: policy } = context
  found.left++
  return {
    ready: () => before.has(task),
    work: () =>
      attempt(context, `hacks that ${arm.name} pays for on ${task}`, async () => {
        const { test, file: from } = before.get(task)!
        const settings = {
          ...{ arm, formula: formulaOf(arm), policy, test, count: tricked },
          ...{ rewards: rewards.map(({ hash }) => hash), hacks: hackNames },
        }
        const folder = await settingsFolder(join(bench.directory, 'tricks'), `${arm.name}-${task}`, settings)
        const file = join(folder, 'tricks.json')
        const models = rewards.map(({ directory }) => directory)
        await done({ kind: 'tricks', file, rewards: models, arm, before: from, count: tricked })
        const tricks = await readTricks(file)
        if (tricks) found.tricks.push({ task, arm: arm.name, tricks })
        sort(found.tricks, bench)
      }),
  }
}

/** A run that fails takes no other with it, but an interruption does. */
async function attempt({ bench, found }: Context, run: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    bench.signal?.throwIfAborted()
    found.failed.push({ run, error: (error as Error).message })
  }
  found.left--
}

/** A run, in the folder of its settings. */
async function runJob(
  { bench: { directory, policy, probe }, hash }: Context,
  arm: RlArm,
  reward: ArmReward | null,
  { name: task }: Task,
  given: RunSettings,
  test: RunJob['test'],
): Promise<RunJob> {
  const { seed, rate, klLoss } = given
  const settings = { ...given, verifiable: arm.verifiable, estimator: arm.estimator ?? given.estimator }
  const describes = {
    arm: arm.name,
    formula: formulaOf(arm),
    penalties: arm.penalties ?? null,
    task,
    practice: { split: 'train', from: firstPractised(seed) },
    policy: hash,
    reward: reward?.hash ?? null,
    probe,
  }
  const name = test === null ? `tuning-${arm.name}-${rate}-${klLoss}` : `${arm.name}-${task}-s${seed}`
  const folder = await settingsFolder(join(directory, 'runs'), name, { ...describes, ...settings })
  return {
    kind: 'run',
    directory: folder,
    policy,
    reward: reward?.directory ?? null,
    arm,
    task,
    settings,
    describes,
    probe,
    test,
  }
}

const formulaOf = ({ shaping }: RlArm) => shaping && shapings[shaping].formula

/** By task, arm and seed, in the order in which they were asked for. */
function sort(
  found: (Pick<RlOutcome, 'task' | 'arm'> & { seed?: number })[],
  { tasks, arms }: RlBench,
): void {
  const place = ({ task, arm, seed = 0 }: (typeof found)[number]) =>
    1e6 * tasks.findIndex(({ name }) => name === task) +
    1e3 * arms.findIndex((each) => each.arm.name === arm) +
    seed
  found.sort((a, b) => place(a) - place(b))
}
