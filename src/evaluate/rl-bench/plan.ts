import { join } from 'node:path'
import { byProblem } from '../../data/samples.ts'
import type { KindName } from '../../reward/kinds/kinds.ts'
import type { RunSettings } from '../../rl/run.ts'
import { shapings } from '../../rl/shaping.ts'
import type { Task } from '../../tasks/index.ts'
import { checkpointHash } from '../checkpoint-hash.ts'
import type { Piece } from '../in-turn.ts'
import { settingsFolder } from '../settings.ts'
import { type RlArm, waveOf } from './arms.ts'
import type { RlChoice, RlFound, RlOutcome } from './found.ts'
import { type RlJob, type RunJob, readResult, readRun, readTricks } from './job.ts'
import { type RlTest, readTestSamples, type TestSample } from './samples.ts'

export interface RlBench {
  directory: string
  /** Checkpoint of the policy that every run starts from. */
  policy: string
  /** Checkpoints of rewards by kind. */
  rewards: Partial<Record<KindName, string>>
  /** Each with the seeds of its runs. */
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

/** What the same small search tries for every arm. */
const candidates = [5e-5, 1e-4].flatMap((rate) => [0, 0.03].map((klLoss) => ({ rate, klLoss })))
const tuningSeed = 0

/** Samples of a test problem. */
const samplesEach = 4
/** Solutions that hacks are added to. */
const tricked = 200

/** Steps of all runs. */
export function stepsOf({ arms, tasks, settings, tuningSteps }: RlBench): number {
  const runs = arms.reduce((sum, { seeds }) => sum + seeds.length, 0) * tasks.length
  return arms.length * candidates.length * tuningSteps + runs * settings.steps
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

/** An arm, its reward, and what stands for both. */
interface ArmContext {
  arm: RlArm
  model: string | null
  hashes: { policy: string; reward: string | null }
  tuned(): boolean
}

/** All pieces of work, in the order in which they are wanted; they put what they find into `found`. */
export async function planned(bench: RlBench, found: RlFound, done: Do): Promise<Piece[]> {
  const hash = await checkpointHash(bench.policy)
  const context: Context = { bench, found, done, hash, before: new Map() }
  const pieces = bench.tasks.map((task) => ({ wave: -1, piece: testPiece(context, task) }))
  for (const { arm, seeds } of bench.arms) {
    const model = arm.kind === null ? null : (bench.rewards[arm.kind] ?? null)
    if (arm.kind !== null && model === null) throw new Error(`no ${arm.kind} to reward ${arm.name} by`)
    const search = candidates.map((each): RlChoice['tried'][number] => ({ ...each, probe: null }))
    let searching = search.length
    const hashes = { policy: hash, reward: model && (await checkpointHash(model)) }
    const armContext: ArmContext = { arm, model, hashes, tuned: () => searching === 0 }
    const first = Math.min(...seeds.map((seed) => waveOf(arm, seed)))
    for (const candidate of search)
      pieces.push({
        wave: first,
        piece: tuningPiece(context, armContext, candidate, () => {
          if (--searching === 0) choose(found, arm, search)
        }),
      })
    for (const seed of seeds)
      for (const task of bench.tasks)
        pieces.push({ wave: waveOf(arm, seed), piece: runPiece(context, armContext, task, seed) })
    if (model !== null && arm.verifiable === 0)
      for (const task of bench.tasks)
        pieces.push({ wave: first - 0.5, piece: tricksPiece(context, { ...armContext, model }, task) })
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

function tuningPiece(
  context: Context,
  armContext: ArmContext,
  candidate: RlChoice['tried'][number],
  ended: () => void,
): Piece {
  const { bench, done, found } = context
  const { rate, klLoss } = candidate
  const steps = bench.tuningSteps
  found.left++
  return {
    ready: () => true,
    async work() {
      await attempt(context, `tuning ${armContext.arm.name}, rate ${rate}, KL weight ${klLoss}`, async () => {
        const settings = { ...bench.settings, steps, keepEvery: steps, probeEvery: steps, rate, klLoss }
        const job = await runJob(bench, armContext, bench.tasks[0], { ...settings, seed: tuningSeed }, null)
        await done(job)
        candidate.probe = (await readResult(job.directory)).after
      })
      ended()
    },
  }
}

/** The settings after which most held-out problems came out right; none where every run of the search failed. */
function choose(found: RlFound, { name }: RlArm, tried: RlChoice['tried']): void {
  const ended = tried.flatMap(({ probe, ...each }) => (probe === null ? [] : [{ ...each, probe }]))
  if (ended.length === 0) return
  const { rate, klLoss } = ended.reduce((best, each) => (each.probe > best.probe ? each : best))
  found.choices[name] = { rate, klLoss, tried }
}

function runPiece(context: Context, armContext: ArmContext, task: Task, seed: number): Piece {
  const { bench, done, found, before } = context
  const { arm, tuned } = armContext
  found.left++
  return {
    ready: () => tuned() && before.has(task.name),
    async work() {
      await attempt(context, `${arm.name} on ${task.name}, seed ${seed}`, async () => {
        const choice = found.choices[arm.name]
        if (choice === undefined) throw new Error('no run of its search came to an end')
        const { rate, klLoss } = choice
        const start = before.get(task.name)!
        const test = { ...start.test, before: start.file }
        const job = await runJob(bench, armContext, task, { ...bench.settings, rate, klLoss, seed }, test)
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
  { arm, model, hashes }: ArmContext & { model: string },
  { name: task }: Task,
): Piece {
  const { bench, done, found, before } = context
  found.left++
  return {
    ready: () => before.has(task),
    work: () =>
      attempt(context, `hacks that ${arm.name} pays for on ${task}`, async () => {
        const { test, file: from } = before.get(task)!
        const settings = { arm, formula: formulaOf(arm), ...hashes, test, count: tricked }
        const folder = await settingsFolder(join(bench.directory, 'tricks'), `${arm.name}-${task}`, settings)
        const file = join(folder, 'tricks.json')
        await done({ kind: 'tricks', file, reward: model, arm, before: from, count: tricked })
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
  { directory, policy, probe }: RlBench,
  { arm, model, hashes }: ArmContext,
  { name: task }: Task,
  given: RunSettings,
  test: RunJob['test'],
): Promise<RunJob> {
  const settings = { ...given, verifiable: arm.verifiable }
  const penalties = arm.penalties ?? null
  const describes = { arm: arm.name, formula: formulaOf(arm), penalties, task, ...hashes, probe }
  const { seed, rate, klLoss } = given
  const name = test === null ? `tuning-${arm.name}-${rate}-${klLoss}` : `${arm.name}-${task}-s${seed}`
  const folder = await settingsFolder(join(directory, 'runs'), name, { ...describes, ...settings })
  return {
    kind: 'run',
    directory: folder,
    policy,
    reward: model,
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
