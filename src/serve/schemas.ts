import { z } from 'zod'
import { isObject } from '../data/json-rows.ts'
import { candidateRow, pairRow } from '../data/pair-rows.ts'
import { solutionRow } from '../data/rows.ts'
import { tournamentNames } from '../judge/tournaments/named.ts'
import { textOrMessages } from './text/messages.ts'

/** The server's own API: shared with clients and commands. */

const { id } = solutionRow.shape

const deadline = z
  .int({ error: 'must be a whole number of milliseconds' })
  .min(1, { error: 'must be at least 1' })
  .max(3_600_000, { error: 'must be at most an hour' })
  .optional()
  .describe('ms after which nobody waits for the answer any more; as the header x-deadline-ms')

const seed = z
  .int({ error: 'must be a whole number' })
  .min(0, { error: 'must not be negative' })
  .optional()
  .describe("another seed gives other samples; default: the server's --seed")

const solution = z
  .strictObject({
    id: id.optional().describe('default: its place in the list, from 0'),
    problem: textOrMessages
      .optional()
      .describe('a text, or messages of which the last one of the user is the problem'),
    prompt: textOrMessages
      .optional()
      .describe(
        'in its place: what a chat template has made of such messages; without a template that is known it is the problem',
      ),
    steps: solutionRow.shape.steps.optional().describe('the solution, in steps'),
    response: textOrMessages
      .optional()
      .describe('the solution as one text, or as messages of which the last one of the assistant is it'),
    separator: z
      .string()
      .min(1, { error: 'must not be empty', abort: true })
      .max(100, { error: 'must be at most 100 characters', abort: true })
      .optional()
      .describe(
        'what stands between the steps of a response; default: empty lines, or lines where there are none',
      ),
  })
  .refine(({ problem, prompt }) => (problem === undefined) !== (prompt === undefined), {
    error: 'must have either "problem" or "prompt"',
    abort: true,
  })
  .refine(({ steps, response }) => (steps === undefined) !== (response === undefined), {
    error: 'must have either "steps" or "response"',
    abort: true,
  })
  .refine(({ separator, response }) => separator === undefined || response !== undefined, {
    path: ['separator'],
    error: 'is for a "response"',
    abort: true,
  })

const bothOrders = z
  .boolean()
  .optional()
  .describe("show each pair in both orders: they agree, or nobody wins; default: the server's --both-orders")

/** No two of one id: results are known by theirs. */
const haveDifferentIds = (rows: readonly { id?: string }[]) => {
  const ids = rows.map(({ id }, i) => id ?? `${i}`)
  return new Set(ids).size === ids.length
}
const differentIds = { error: 'must have different ids' }

export const scoreRequest = z.strictObject({
  solutions: z.array(solution).refine(haveDifferentIds, differentIds),
  deadline_ms: deadline,
})

const probability = z.number().gt(0).lt(1)
const perStep = z.array(z.number()).optional()

/** Why there is no result. */
const failure = z.object({ type: z.string(), message: z.string() })

const scored = z.object({
  id: z.string(),
  answer: z
    .string()
    .nullable()
    .describe(
      'what the last step states; null: no answer that can be read, and none that the score could be about',
    ),
  score: z.number().describe('what solutions are ranked by: log of p_correct, in nats'),
  p_correct: probability.describe('the chance that the answer is right'),
  first_error: z
    .int()
    .nullable()
    .optional()
    .describe('the likeliest first wrong step, 0 is the first; null: none; absent: no opinion'),
  hazards: perStep.describe('for each step, the chance that it is the first wrong one'),
  survival: perStep.describe('for each step, the chance of no error so far'),
  rewards: perStep.describe('for each step, log(1 - hazard), in nats; they sum to score'),
  read_outs: perStep.describe('of rewards without hazards: the raw outputs'),
  scores: z.record(z.string(), z.number()).optional().describe('of rewards with several ways to rank'),
  spans: z
    .array(z.tuple([z.int(), z.int()]))
    .optional()
    .describe('where each step stands in the response, [start, end) in Unicode code points'),
})

const unscored = z.object({ id: z.string(), error: failure })

export const scoreAnswer = z.object({
  results: z.array(z.union([scored, unscored])).describe('one a solution, in their order'),
})

const pair = z.strictObject({
  id: id.optional(),
  query: pairRow.shape.query,
  responses: pairRow.shape.responses,
})

export const judgeRequest = z.strictObject({
  pairs: z.array(pair).max(1024, { error: 'must be at most 1024' }).refine(haveDifferentIds, differentIds),
  both_orders: bothOrders,
  seed,
  deadline_ms: deadline,
})

const place = z.literal([0, 1]).nullable()

export const judgeAnswer = z.object({
  results: z.array(
    z.union([
      z.object({
        id: z.string(),
        winner: place.describe('place of the better response; null: no verdict'),
        non_verdict: z.enum(['truncated', 'unparseable', 'refused']).nullable().describe('why there is none'),
        consistent: z.boolean().nullable().optional().describe('do both orders agree?'),
        reasoning: z.string(),
        tokens: z.int(),
      }),
      unscored,
    ]),
  ),
})

/** Contests as `assay rank` reads them. */
const contest = z.preprocess(
  (value) => (isObject(value) && value.id === undefined ? { ...value, id: unnamed } : value),
  candidateRow.refine(({ responses }) => responses.length <= 64, {
    path: ['responses'],
    error: 'must be at most 64',
  }),
)
const unnamed = '\0'

export const rankRequest = z.strictObject({
  contests: z
    .array(contest)
    .max(64, { error: 'must be at most 64' })
    .transform((rows) => rows.map((row, i) => (row.id === unnamed ? { ...row, id: `${i}` } : row)))
    .refine(haveDifferentIds, differentIds),
  tournament: z.enum(tournamentNames).default('knockout'),
  teams: z.boolean().default(false).describe('responses with the same "answer" play as one'),
  cascade: z
    .number()
    .min(0)
    .optional()
    .describe('only those play whose "score" lies within this gap of the highest'),
  both_orders: bothOrders,
  seed,
  deadline_ms: deadline,
})

const rating = z.object({ value: z.number(), low: z.number().optional(), high: z.number().optional() })

export const rankAnswer = z.object({
  results: z.array(
    z.union([
      z.looseObject({
        id: z.string(),
        ranking: z.array(z.string()).describe('ids of the responses, best first'),
        winner: z.string().nullable(),
        ratings: z.array(rating.nullable()),
        wins: z.array(z.array(z.number())),
        calls: z.int(),
        tokens: z.int(),
      }),
      unscored,
    ]),
  ),
})

export const health = z.object({
  status: z.enum(['ok', 'draining']),
  reward: z.string().describe('the kind of reward'),
  judge: z.boolean(),
  policy: z.boolean(),
  waiting: z.int().describe('solutions in the queue'),
})

/** Every answer that is none. */
export const errorAnswer = z.object({
  error: z.object({ type: z.string(), message: z.string(), code: z.int() }),
})
