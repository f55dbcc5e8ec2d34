import { answerOf } from '../reasoning/answer.ts'
import { rounded } from '../reward/scores.ts'
import { ActorFailed, Fault, invalid, notServed } from './faults.ts'
import type { JudgeService } from './judge-service.ts'
import { post, type Route, type Services } from './route.ts'
import { judgeAnswer, judgeRequest, rankAnswer, rankRequest, scoreAnswer, scoreRequest } from './schemas.ts'
import { stepsOf } from './score-service.ts'
import { problemInPrompt } from './text/chat-text.ts'
import { problemIn, responseIn } from './text/messages.ts'

const tag = 'assay'

/** Steps with their scores; where a solution came as one text, where they stand in it. */
const score = post(
  '/v1/score',
  { tag, summary: 'Score solutions step by step', body: scoreRequest, answer: scoreAnswer },
  async ({ body, scoring, signal, ...server }) => {
    checkCount(body.solutions.length, scoring.maxSolutions)
    const solutions = body.solutions.map(({ prompt, response, ...given }, i) => {
      const { id = `${i}`, separator = server.separator } = given
      const problem = prompt === undefined ? problemIn(given.problem ?? '') : problemInPrompt(prompt)
      if (problem.trim() === '')
        throw invalid(`solutions[${i}].${prompt === undefined ? 'problem' : 'prompt'} is empty`)
      if (response === undefined) return { id, problem, steps: given.steps as string[] }
      const found = stepsOf(responseIn(response), { scoring, separator })
      const spans = found.map(({ start, end }) => [start, end])
      return { id, problem, steps: found.map(({ text }) => text), spans }
    })
    const results = await scoring.score(solutions, signal)
    return {
      results: results.map((result, i) => {
        const { id, spans } = solutions[i]
        if ('unscorable' in result) return { id, error: result.unscorable }
        return {
          id,
          answer: answerOf(solutions[i].steps),
          ...rounded(result.scores),
          ...(spans && { spans }),
        }
      }),
    }
  },
)

/** @throws Fault 413 where a request has more solutions than may ever wait */
export function checkCount(count: number, most: number): void {
  if (count <= most) return
  const message = `${count} solutions; a request has at most ${most}, half of the server's --queue: send several`
  throw new Fault(413, 'too_many', message)
}

/** @throws Fault 501 where there is none */
export function judgeOf({ judging }: Pick<Services, 'judging'>): JudgeService {
  if (judging !== null) return judging
  throw notServed(
    'no judge is configured: start the server with --judge FOLDER, or with --judge URL --model NAME of a server of OpenAI chat completions',
  )
}

const judge = post(
  '/v1/judge',
  { tag, summary: 'Say which of two responses is better', body: judgeRequest, answer: judgeAnswer },
  async ({ body: { pairs, both_orders: bothOrders, seed }, signal, ...services }) => {
    const rows = pairs.map((pair, i) => ({ ...pair, id: pair.id ?? `${i}` }))
    const judgments = await judgeOf(services).judge(rows, { seed, bothOrders, signal })
    const results = judgments.map(({ winner, nonVerdict, reasoning, tokens, consistent, error }, i) => {
      const { id } = rows[i]
      if (nonVerdict === 'failed') return failed(id, error ?? 'no reply')
      return { id, winner, non_verdict: nonVerdict, consistent, reasoning, tokens }
    })
    return { results: someOf(results) }
  },
)

const rank = post(
  '/v1/rank',
  { tag, summary: 'Rank responses by a tournament of the judge', body: rankRequest, answer: rankAnswer },
  async ({ body: { contests, both_orders: bothOrders, seed, ...rules }, signal, ...services }) => {
    const ranked = await judgeOf(services).rank(contests, rules, { seed, bothOrders, signal })
    const results = ranked.map((one, i) => {
      if ('error' in one) return failed(contests[i].id, one.error)
      const { settings: _, ...row } = one.row
      return row
    })
    return { results: someOf(results) }
  },
)

function failed(id: string, message: string) {
  return { id, error: { type: 'failed', message } }
}

/** @throws ActorFailed where all results are failures */
function someOf<T extends object>(results: T[]): T[] {
  const failures = results.filter((result): result is T & ReturnType<typeof failed> => 'error' in result)
  if (failures.length === 0 || failures.length < results.length) return results
  throw new ActorFailed(`the judge failed: ${failures[0].error.message}`)
}

export const ownApi: Route[] = [score, judge, rank]
