import { z } from 'zod'
import { invalid } from '../faults.ts'
import { post } from '../route.ts'
import { scalarOf, settled, stepsOf } from '../score-service.ts'
import { problemAndResponse, problemInPrompt, responseAfter } from '../text/chat-text.ts'
import { type Placed, scoresOfAll } from './scalars.ts'

const texts = z.array(z.string())

const request = z.looseObject({
  query: texts.describe('prompts, each with its response behind it, by the chat template'),
  prompts: texts.optional().describe('the same prompts alone'),
})

const answer = z.object({
  rewards: z.array(z.number()),
  scores: z.array(z.number()).describe('P(correct)'),
  extra_logs: z.record(z.string(), z.array(z.number())),
})

/**
 * OpenRLHF, --remote_rm_url. It sends one item a request and, where it has several URLs, empty lists to all but the first of them; any
 * error is tried 5 times.
 */
export const openrlhf = post(
  '/openrlhf',
  {
    tag: 'OpenRLHF',
    aliases: ['/get_reward'],
    summary: 'Remote reward of OpenRLHF',
    scalar: true,
    body: request,
    answer,
  },
  async ({ body: { query, prompts }, scalar, ...call }) => {
    if (prompts !== undefined && prompts.length !== query.length)
      throw invalid(`${query.length} queries and ${prompts.length} prompts: one prompt a query is wanted`)
    const solutions = query.map((text, i): Placed => {
      const { problem, response } = partsOf(text, prompts?.[i], `query[${i}]`)
      return { where: `query[${i}]`, problem, steps: stepsOf(response, call).map(({ text }) => text) }
    })
    const given = await scoresOfAll(solutions, call)
    const scores = given.map((each, i) => settled(each, solutions[i].steps, call))
    return {
      rewards: scores.map((each) => scalarOf(each, scalar)),
      scores: scores.map((each) => scalarOf(each, 'p_correct')),
      extra_logs: {
        log_p_correct: scores.map((each) => scalarOf(each, 'score')),
        steps: solutions.map(({ steps }) => steps.length),
      },
    }
  },
)

function partsOf(text: string, prompt: string | undefined, where: string) {
  if (prompt === undefined) {
    const parts = problemAndResponse(text)
    if (parts === null)
      throw invalid(`${where} has no chat template that is known: send "prompts", so that it can be cut`)
    return parts
  }
  const response = responseAfter(prompt, text)
  if (response === null)
    throw invalid(
      `${where} does not begin with its prompt: was the prompt cut? Raise the trainer's prompt length`,
    )
  return { problem: problemInPrompt(prompt), response }
}
