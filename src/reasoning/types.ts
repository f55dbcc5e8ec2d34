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
  /** The steps after the prefix. With 'length' the last one is cut short, unless the tokens ran out just at its end. */
  steps: string[]
  finish: Finish
  /** Generated tokens, separators included. */
  tokens: number
  seed: number
}

export interface GenerateRequest {
  problem: string
  /** Steps already taken; the continuation starts after them. */
  prefix?: readonly string[]
  /** One continuation per seed. A continuation depends on its own seed only, never on its neighbours. */
  seeds: readonly number[]
  until: 'step' | 'end'
}

/** Proposes continuations of a prefix. Results come back in request order, one inner list per request. */
export interface Generator {
  generate(requests: GenerateRequest[], options?: { signal?: AbortSignal }): Promise<Continuation[][]>
  /** Does a prefix leave room to go on? One that does not is refused. Always, where this is left out. */
  fits?(problem: string, prefix: readonly string[]): boolean
}

/**
 * Gives each step its hazard: Pr(this step is the first wrong one | all before it were right), in (0, 1).
 * Causal: a hazard depends on the problem and the steps up to its own. Scores come back in request order.
 */
export interface StepScorer {
  score(
    solutions: readonly { problem: string; steps: readonly string[] }[],
    options?: { signal?: AbortSignal },
  ): Promise<number[][]>
}

/** The truth about a solution. */
export interface Verdict {
  correct: boolean
  /** null exactly when `correct`: a right answer means no state was beyond repair (docs/crm.md section 1). */
  firstError: number | null
  /** The right answer. */
  truth: string
  /** The solution's own answer, null when none could be read. */
  answer: string | null
}

export interface Verifier {
  verify(solution: Solution): Verdict
}

export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** One reply that is wanted of a chat model. */
export interface ChatRequest {
  messages: readonly Message[]
  seed: number
  /** Temperature and top-p of sampling; the server's own where they are left out. */
  temperature?: number
  topP?: number
  /** Longest reply in tokens, its reasoning included. */
  maxTokens?: number
  stop?: readonly string[]
  /** The last message is the beginning of the reply, which goes on from there. */
  continueLast?: boolean
  /** Requests with the same key share a prefix: they should reach the same server. */
  affinity?: string
}

export interface ChatReply {
  /** What was said, without reasoning that came apart from it. */
  text: string
  /** Reasoning that the server gave in a field of its own. */
  reasoning: string | null
  /** 'length': cut short. */
  finish: 'stop' | 'length'
  /** Tokens read and written, as far as the server says. */
  promptTokens: number | null
  tokens: number | null
}

/** A model behind a chat. Rejects when there is no reply: a failure is never a reply. */
export interface ChatModel {
  reply(request: ChatRequest, options?: { signal?: AbortSignal }): Promise<ChatReply>
}

/** Two responses to one query, in the order in which they are shown. */
export interface Comparison {
  query: string
  responses: readonly [string, string]
  seed: number
}

/**
 * Why a judgment has no verdict: its reply was cut short; it names none or several; the judge declined; the call failed.
 * None of these is a win, a loss or a half.
 */
export type NonVerdict = 'truncated' | 'unparseable' | 'refused' | 'failed'

/** What a judge says of a comparison. */
export interface Judgment {
  /** Place of the better response as shown; null: there is no verdict. */
  winner: 0 | 1 | null
  /** Why not; null with a verdict. */
  nonVerdict: NonVerdict | null
  /** The judge says that neither is better, which is 'refused', too. */
  tie?: true
  /** What the judge thought and said, for people to read. */
  reasoning: string
  /** Tokens that it took, all calls together; 0 where it was settled without one. */
  tokens: number
  /** What went wrong, in words. */
  error?: string
}

/** Says which of two responses is better. Judgments come back in order; a comparison that fails is a judgment too. */
export interface PairJudge {
  compare(comparisons: readonly Comparison[], options?: { signal?: AbortSignal }): Promise<Judgment[]>
}
