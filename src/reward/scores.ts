import type { RewardKind } from './kinds/kind.ts'
import { hazards, logitsOf, logSurvival, predictedFirstError, rewards, survivalCurve } from './survival.ts'

/** What CRM says of one solution; every list has one entry a step. All probabilities are in (0, 1), never 0 or 1 itself. */
export interface StepScores {
  /** h(t): Pr(step t is the first wrong one | all before it were right). */
  hazards: number[]
  /** S(t): Pr(no error up to and including step t). */
  survival: number[]
  /** log(1 - h(t)), in nats; they sum to log S(T). */
  rewards: number[]
  /** S(T): Pr(the final answer is right). */
  p_correct: number
  /** Where the first error is most likely (0 is the first step), null where none is likelier than any. */
  first_error: number | null
}

/** What any reward says of one solution. */
export interface RewardScores {
  /** What solutions are ranked by: log of the chance that the answer is right, in nats, as far as the reward says it. */
  score: number
  /** exp(score), never 0 or 1 itself. */
  p_correct: number
  /** The first wrong step (0 is the first), null for none; absent where the reward has no opinion on single steps. */
  first_error?: number | null
  /** By way of ranking, where there are several: see `RewardKind.scores`. */
  scores?: Record<string, number>
  /** The raw read-outs, one a step, of a reward without hazards. */
  read_outs?: number[]
  /** Of a reward with hazards: see {@link StepScores}. */
  hazards?: number[]
  survival?: number[]
  rewards?: number[]
}

/** Scores of any reward from the read-outs of a solution's steps, shape [T]. */
export function rewardScores(kind: RewardKind, readOuts: readonly number[]): RewardScores {
  const ways = Object.entries(kind.scores)
  const [[, rank]] = ways
  const score = rank(readOuts)
  if (kind.hazard) return { score, ...scoresOf(readOuts) }
  return {
    score,
    p_correct: open(Math.exp(score)),
    ...(kind.firstError && { first_error: kind.firstError(readOuts) }),
    ...(ways.length > 1 && {
      scores: Object.fromEntries(ways.map(([way, score]) => [way, score(readOuts)])),
    }),
    read_outs: [...readOuts],
  }
}

const below1 = 1 - 2 ** -53

/**
 * Scores from the read-outs u of a solution's steps, shape [T] (hazard = sigmoid(u)). Where float64 rounds a probability
 * to 0 or 1 it becomes the nearest number that is neither; `rewards` keep the exact tail.
 */
export function scoresOf(logits: readonly number[]): StepScores {
  const inside = hazards(logits).map(open)
  return {
    hazards: inside,
    survival: survivalCurve(logits).map(open),
    rewards: rewards(logits),
    p_correct: open(Math.exp(logSurvival(logits))),
    first_error: predictedFirstError(inside),
  }
}

/** {@link scoresOf} from hazards, for a scorer that gives no more; a hazard of 0 or 1 counts as the nearest number inside. */
export function scoresOfHazards(given: readonly number[]): StepScores {
  return scoresOf(logitsOf(given.map(open)))
}

/** The same with numbers of six significant digits, for files; more where fewer would make a probability 0 or 1. */
export function rounded<S extends Partial<RewardScores>>(given: S): S {
  const { score, p_correct, scores, read_outs, hazards, survival, rewards } = given
  return {
    ...given,
    ...(score !== undefined && { score: short(score) }),
    ...(p_correct !== undefined && { p_correct: roundedProbability(p_correct) }),
    ...(scores && {
      scores: Object.fromEntries(Object.entries(scores).map(([way, value]) => [way, short(value)])),
    }),
    ...(read_outs && { read_outs: read_outs.map(short) }),
    ...(hazards && { hazards: hazards.map(roundedProbability) }),
    ...(survival && { survival: survival.map(roundedProbability) }),
    ...(rewards && { rewards: rewards.map(short) }),
  }
}

const short = (value: number) => Number(value.toPrecision(6))

/** A probability in (0, 1) to six significant digits, or as many as it takes not to say 0 or 1. */
export function roundedProbability(probability: number): number {
  for (let digits = 6; digits < 17; digits++) {
    const short = Number(probability.toPrecision(digits))
    if (short > 0 && short < 1) return short
  }
  return probability
}

function open(probability: number): number {
  return Math.min(Math.max(probability, Number.MIN_VALUE), below1)
}
