import type { StepScorer } from '../reasoning/types.ts'
import type { RewardKind } from './kinds/kind.ts'
import type { RewardScores } from './scores.ts'
import type { ToScore } from './scoring.ts'

/**
 * Scores, and keeps what it has computed: a call costs only the problems and steps that no earlier one had. As a StepScorer it
 * is for rewards with hazards; `score` refuses others.
 */
export interface ScoringSession extends StepScorer {
  /** Raw read-outs u of every step; hazard = sigmoid(u), where the reward has hazards. */
  logits(solutions: readonly ToScore[], options?: { signal?: AbortSignal }): Promise<number[][]>
  /** What the reward says of each solution, whatever its kind. */
  scores(solutions: readonly ToScore[], options?: { signal?: AbortSignal }): Promise<RewardScores[]>
}

/** A reward that can be asked, wherever it runs. It is a session itself. */
export interface RewardModel extends ScoringSession {
  kind: RewardKind
  /**
   * One that has scored nothing yet; all share threads and memory. What was computed before changes read-outs by float32
   * rounding (below 1e-4), so make a session where results must not depend on other work to the last bit: they depend on
   * what the session was asked of the same problem alone, while the cache holds that.
   */
  session(): ScoringSession
  /**
   * Does the model read a solution? One that is too long for its context it refuses. A server is asked, and what it says of the
   * solution is remembered.
   */
  fits(solution: ToScore, options?: { signal?: AbortSignal }): boolean | Promise<boolean>
  close(): Promise<void>
}
