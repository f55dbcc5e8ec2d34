import type { Value } from '../../tensor/graph.ts'
import type { SolutionLabel, StepLabels } from '../labels.ts'
import type { OutcomeTerm } from '../survival.ts'

/** The read-outs of a solution's steps, shape [T]: the head's output, or what {@link RewardKind.readOut} says. */
export type ReadOuts = ArrayLike<number>

/** Options of the kinds that have any. */
export interface KindOptions {
  /** crm: the steps in the term of a wrong outcome; 'all' is the paper's. */
  outcomeTerm?: OutcomeTerm
  /** pqm: zeta, how far below every good step a bad one is to stay. */
  margin?: number
  /** iprm: reward of one nat of log pi / pi_ref. */
  beta?: number
}

/** One reward: what it reads of a solution, how it learns from labels, and what its read-outs say. */
export interface RewardKind {
  name: string
  /** What it was made with, as assay.json keeps it. */
  options: KindOptions
  /**
   * 'head': a scalar head at the end of each step. 'log-ratio': how much likelier the text up to there is to the trained
   * language model than to the one it started from, log pi / pi_ref, in nats.
   */
  readOut: 'head' | 'log-ratio'
  /** Mean loss of a batch's solutions; read-outs [solutions, steps]. */
  loss: (readOuts: Value, labels: StepLabels) => Value
  /** The loss of one solution in closed form: {@link loss} is the mean of it. */
  lossOf: (readOuts: ReadOuts, label: SolutionLabel) => number
  /**
   * Ways to rank solutions, or prefixes of equal depth, by name; the first is the default. A score is the logarithm of what the
   * reward takes for the chance that the answer is right, so higher is better and none is above 0.
   */
  scores: Record<string, (readOuts: ReadOuts) => number>
  /** The read-outs are log-odds of hazards: the reward has a survival, and its default score is log S. */
  hazard?: true
  /** 0-based, null for none. Absent where the reward has no opinion on single steps. */
  firstError?: (readOuts: ReadOuts) => number | null
  /**
   * Of each step the chance that it is bad by itself, in [0, 1], for a reward that has no hazards and yet an opinion on single steps. What
   * `firstError` finds is the first above one half.
   */
  bad?: (readOuts: ReadOuts) => number[]
}

/** What a reward that says how bad each step is finds first wrong: the first step that is likelier bad than not. */
export function firstBad(bad: readonly number[]): number | null {
  const at = bad.findIndex((chance) => chance > 0.5)
  return at < 0 ? null : at
}
