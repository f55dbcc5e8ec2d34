import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { rounded, roundedProbability } from '../../reward/scores.ts'
import type { Attempt, ScoredAttempt } from '../../search/ranking.ts'
import type { SearchName, SolveResult } from '../../search/solve.ts'
import { Fault, invalid, notServed } from '../faults.ts'
import { post, type Route, type Services } from '../route.ts'
import { message, problemIn } from '../text/messages.ts'

/*
 * OpenAI's chat completions, where the model is a search: it writes n solutions and answers with the best. Sampling is the policy's own,
 * as the server was started; temperature, top_p and the limits of tokens are not looked at.
 */

const tag = 'OpenAI'

const prefixes: Record<string, SearchName> = { 'assay-best-of-': 'best-of-n', 'assay-beam-': 'beam' }

/** Those that /v1/models lists; any number up to `mostSolutions` will do. */
const listed = ['assay-best-of-4', 'assay-best-of-16', 'assay-best-of-64', 'assay-beam-8', 'assay-beam-16']

const mostSolutions = 256

/** @throws Fault 404 */
function searchNamed(model: string): { search: SearchName; n: number } {
  const [, prefix, digits] = /^(.*-)(\d{1,4})$/.exec(model) ?? []
  const n = Number(digits)
  if (prefix !== undefined && Object.hasOwn(prefixes, prefix) && n >= 1 && n <= mostSolutions)
    return { search: prefixes[prefix], n }
  throw new Fault(
    404,
    'no_such_model',
    `no model ${JSON.stringify(model.slice(0, 100))}; there are assay-best-of-N and assay-beam-N, N from 1 to ${mostSolutions}`,
  )
}

const request = z.looseObject({
  model: z.string().describe('assay-best-of-16, assay-beam-8, or another number'),
  messages: z
    .array(message)
    .min(1, { error: 'must hold at least one message' })
    .describe('the last one of the user is the problem'),
  n: z
    .int()
    .min(1, { error: 'must be at least 1' })
    .max(mostSolutions)
    .nullish()
    .describe('choices: the n best'),
  seed: z.int().min(0, { error: 'must not be negative' }).nullish(),
  stream: z.boolean().nullish(),
})

const finish = z.enum(['stop', 'length'])

const completion = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({ role: z.literal('assistant'), content: z.string() }),
      finish_reason: finish,
    }),
  ),
})

const chat = post(
  '/v1/chat/completions',
  { tag, summary: 'The best of n solutions', body: request, answer: completion },
  async ({ body, signal, ...services }) => {
    const { model, messages, n: choices, seed, stream } = body
    const solving = solvingOf(services)
    const { search, n } = searchNamed(model)
    const problem = problemIn(messages)
    if (problem.trim() === '') throw invalid('messages have no text of a user')
    const solved = await solving.solve({ problem, search, n, seed: seed ?? 1 }, signal)
    const answer = completionOf(solved, model, choices ?? 1)
    return stream ? streamed(answer) : answer
  },
)

function completionOf({ ranked, unfinished, answers }: SolveResult, model: string, wanted: number) {
  // where nothing came to an answer, what there is says so by its end
  const chosen: Attempt[] = ranked.length > 0 ? ranked.slice(0, wanted) : unfinished.slice(0, 1)
  if (chosen.length === 0)
    throw new Fault(
      422,
      'no_solution',
      'the search came to no solution: ask for more of them, or another seed',
    )
  const all = [...ranked, ...unfinished]
  const tokens = all.some((attempt) => attempt.tokens === undefined)
    ? null
    : all.reduce((sum, { tokens = 0 }) => sum + tokens, 0)
  return {
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion' as const,
    created: Math.floor(Date.now() / 1000),
    model,
    choices: chosen.map((attempt, index) => ({
      index,
      message: { role: 'assistant' as const, content: attempt.steps.join('\n\n') },
      finish_reason: attempt.finish === 'end' ? ('stop' as const) : ('length' as const),
      assay: 'score' in attempt ? scoresOf(attempt as ScoredAttempt) : null,
    })),
    usage: { prompt_tokens: null, completion_tokens: tokens, total_tokens: null },
    assay: {
      solutions: all.length,
      answers: answers.map(({ answer, votes, best }) => ({
        answer,
        votes,
        p_correct: roundedProbability(best),
      })),
    },
  }
}

function scoresOf({ score, p_correct, first_error, hazards, survival, rewards }: ScoredAttempt) {
  return rounded({ score, p_correct, first_error, hazards, survival, rewards })
}

/** The same in pieces, all at once: the best is known when all are there. */
function streamed({ choices, usage, assay, ...head }: ReturnType<typeof completionOf>): Response {
  const chunk = (rest: object) =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...rest })}\n\n`
  const pieces = choices.flatMap(({ index, message, finish_reason, assay }) => [
    chunk({ choices: [{ index, delta: message, finish_reason: null }] }),
    chunk({ choices: [{ index, delta: {}, finish_reason, assay }] }),
  ])
  return new Response(`${pieces.join('')}${chunk({ choices: [], usage, assay })}data: [DONE]\n\n`, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' },
  })
}

function solvingOf({ solving }: Pick<Services, 'solving'>) {
  if (solving !== null) return solving
  throw notServed('no policy is configured: start the server with --policy DIR or --generator URL')
}

const models: Route = {
  method: 'get',
  path: '/v1/models',
  tag,
  summary: 'The reward model, and the searches that can be asked as chat models',
  answer: z.object({ object: z.literal('list'), data: z.array(z.looseObject({ id: z.string() })) }),
  handle: ({ solving, scoring }) => ({
    object: 'list',
    data: [`assay-${scoring.reward.kind.name}`, ...(solving === null ? [] : listed)].map((id) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: 'assay',
    })),
  }),
}

export const openaiChat: Route[] = [chat, models]
