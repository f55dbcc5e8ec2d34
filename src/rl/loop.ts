import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonLines } from '../data/jsonl.ts'
import { writeFiles } from '../data/write-files.ts'
import { seedOf } from '../reasoning/random.ts'
import { flatten, type TrainingState, unflatten } from '../tensor/trainer.ts'
import { loadState, startingState, storeState } from '../tensor/training-state.ts'
import { readCheckpoint, tensorShapes, writeCheckpoint } from '../transformer/checkpoint.ts'
import { checkWrites } from '../transformer/config.ts'
import { grpo, rloo, stepRloo, whitened } from './advantages.ts'
import { checkApart, claimFolder } from './claim.ts'
import { klOf, type Trajectory } from './loss.ts'
import { createRolloutPool, type RolloutPool } from './policy.ts'
import type { TokenRewards } from './rewards.ts'
import type { Rollout, RolloutRequest } from './rollouts.ts'
import { createPolicyTrainer, type PolicyTrainer, type PolicyUpdate } from './update.ts'

/** Rewards of a group's tokens, which of them carry one, and which are the last of a step. */
interface Group {
  rewards: number[][]
  rewarded: boolean[][]
  ends: boolean[][]
}

/** Advantages of a group's tokens; see advantages.ts. */
const estimators = {
  rloo: ({ rewards }: Group, gamma: number) => rloo(rewards, gamma),
  'rloo-step': ({ rewards, ends }: Group, gamma: number) => stepRloo(rewards, ends, gamma),
  grpo: ({ rewards, rewarded }: Group) => grpo(rewards, rewarded),
}

export type EstimatorName = keyof typeof estimators

export const estimatorNames = Object.keys(estimators) as EstimatorName[]

/** What a run is, whatever it practises. All of it is kept in config.json, and a folder of another run is refused. */
export interface LoopSettings extends Omit<PolicyUpdate, 'threads'> {
  steps: number
  maxTokens: number
  estimator: EstimatorName
  /** Advantages of a step have mean 0 and deviation 1. */
  whiten: boolean
  gamma: number
  /** Weight of log policy - log reference of each token in its reward. */
  klReward: number
  /** Steps between probes, and between samples and checkpoints that are kept. */
  probeEvery: number
  keepEvery: number
  seed: number
}

/** Rollouts of the policy as it stands. */
export type Sampler = (requests: readonly RolloutRequest[]) => Promise<Rollout[][]>

/** What a policy practises. */
export interface Practice<Metrics> {
  /** What is rolled out at a step: a group of rollouts for each. */
  requests(step: number): RolloutRequest[]
  /** What the rollouts of a step earn, group by group, null for one that is left out; what to watch; rollouts to be read. */
  reward(
    step: number,
    groups: readonly Rollout[][],
  ): Promise<{ given: (TokenRewards | null)[][]; metrics: Metrics; samples: unknown[] }>
  /** How good the policy is on what it does not practise. */
  probe(sample: Sampler): Promise<number>
}

/** One row of metrics.jsonl. */
export type LoopRow<Metrics> = Metrics & {
  step: number
  /** Of the policy against the reference when it sampled, nats a token. */
  kl: number
  entropy: number
  loss: number
  /** Norm of the gradient, before it is clipped. */
  norm: number
  /** {@link Practice.probe}, before this step's update; only every so often. */
  probe?: number
  seconds: { rollouts: number; rewards: number; update: number }
}

export interface Loop<Metrics> {
  directory: string
  /** Checkpoint directory of the policy to start from, which is the reference too. */
  policy: string
  settings: LoopSettings
  /** What else the run is, for config.json. */
  describes: Record<string, unknown>
  practice: Practice<Metrics>
  threads: number
  /** Seconds between saved states. */
  saveEvery?: number
  /** Is there no use in going on? */
  stop?: (rows: readonly LoopRow<Metrics>[]) => boolean
  onStep?: (rows: readonly LoopRow<Metrics>[]) => void
  signal?: AbortSignal
}

export interface LoopResult<Metrics> {
  rows: LoopRow<Metrics>[]
  /** {@link Practice.probe} of the policy before and after. */
  before: number
  after: number
  /** Checkpoint directory of the trained policy. */
  policy: string
}

/** Sequences decoded together by a thread. */
const batch = 64

/** Where KL is only watched, one rollout in this many is held against the reference. */
const klShare = 4

/**
 * Trains a policy by reinforcement learning in a folder of its own: config.json, metrics.jsonl (a row a step), samples/, checkpoints/
 * and, in the end, policy/. Killed at any moment, it goes on from the last saved state and ends as if nothing had been.
 */
