import type { Rollout } from './rollouts.ts'

/** A rollout, and the problem that it is about. */
export type Attempt = Rollout & { problem: string }

/**
 * The reward that a policy is trained by: what each step of a solution earns, shape [T]. Null for a solution that could not be
 * scored: it is left out of the update, and no number stands for it.
 */
export type StepReward = (solutions: { problem: string; steps: string[] }[]) => Promise<(number[] | null)[]>

/**
 * What a step's reward depends on, and so where it lies. 'step': on the step and those before it; it lies on the step's last token, whatever comes
 * after. 'whole': on what comes after too, if only on which step is the last; that of the last lies on `<|end|>`, with the decision to stop. 'outcome':
 * the last alone has one, there too.
 */
export type Earning = 'step' | 'whole' | 'outcome'

/**
 * A reward, and what a solution without an answer gets at its last token instead: `floor`, or what the worst answer of its step got where that
 * is less. Where rewards know no bound, giving no answer would else be better than giving a wrong one. (So the baseline of the one worst answer
 * of a step depends on its own return, if some of its group gave none.)
 */
export interface ProcessReward {
  score: StepReward
  earning: Earning
  floor: number
  /**
   * Attempts at a problem are held against each other: the mean of all tells nothing, so there is no proxy that could be gamed.
   */
  isContest?: boolean
}

/** Rewards of generated tokens. */
export interface TokenRewards {
  /** Shape [L], L generated tokens. */
  rewards: number[]
  /** Tokens that carry a reward. */
  rewarded: boolean[]
  /** What the process reward gave in all: the proxy. */
  proxy: number
  /** Where more is known of what tokens are worth than their rewards tell; else they are estimated from those. All of a group, or none. */
  advantages?: number[]
}

/**
 * Lays the rewards of rollouts on their tokens, as {@link Earning} says. A solution without an answer is not asked about: no reward model has seen one
 * that stops where it likes.
 *
 * @param process null: none, the verifiable reward is all there is
 * @param verified 1 for a right answer, on the last token; times `weight`
 * @returns null for a rollout that could not be scored: no rewards, or one that is no number
 * @throws Error when a solution is given another number of rewards than it has steps
 */
export async function tokenRewards(
  rollouts: readonly Attempt[],
  process: ProcessReward | null,
  verified: { correct: readonly boolean[]; weight: number } | null,
): Promise<(TokenRewards | null)[]> {
  const scored = process ? await scoresOf(rollouts, process) : null
  return rollouts.map(({ ids, promptLength, stepEnds }, i) => {
    const length = ids.length - promptLength
    const end = (t: number) =>
      t === stepEnds.length - 1 && process?.earning !== 'step' ? length - 1 : stepEnds[t] - promptLength
    const rewards = new Array<number>(length).fill(0)
    const rewarded = new Array<boolean>(length).fill(false)
    const give = (token: number, reward: number) => {
      rewards[token] += reward
      rewarded[token] = true
    }
    let proxy = 0
    if (scored) {
      const given = scored[i]
      if (given === null) return null
      if (typeof given === 'number') give(length - 1, given)
      else
        for (const [t, reward] of given.entries())
          if (process?.earning !== 'outcome' || t === given.length - 1) give(end(t), reward)
      proxy = typeof given === 'number' ? given : total(given)
    }
    if (verified) give(length - 1, verified.weight * Number(verified.correct[i]))
    return { rewards, rewarded, proxy }
  })
}

/** Of each rollout: what its steps got, null for no score; a number alone for one without an answer. */
async function scoresOf(
  rollouts: readonly Attempt[],
  { score, floor }: ProcessReward,
): Promise<(number[] | number | null)[]> {
  const answered = rollouts.filter(({ answer }) => answer !== null)
  const scores = await score(answered)
  const found = new Map<Attempt, number[] | null>()
  for (const [i, rollout] of answered.entries()) {
    const given = scores[i]
    if (given !== null && given.length !== rollout.steps.length)
      throw new Error(`${given.length} rewards for a solution of ${rollout.steps.length} steps`)
    found.set(rollout, given?.every(Number.isFinite) ? given : null)
  }
  const worst = [...found.values()].reduce(
    (least, given) => Math.min(least, given ? total(given) : least),
    floor,
  )
  return rollouts.map((rollout) =>
    rollout.answer === null ? worst : (found.get(rollout) as number[] | null),
  )
}

/** What the tokens of each step got, shape [T]: `<|end|>` counts to the last. */
export function byStep(
  { rewards }: Pick<TokenRewards, 'rewards'>,
  { stepEnds, promptLength }: Pick<Rollout, 'stepEnds' | 'promptLength'>,
): number[] {
  return stepEnds.map((end, t) => {
    const from = t === 0 ? 0 : stepEnds[t - 1] + 1 - promptLength
    const isLast = t === stepEnds.length - 1
    return total(rewards.slice(from, isLast ? undefined : end + 1 - promptLength))
  })
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
