import { z } from 'zod'
import { problemRow } from './rows.ts'

const { id, problem: query } = problemRow.shape

/** Two responses to compare, and which is better where somebody knows. Fields that we do not know stay in the row. */
export const pairRow = z.looseObject({
  id,
  query,
  responses: z.tuple([z.string(), z.string()], { error: 'must be a list of two texts' }),
  label: z.literal([0, 1]).optional(),
})

const candidate = z.preprocess(
  (value) => (typeof value === 'string' ? { text: value } : value),
  z.looseObject(
    {
      id: z.string().min(1, { error: 'must be a non-empty string', abort: true }).optional(),
      text: z.string(),
      /** Final answer. */
      answer: z.string().nullish(),
      /** Of a reward model, higher is better. */
      score: z.number().nullish(),
    },
    { error: 'must be a text or an object with "text"' },
  ),
)

/** Responses to rank: texts, or objects with more about them. Whoever brings no id is called by its place, from 0. */
export const candidateRow = z
  .looseObject({
    id,
    query,
    responses: z.array(candidate).min(1, { error: 'must hold at least one response' }),
  })
  .transform(({ responses, ...row }) => ({
    ...row,
    responses: responses.map(({ id, ...response }, place) => ({ id: id ?? `${place}`, ...response })),
  }))
  .refine(({ responses }) => areUnique(responses), { path: ['responses'], error: 'must have different ids' })

const rating = z.object({ value: z.number(), low: z.number().optional(), high: z.number().optional() })

/** What `assay rank` writes, as far as feedback is made of it. Whom it speaks of it calls by id. */
export const outcomeRow = z
  .looseObject({
    id,
    query,
    responses: z.array(z.looseObject({ id: z.string(), text: z.string() })).min(1),
    /** One a response; null for those of whom no verdict speaks. */
    ratings: z.array(rating.nullable()),
    matches: z.array(
      z.looseObject({
        pair: z.tuple([z.string(), z.string()]),
        /** 1: the first of the pair is better; 0.5: the orders disagree; null: no verdict. */
        score: z.literal([0, 0.5, 1]).nullable(),
      }),
    ),
  })
  .refine(({ responses }) => areUnique(responses), { path: ['responses'], error: 'must have different ids' })
  .refine(({ responses, ratings }) => ratings.length === responses.length, {
    path: ['ratings'],
    error: 'must hold one rating a response',
  })
  .refine(
    ({ responses, matches }) => {
      const ids = new Set(responses.map(({ id }) => id))
      return matches.every(({ pair: [a, b] }) => a !== b && ids.has(a) && ids.has(b))
    },
    { path: ['matches'], error: 'must be of two of the responses each' },
  )

function areUnique(responses: readonly { id: string }[]): boolean {
  return new Set(responses.map(({ id }) => id)).size === responses.length
}

export type PairRow = z.infer<typeof pairRow>
export type CandidateRow = z.infer<typeof candidateRow>
export type OutcomeRow = z.infer<typeof outcomeRow>
