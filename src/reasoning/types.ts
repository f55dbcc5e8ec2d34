/** A question with one checkable answer. `id` is stable: results, seeds and resumed runs are keyed by it. */
export interface Problem {
  id: string
  problem: string
}

/** One attempt at a problem, split into steps (strings without a trailing newline; the last one holds the answer). */
export interface Solution extends Problem {
  steps: string[]
  /** Final answer as stated by the solution, when it could be read. */
  answer?: string
  /** Is the final answer right? */
  correct?: boolean
  /** 0-based index of the first step that enters a state from which the right answer is out of reach; null = none. */
  first_error?: number | null
}

/** Why a continuation stopped: it ended a step, ended the solution, or ran out of tokens. */
export type Finish = 'step' | 'end' | 'length'

export interface Continuation {
  /** The steps after the prefix. When `finish` is 'length' the last one is cut short. */
  steps: string[]
  finish: Finish
  /** Generated tokens, separators included. */
  tokens: number
  seed: number
}

export interface GenerateRequest {
  problem: string
  /** Steps already taken; the continuation starts after them. */
  prefix?: string[]
  /** One continuation per seed. A continuation depends on its own seed only, never on its neighbours. */
  seeds: number[]
  until: 'step' | 'end'
}

/** Proposes continuations of a prefix. Results come back in request order, one inner list per request. */
export interface Generator {
  generate(requests: GenerateRequest[]): Promise<Continuation[][]>
}

/**
 * Gives each step its hazard: Pr(this step is the first wrong one | all before it were right), in (0, 1).
 * Causal: a hazard depends on the problem and the steps up to its own. Scores come back in request order.
 */
export interface StepScorer {
  score(solutions: { problem: string; steps: string[] }[]): Promise<number[][]>
}

/** The truth about a solution. */
export interface Verdict {
  correct: boolean
  /** null exactly when `correct`: a right answer means no state was beyond repair (crm.md section 1). */
  firstError: number | null
  /** The right answer. */
  truth: string
  /** The solution's own answer, null when none could be read. */
  answer: string | null
}

export interface Verifier {
  verify(solution: Solution): Verdict
}
