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
export function rounded({ hazards, survival, rewards, p_correct, first_error }: StepScores): StepScores {
  return {
    hazards: hazards.map(roundedProbability),
    survival: survival.map(roundedProbability),
    rewards: rewards.map((reward) => Number(reward.toPrecision(6))),
    p_correct: roundedProbability(p_correct),
    first_error,
  }
}

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
