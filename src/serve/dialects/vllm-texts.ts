import { z } from 'zod'
import { invalid, notServed } from '../faults.ts'
import { post } from '../route.ts'
import { stepsOf } from '../score-service.ts'
import { problemAndResponse } from '../text/chat-text.ts'
import { message, problemIn, responseIn } from '../text/messages.ts'
import { taggedSolution, taggedSteps } from '../text/tagged-text.ts'
import { type Placed, scoresOfAll } from './scalars.ts'
import { activation, envelope, isOff, listOf, model, numberOf, tag, usage } from './vllm-answers.ts'

/* Problem and response in one text, or as messages. */

const conversations = z
  .looseObject({
    model,
    input: z
      .union([z.string(), z.array(z.string())], {
        error: 'must be a text or a list of texts; tokens are of another model',
      })
      .optional(),
    messages: z.array(message).optional(),
    encoding_format: z.literal('float').nullish(),
    ...activation,
  })
  .refine(({ input, messages }) => (input === undefined) !== (messages === undefined), {
    error: 'must have either "input" or "messages"',
  })

/** The texts of `input`, each with its place, or the problem and response of `messages`. */
function eachInput<T>(
  { input = [], messages }: z.output<typeof conversations>,
  read: { text: (text: string) => T; chat: (problem: string, response: string) => T },
): { where: string; parts: T }[] {
  if (messages !== undefined)
    return [{ where: 'messages', parts: read.chat(problemIn(messages), responseIn(messages)) }]
  const texts = typeof input === 'string' ? [input] : input
  return texts.map((text, i) => ({
    where: typeof input === 'string' ? 'input' : `input[${i}]`,
    parts: read.text(text),
  }))
}

/** A hazard a step, in rows of one column: a step is what stands before a tag. */
const pooling = post(
  '/pooling',
  {
    tag,
    summary: 'The hazard of each step: [[h], …], one row a step tag',
    body: conversations,
    answer: listOf(
      z.object({ index: z.int(), object: z.literal('pooling'), data: z.array(z.array(z.number())) }),
    ),
  },
  async ({ body, ...call }) => {
    if (!call.scoring.reward.kind.hazard)
      throw notServed(
        `this reward, a ${call.scoring.reward.kind.name}, has no hazards: ask /classify or /v1/score`,
      )
    const solutions = eachInput(body, {
      text: taggedSolution,
      chat: (problem, response) => {
        const steps = taggedSteps(response)
        return steps && { problem, steps }
      },
    }).map(({ where, parts }): Placed => {
      if (parts !== null) return { where, ...parts }
      throw invalid(
        `${where} has no step tags (<|step|>, <extra_0>, or ки at the ends of lines), or no chat template that is known`,
      )
    })
    const scores = await scoresOfAll(solutions, call)
    const rows = scores.map(({ hazards = [], rewards = [] }) =>
      // log(1 - hazard) has the tail that 1 - hazard has lost
      hazards.map((hazard, t) => [isOff(body) ? Math.log(hazard) - rewards[t] : hazard]),
    )
    return {
      ...envelope(body.model, 'pool'),
      data: rows.map((data, index) => ({ index, object: 'pooling', data })),
      usage,
    }
  },
)

/** What verl's reward loop asks: data[-1].probs[-1] is the reward. */
const classify = post(
  '/classify',
  {
    tag,
    summary: 'P(correct), or its log-odds with "use_activation": false',
    body: conversations,
    answer: listOf(
      z.object({
        index: z.int(),
        label: z.string(),
        probs: z.array(z.number()),
        num_classes: z.literal(1),
      }),
    ),
  },
  async ({ body, ...call }) => {
    const solutions = eachInput(body, {
      text: problemAndResponse,
      chat: (problem, response) => ({ problem, response }),
    }).map(({ where, parts }): Placed => {
      if (parts === null)
        throw invalid(`${where} has no chat template that is known: send "messages", or ask /v1/score`)
      const { problem, response } = parts
      return { where, problem, steps: stepsOf(response, call).map(({ text }) => text) }
    })
    const scores = await scoresOfAll(solutions, call)
    return {
      ...envelope(body.model, 'classify'),
      data: scores.map((each, index) => ({
        index,
        label: 'correct',
        probs: [numberOf(each, body)],
        num_classes: 1,
      })),
      usage,
    }
  },
)

export const vllmTexts = [pooling, classify]
