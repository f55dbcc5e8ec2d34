import type { z } from 'zod'
import type { JudgeService } from './judge-service.ts'
import type { Scalar, ScoreService } from './score-service.ts'
import type { SolveService } from './solve-service.ts'

/** What the server can do. */
export interface Services {
  scoring: ScoreService
  /** null: no judge is configured. */
  judging: JudgeService | null
  /** null: no policy is configured. */
  solving: SolveService | null
  /** What separates the steps of a response's text; see `stepsInText`. */
  separator?: string
  /** What a response without an answer is worth to a trainer, log P(correct) in nats at most; null: what the reward model says. */
  unanswered: number | null
}

/** A request whose body is what the route's schema says. */
export interface Call<Body> extends Services {
  body: Body
  /** As it was sent. */
  raw: unknown
  /** Which number a trainer wants, by ?reward= */
  scalar: Scalar
  /** Aborts when the client leaves, or its deadline passes. */
  signal: AbortSignal
}

export interface Route {
  method: 'get' | 'post'
  path: string
  /** Other paths of the same. */
  aliases?: string[]
  tag: string
  summary: string
  body?: z.ZodType
  /** Takes ?reward=: see `Call.scalar`. */
  scalar?: true
  /** Of the JSON answer. */
  answer: z.ZodType
  /** The answer: a JSON value, or a Response where it is none. */
  handle: (call: Call<never>) => unknown
}

/** A route of POST; the handler's body has the type of the schema. */
export function post<Schema extends z.ZodType>(
  path: string,
  about: Omit<Route, 'method' | 'path' | 'handle' | 'body'> & { body: Schema },
  handle: (call: Call<z.output<Schema>>) => unknown,
): Route {
  return { method: 'post', path, ...about, handle: handle as Route['handle'] }
}
