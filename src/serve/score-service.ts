import { answerOf } from '../reasoning/answer.ts'
import { checkedScores } from '../reward/checked.ts'
import type { RewardModel } from '../reward/reward-model.ts'
import { type RewardScores, rounded } from '../reward/scores.ts'
import type { ToScore } from '../reward/scoring.ts'
import { ActorFailed } from './faults.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { stepsInText, type TextStep } from './text/steps-in-text.ts'

/** Why a solution has no scores, whatever the scorer: none of these is a number. */
export interface Unscorable {
  type: 'no_steps' | 'too_many_steps' | 'too_long'
  message: string
}

export type Scored = { scores: RewardScores } | { unscorable: Unscorable }

export interface ScoreLimits {
  /** Most steps of a solution. */
  maxSteps: number
  /** Most UTF-16 units of a problem and its steps: what is longer is not even shown to the model to see whether it reads it. */
  maxLength: number
  /** Most solutions that wait; a request has no more than half of them. */
  queue: number
}

export interface ScoreService extends Pick<Scheduler<ToScore, Scored>, 'load' | 'counts'> {
  reward: Pick<RewardModel, 'kind'>
  /** Most solutions of a request. */
  maxSolutions: number
  maxLength: ScoreLimits['maxLength']
  /**
   * Scores in the order of the solutions, in full: `rounded` makes of them what `assay score` writes.
   * @throws QueueFull; the signal's reason; ActorFailed
   */
  score(solutions: readonly ToScore[], signal?: AbortSignal): Promise<Scored[]>
}

/** Most solutions that are scored together. */
const batch = 64

/** Such batches at a time: the threads stay busy while one ends. */
export const batchesAhead = 4

/** ms of encoding on end. */
const slice = 10

/**
 * One scorer for many requests. Solutions of one problem share its encoding, with those of other requests as well. What is scored
 * with what shows in the last bits of float32, at most: see `RewardModel.session`.
 */
export function scoreService(reward: RewardModel, limits: ScoreLimits): ScoreService {
  const { maxSteps, maxLength, queue } = limits
  const { submit, load, counts } = createScheduler<ToScore, Scored>({
    batch,
    ahead: batchesAhead,
    queue,
    async run(solutions, signal) {
      try {
        const fits = await readable(solutions, reward, signal)
        const fitting = solutions.filter((_, i) => fits[i])
        const given = fitting.length === 0 ? [] : await reward.scores(fitting, { signal })
        const scores = checkedScores(given, fitting)
        let next = 0
        return fits.map((isRead) => (isRead ? { scores: scores[next++] } : tooLong))
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        throw new ActorFailed(`the reward model failed: ${message}`, { cause: error })
      }
    },
  })

  const fault = ({ problem, steps }: ToScore): Scored | null => {
    if (steps.length === 0) return unscorable('no_steps', 'there is no text to score')
    if (steps.length > maxSteps)
      return unscorable('too_many_steps', `${steps.length} steps; at most ${maxSteps} are scored`)
    const length = steps.reduce((sum, step) => sum + step.length, problem.length)
    return length > maxLength ? tooLong : null
  }

  return {
    reward,
    maxSolutions: Math.max(1, Math.floor(queue / 2)),
    maxLength,
    async score(solutions, signal) {
      const faults = solutions.map(fault)
      const sound = solutions.filter((_, i) => faults[i] === null)
      const scored = await submit(sound, signal)
      let next = 0
      return faults.map((fault) => fault ?? scored[next++])
    },
    load,
    counts,
  }
}

/** The steps of a response; one that is too long to be scored is not cut: it is one step that is too long. */
export function stepsOf(
  response: string,
  { scoring, separator }: { scoring: Pick<ScoreService, 'maxLength'>; separator?: string },
): TextStep[] {
  if (response.length <= scoring.maxLength) return stepsInText(response, separator)
  return [{ text: response, start: 0, end: response.length }]
}

function unscorable(type: Unscorable['type'], message: string): Scored {
  return { unscorable: { type, message } }
}

const tooLong = unscorable('too_long', 'problem and steps are too long for the reward model')

/** Does the model read each of them? Encoding long texts takes turns with everything else. */
async function readable(
  solutions: readonly ToScore[],
  reward: RewardModel,
  signal: AbortSignal,
): Promise<boolean[]> {
  const asked: Promise<boolean>[] = []
  let since = performance.now()
  for (const solution of solutions) {
    const fits = Promise.resolve(reward.fits(solution, { signal }))
    // a failure is thrown below; until then it must not count as unhandled
    fits.catch(() => {})
    asked.push(fits)
    if (performance.now() - since < slice) continue
    await new Promise(setImmediate)
    since = performance.now()
  }
  return Promise.all(asked)
}

/** log P(correct) of one in a thousand, in nats: what a response without an answer is worth to a policy unless it is said. */
export const unlikely = Math.log(1e-3)

/**
 * Scores for a policy in training. No reward model has seen solutions that stop where they like, and takes a true half for a true whole: were a
 * response without an answer worth what the model says of it, to stop after a first sure step would pay. So it is worth `unanswered` at most;
 * null: as it is.
 */
export function settled(
  scores: RewardScores,
  steps: readonly string[],
  { unanswered }: { unanswered: number | null },
): RewardScores {
  if (unanswered === null || answerOf(steps) !== null) return scores
  const score = Math.min(scores.score, unanswered)
  return { ...scores, score, p_correct: Math.exp(score) }
}

/** The number that a trainer takes: log P(correct) in nats, the sum of the steps' rewards; or P(correct) itself. */
export type Scalar = 'score' | 'p_correct'

export function scalarOf(scores: RewardScores, scalar: Scalar): number {
  return rounded(scores)[scalar]
}