export async function runLoop<Metrics>(run: Loop<Metrics>): Promise<LoopResult<Metrics>> {
  const { directory, settings, practice, threads, signal } = run
  const { steps, keepEvery, probeEvery, rate, warmup, batchTokens, clip, klLoss, entropyBonus } = settings
  const { temperature, maxTokens } = settings
  const checkpoint = readCheckpoint(run.policy)
  checkWrites(checkpoint.config, run.policy)
  checkApart(run.policy, directory)
  await claimFolder(directory, { ...run.describes, ...settings })
  await mkdir(join(directory, 'samples'), { recursive: true })
  const shapes = tensorShapes(checkpoint.config)
  const reference = flatten(shapes, (name) => checkpoint.tensors.get(name)!.data)
  const resumed = load<Metrics>(directory)
  const rows = resumed?.rows ?? []
  const state = resumed?.state ?? startingState(reference.slice())
  const update = { rate, warmup, batchTokens, clip, klLoss, entropyBonus, temperature, threads }
  const trainer = await createPolicyTrainer(checkpoint, state, reference, update)
  const pool = createRolloutPool(run.policy, { threads, temperature, maxTokens, batch })
  const save = () => storeState(stateFile(directory), trainer.state, { rows: JSON.stringify(rows) })
  const keep = (name: string) =>
    writeCheckpoint(join(directory, name), {
      config: checkpoint.config,
      tokenizer: checkpoint.tokenizer,
      tensors: unflatten(shapes, trainer.state.parameters),
    })
  const probe = (step: number) =>
    practice.probe((requests) => pool.sample(step, trainer.state.parameters, requests))
  let saved = Date.now()
  try {
    while (rows.length < steps && !run.stop?.(rows)) {
      if (signal?.aborted) save()
      signal?.throwIfAborted()
      const step = rows.length
      const probed = step % probeEvery === 0 ? { probe: await probe(step) } : {}
      const { row, samples } = await takeStep(run, pool, trainer, step)
      rows.push({ ...row, ...probed })
      await writeFiles([{ path: join(directory, 'metrics.jsonl'), text: jsonLines(rows) }])
      if (step % keepEvery === 0 || step === steps - 1 || run.stop?.(rows))
        await writeFiles([{ path: join(directory, 'samples', sampleFile(step)), text: jsonLines(samples) }])
      if ((step + 1) % keepEvery === 0 && step + 1 < steps) keep(`checkpoints/step-${step + 1}`)
      run.onStep?.(rows)
      if (Date.now() - saved > (run.saveEvery ?? 20) * 1000) {
        save()
        saved = Date.now()
      }
    }
    save()
    const after = await probe(rows.length)
    keep('policy')
    return { rows, before: rows[0].probe!, after, policy: join(directory, 'policy') }
  } finally {
    await Promise.all([pool.close(), trainer.close()])
  }
}

/** One step: rollouts, rewards, advantages, update. */
async function takeStep<Metrics>(
  { settings, practice }: Loop<Metrics>,
  pool: RolloutPool,
  trainer: PolicyTrainer,
  step: number,
): Promise<{ row: LoopRow<Metrics>; samples: unknown[] }> {
  const { seed, klReward, klLoss, whiten } = settings
  const clock = stopwatch()
  const groups = await pool.sample(step, trainer.state.parameters, practice.requests(step))
  const seconds = { rollouts: clock(), rewards: 0, update: 0 }
  const { given, metrics, samples } = await practice.reward(step, groups)
  seconds.rewards = clock()

  const rollouts = groups.flat()
  const watched = rollouts.filter((_, i) => klReward !== 0 || klLoss !== 0 || i % klShare === 0)
  const references = await trainer.byReference(watched)
  const reference = new Map(watched.map((rollout, i) => [rollout, references[i]]))
  const kl = klOf(
    watched.map(({ logProbabilities }, i) => ({ before: logProbabilities, reference: references[i] })),
  )
  const trajectories = groups.flatMap((group, i) => {
    const members = group.flatMap((rollout, k) => {
      const rewards = given[i][k]
      return rewards ? [{ rollout, ...rewards, reference: reference.get(rollout) }] : []
    })
    const known = members.flatMap(({ advantages }) => (advantages ? [advantages] : []))
    const advantages = known.length > 0 ? known : advantagesOf(members, settings)
    return members.map(
      ({ rollout, reference }, k): Trajectory => ({
        ids: rollout.ids,
        promptLength: rollout.promptLength,
        advantages: advantages[k],
        before: rollout.logProbabilities,
        reference,
      }),
    )
  })
  if (whiten) {
    const white = whitened(trajectories.map(({ advantages }) => advantages))
    for (const [i, trajectory] of trajectories.entries()) trajectory.advantages = white[i]
  }
  const { loss, entropy, norm } = await trainer.update(trajectories, seedOf('minibatches', seed, step))
  seconds.update = clock()
  return { row: { step, ...metrics, kl, entropy, loss, norm, seconds }, samples }
}

interface Member extends TokenRewards {
  rollout: Rollout
  reference?: readonly number[]
}

function advantagesOf(
  members: readonly Member[],
  { klReward, estimator, gamma }: Pick<LoopSettings, 'klReward' | 'estimator' | 'gamma'>,
): number[][] {
  const rewards = members.map(({ rewards, rollout, reference }) =>
    klReward === 0
      ? rewards
      : rewards.map((reward, t) => reward - klReward * (rollout.logProbabilities[t] - reference![t])),
  )
  const rewarded = members.map((member) => member.rewarded)
  const ends = members.map(({ rewards, rollout: { stepEnds, promptLength } }) => {
    const last = new Set(stepEnds)
    return rewards.map((_, t) => last.has(t + promptLength))
  })
  return estimators[estimator]({ rewards, rewarded, ends }, gamma)
}

/** In samples/: rollouts of this step. */
export function sampleFile(step: number): string {
  return `step-${String(step).padStart(4, '0')}.jsonl`
}

const stateFile = (directory: string) => join(directory, 'state.safetensors')

/** The state and the rows that belong to it are saved together, in one file. */
function load<Metrics>(directory: string): { state: TrainingState; rows: LoopRow<Metrics>[] } | null {
  const stored = loadState(stateFile(directory))
  return stored && { state: stored.state, rows: JSON.parse(stored.metadata.rows) as LoopRow<Metrics>[] }
}

function stopwatch(): () => number {
  let from = performance.now()
  return () => {
    const now = performance.now()
    const seconds = (now - from) / 1000
    from = now
    return Number(seconds.toFixed(3))
  }
}
