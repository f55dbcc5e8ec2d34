import { join } from 'node:path'
import { ofSeed } from '../../evaluate/lab/compared.ts'
import type { Choices, LabCheckpoint } from '../../evaluate/lab/kinds.ts'
import { namedReward } from '../../evaluate/lab/named-rewards.ts'
import type { Plan } from '../../evaluate/lab/plan.ts'
import { type Need, needSamples, type SamplePool, samplePools } from '../../evaluate/lab/sample-pools.ts'
import { scorePools } from '../../evaluate/lab/score-pools.ts'
import { alone, inFolder } from '../../evaluate/lock.ts'
import { settingsFolder } from '../../evaluate/settings.ts'
import { versions } from '../../evaluate/versions.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { Verifier } from '../../reasoning/types.ts'
import { verifierFor } from '../../tasks/index.ts'
import { interruptSignal } from '../interrupt.ts'
import { openPolicy, type Policy } from '../policy-options.ts'
import { stageProgress } from '../stages.ts'
import { type BenchOptions, planOf } from './options.ts'
import { type BenchReward, type BenchRewards, benchRewards, trainedRewards } from './rewards.ts'

/** What a bench measures with. */
export interface Bench {
  policy: Policy
  verifier: Verifier
  rewards: BenchReward[]
  /** In the lab: samples of this policy and what is made of them, kept for all benches. */
  directory: string
  /** What results depend on, beside the plan. */
  settings: BenchSettings
  signal: AbortSignal
  /** Of a stage: how much of it is done. */
  reporting(stage: string): (done: number, total: number) => void
}

export interface BenchSettings {
  temperature: number
  topP: number
  maxTokens: number
  policy: string
  rewards: Record<string, string>
  /** What trained kinds were tuned to. */
  tuned?: Choices
  /** See {@link Experiment}. */
  strengths?: Record<string, number>
}

/** @throws InputError where a bench is about rewards, and there is none */
export function checkSomeReward({ rewards }: Pick<Bench, 'rewards'>): void {
  if (rewards.length > 0) return
  throw new InputError('majority vote counts whole answers: it scores no prefix and no single sample', {
    where: '--reward',
    fix: 'Name a reward as well.',
  })
}

/** Rewards that were trained for a bench. */
export interface TrainedRewards {
  rewards: readonly LabCheckpoint[]
  choices: Choices
}

/**
 * Opens the policy and the rewards of the options, or those that were trained for it, lets `measure` work with them, and closes them
 * whatever happens.
 */
export async function withBench<T>(
  options: BenchOptions,
  measure: (bench: Bench) => Promise<T>,
  trained?: TrainedRewards,
): Promise<T> {
  // what cannot be measured or written is better known before hours of work than after
  planOf(options)
  return inFolder(options.out, () => alone(options.lab, () => opened(options, measure, trained)))
}

async function opened<T>(
  options: BenchOptions,
  measure: (bench: Bench) => Promise<T>,
  trained?: TrainedRewards,
): Promise<T> {
  const policy = await openPolicy(options)
  let compared: BenchRewards | undefined
  let progress: ReturnType<typeof stageProgress> | undefined
  try {
    const sampling = { ...policy.settings, policy: await policy.identity() }
    const directory = await settingsFolder(join(options.lab, 'pools'), 'policy', sampling)
    compared = trained
      ? {
          ...trained,
          rewards: await trainedRewards(trained.rewards, options, directory),
          close: async () => {},
        }
      : await benchRewards(options, directory)
    const { rewards, choices } = compared
    progress = stageProgress('problems')
    const { report } = progress
    return await measure({
      policy,
      verifier: verifierFor(),
      rewards,
      directory,
      settings: {
        ...sampling,
        rewards: Object.fromEntries(rewards.map((reward) => [titleOf(reward), reward.identity])),
        ...(choices && { tuned: choices }),
      },
      signal: interruptSignal(),
      reporting: (stage) => (done, total) => report(stage, done, total),
    })
  } finally {
    progress?.stop()
    await compared?.close()
    await policy.close()
  }
}

/** A reward among those of all seeds. */
export function titleOf({ name, seed }: Pick<BenchReward, 'name' | 'seed'>): string {
  return seed === null ? name : `${name}, seed ${seed}`
}

/** Samples asked of a thread, or of a server, at a time: enough to keep its batch full for most of it. */
const sampledTogether = 512
/** Solutions that a thread is given to score, or a server. */
const scoredTogether = 256

/** Which samples a bench needs. */
export interface Wanted {
  need: Need
  /** How many of them are to be scored. */
  scored: (pool: SamplePool, seed: number) => number
}

/** The first n of every problem. */
export function firstOf(n: number): Wanted {
  return { need: needSamples(n), scored: () => n }
}

/** Sees to it that plans have their samples, and those their scores. */
export async function makePools(
  { policy, verifier, rewards, directory, signal, reporting }: Bench,
  plans: readonly Plan[],
  { need, scored }: Wanted,
): Promise<void> {
  const { generator, lanes } = policy
  for (const plan of plans)
    await samplePools(plan, {
      directory,
      generator,
      verifier,
      need,
      chunk: lanes * sampledTogether,
      signal,
      report: reporting(`samples of ${plan.splits.join(' and ')}`),
    })
  for (const reward of rewards)
    await reward.use(async ({ model, together }) => {
      for (const plan of plans)
        await scorePools(seedsOfReward(plan, reward), {
          directory,
          folder: reward.folder,
          reward: namedReward(reward.name, model),
          upTo: scored,
          chunk: Math.max(together, lanes * scoredTogether),
          signal,
          report: reporting(`${titleOf(reward)} of ${plan.splits.join(' and ')}`),
        })
    })
}

/** The repetitions of a plan that a reward is for. */
export function seedsOfReward(plan: Plan, reward: Pick<BenchReward, 'seed'>): Plan {
  return { ...plan, seeds: plan.seeds.filter((seed) => ofSeed([reward], seed).length > 0) }
}

/** The head of a bench's results.json: all that it takes to make them again. */
export function benchResult<T extends object>(bench: string, plan: Plan, measured: T) {
  return { bench, command: process.argv.slice(2), versions: versions(), plan, ...measured }
}
