import { z } from 'zod'
import { invalid } from '../faults.ts'
import { post } from '../route.ts'
import { stepsOf } from '../score-service.ts'
import { type Placed, scoresOfAll } from './scalars.ts'
import { activation, envelope, listOf, model, numberOf, tag, usage } from './vllm-answers.ts'

/* Problems ("queries") and responses ("documents"), each for itself. */

const oneOrMore = z
  .union([z.string(), z.array(z.string())], { error: 'must be a text or a list of texts' })
  .optional()

const pairs = z.looseObject({
  model,
  queries: oneOrMore,
  documents: oneOrMore,
  text_1: oneOrMore,
  text_2: oneOrMore,
  ...activation,
})

const score = post(
  '/score',
  {
    tag,
    summary: 'P(correct) of responses ("documents") to problems ("queries")',
    body: pairs,
    answer: listOf(z.object({ index: z.int(), object: z.literal('score'), score: z.number() })),
  },
  async ({ body, ...call }) => {
    const problems = listIn(body.queries ?? body.text_1, 'queries')
    const responses = listIn(body.documents ?? body.text_2, 'documents')
    if (problems.length !== 1 && problems.length !== responses.length)
      throw invalid(
        `${problems.length} queries and ${responses.length} documents: one query, or one a document`,
      )
    const solutions = responses.map((response, i): Placed => {
      const problem = problems.length === 1 ? problems[0] : problems[i]
      return { where: `documents[${i}]`, problem, steps: stepsOf(response, call).map(({ text }) => text) }
    })
    const scores = await scoresOfAll(solutions, call)
    return {
      ...envelope(body.model, 'score'),
      data: scores.map((each, index) => ({ index, object: 'score', score: numberOf(each, body) })),
      usage,
    }
  },
)

function listIn(given: string | string[] | undefined, name: string): string[] {
  if (given === undefined) throw invalid(`${name} is missing`)
  return typeof given === 'string' ? [given] : given
}

const rerankRequest = z.looseObject({
  model,
  query: z.string(),
  documents: z.array(
    z.union([z.string(), z.looseObject({ text: z.string() })], {
      error: 'must be a text, or an object with "text"',
    }),
  ),
  top_n: z.int().min(0, { error: 'must not be negative' }).nullish(),
  ...activation,
})

const rerank = post(
  '/rerank',
  {
    tag,
    aliases: ['/v1/rerank', '/v2/rerank'],
    summary: 'Responses to one problem, the likeliest right first',
    body: rerankRequest,
    answer: z.object({
      id: z.string(),
      model: z.string(),
      usage: z.record(z.string(), z.int()),
      results: z.array(
        z.object({
          index: z.int(),
          document: z.object({ text: z.string() }),
          relevance_score: z.number(),
        }),
      ),
    }),
  },
  async ({ body, ...call }) => {
    const texts = body.documents.map((document) => (typeof document === 'string' ? document : document.text))
    const solutions = texts.map((response, i): Placed => {
      const steps = stepsOf(response, call).map(({ text }) => text)
      return { where: `documents[${i}]`, problem: body.query, steps }
    })
    const scores = await scoresOfAll(solutions, call)
    const results = scores
      .map((each, index) => ({ index, by: each.score, relevance_score: numberOf(each, body) }))
      .sort((a, b) => b.by - a.by)
      .slice(0, body.top_n || undefined)
    const { id, model } = envelope(body.model, 'rerank')
    return {
      id,
      model,
      usage: { prompt_tokens: 0, total_tokens: 0 },
      results: results.map(({ index, relevance_score }) => ({
        index,
        document: { text: texts[index] },
        relevance_score,
      })),
    }
  },
)

export const vllmPairs = [score, rerank]
