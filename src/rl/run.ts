import { join } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Problem, Verifier } from '../reasoning/types.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import type { Tokenizer } from '../transformer/tokenizer.ts'
import { type LoopResult, type LoopRow, type LoopSettings, type Practice, runLoop } from './loop.ts'
import { findHacking, type Hacking, type RolloutMetrics, rolloutMetrics } from './monitor.ts'
import { byStep, type ProcessReward, tokenRewards } from './rewards.ts'

/** What a run is, beside its reward. */
export interface RunSettings extends LoopSettings {
  /** Problems of a step, and rollouts of each. */
  problems: number
  rollouts: number
  /** Weight of a right answer by the exact verifier; 0: the policy is never told. */
  verifiable: number
}

export const runDefaults: RunSettings = {
  steps: 200,
  problems: 64,
  rollouts: 4,
  temperature: 1,
  maxTokens: 256,
  estimator: 'rloo',
  whiten: true,
  gamma: 1,
  clip: 0.2,
  klLoss: 0,
  klReward: 0,
  entropyBonus: 0,
  verifiable: 0,
  rate: 1e-4,
  warmup: 10,
  batchTokens: 4096,
  probeEvery: 10,
  keepEvery: 50,
  seed: 1,
}

export interface SolvingMetrics extends RolloutMetrics {
  /** Mean over rollouts of what the process reward gave; null where there is none, or attempts are held against each other. */
  proxy: number | null
  /** Rollouts that could not be scored: left out of the update. */
  unscored: number
}

/** One row of metrics.jsonl. Its probe is gold accuracy on the held-out problems. */
export type StepRow = LoopRow<SolvingMetrics>

export interface RlRun {
  directory: string
  /** Checkpoint directory of the policy to start from, which is the reference too. */
  policy: string
  settings: RunSettings
  /** Names the reward, problems and models in config.json. */
  describes: Record<string, unknown>
  /** The i-th problem to learn from. */
  problem: (index: number) => Problem
  /** Held-out problems of the probe. */
  probe: readonly Problem[]
  verifier: Verifier
  reward: ProcessReward | null
  threads: number
  /** Seconds between saved states. */
  saveEvery?: number
  stopOnHacking?: boolean
  onStep?: (row: StepRow, hacking: Hacking | null) => void
  signal?: AbortSignal
}

export interface RlResult extends LoopResult<SolvingMetrics> {
  hacking: Hacking | null
}

/**
 * Trains a policy to solve problems by a reward, and watches whether it games it; see {@link runLoop} for the folder.
 * @throws InputError on settings that do not go together
 */
export async function runRl(run: RlRun): Promise<RlResult> {
  const { directory, policy, settings, describes, threads, saveEvery, signal } = run
  checkEstimator(settings)
  let seen = { steps: -1, hacking: null as Hacking | null }
  // once raised, an alarm stays
  const hackingAt = (rows: readonly StepRow[]) => {
    if (seen.steps !== rows.length) seen = { steps: rows.length, hacking: seen.hacking ?? hackingIn(rows) }
    return seen.hacking
  }
  const { tokenizer } = readCheckpoint(policy)
  const trained = await runLoop<SolvingMetrics>({
    ...{ directory, policy, settings, describes, threads, saveEvery, signal },
    practice: solving(run, tokenizer),
    stop: (rows) => run.stopOnHacking === true && hackingAt(rows) !== null,
    onStep: (rows) => run.onStep?.(rows.at(-1)!, hackingAt(rows)),
  })
  const result = { hacking: hackingAt(trained.rows), ...trained }
  const { rows: _, ...told } = result
  await writeFiles([{ path: join(directory, 'result.json'), text: `${JSON.stringify(told, null, 2)}\n` }])
  return result
}

function checkEstimator({ estimator, klReward, gamma }: RunSettings): void {
  if (estimator === 'grpo' && klReward !== 0)
    throw new InputError(
      'GRPO normalises rewards of steps, so KL in the reward of each token has no place in it',
      {
        fix: 'Weigh KL in the loss (--kl-loss), or take the estimator rloo.',
      },
    )
  if (estimator === 'grpo' && gamma !== 1)
    throw new InputError('GRPO does not discount', { fix: 'Leave gamma at 1, or take the estimator rloo.' })
}

/** How many rollouts of a step are kept to be read. */
const kept = 32

function solving(
  { settings, problem, probe, verifier, reward }: RlRun,
  tokenizer: Tokenizer,
): Practice<SolvingMetrics> {
  const { seed, verifiable, rollouts: each } = settings
  const problemsOf = (step: number) =>
    Array.from({ length: settings.problems }, (_, i) => problem(step * settings.problems + i))
  const hasProxy = reward !== null && !reward.isContest
  const isRight = (of: Problem, { steps, answer }: { steps: string[]; answer: string | null }) =>
    answer !== null && verifier.verify({ ...of, steps }).correct
  return {
    requests: (step) =>
      problemsOf(step).map(({ id, problem }) => ({
        prompt: tokenizer.encodePrompt(problem),
        seeds: Array.from({ length: each }, (_, k) => seedOf('rollout', seed, step, id, k)),
      })),
    async reward(step, groups) {
      const problems = problemsOf(step)
      const of = groups.flatMap((group, i) => group.map(() => problems[i]))
      const rollouts = groups.flat().map((rollout, i) => ({ ...rollout, problem: of[i].problem }))
      const correct = rollouts.map((rollout, i) => isRight(of[i], rollout))
      const verified = verifiable === 0 ? null : { correct, weight: verifiable }
      const given = await tokenRewards(rollouts, reward, verified)
      const scored = given.filter((each) => each !== null)
      const isMissing = (i: number) => given[i] === null || rollouts[i].answer === null
      if (scored.length < given.length && given.every((_, i) => isMissing(i)))
        throw new Error(`the reward scored none of the solutions of step ${step}`)
      const samples = rollouts.slice(0, kept).map(({ problem, steps, answer, ...rollout }, i) => {
        const rewards = given[i] && byStep(given[i], rollout)
        return { id: `${of[i].id}#${i}`, problem, steps, answer, correct: correct[i], rewards }
      })
      return {
        given: groups.map((group, i) => given.slice(i * each, i * each + group.length)),
        metrics: {
          proxy: hasProxy ? scored.reduce((sum, { proxy }) => sum + proxy, 0) / scored.length : null,
          ...rolloutMetrics(rollouts, correct),
          unscored: rollouts.length - scored.length,
        },
        samples,
      }
    },
    async probe(sample) {
      const requests = probe.map(({ id, problem }) => ({
        prompt: tokenizer.encodePrompt(problem),
        seeds: [seedOf('probe', seed, id)],
      }))
      const rollouts = (await sample(requests)).flat()
      return rollouts.filter((rollout, i) => isRight(probe[i], rollout)).length / probe.length
    },
  }
}

function hackingIn(rows: readonly StepRow[]): Hacking | null {
  if (rows.some(({ proxy }) => proxy === null)) return null
  return findHacking(
    rows.map(({ proxy }) => proxy!),
    rows.map(({ gold }) => gold),
  )
}
