import { z } from 'zod'
import { type Call, post } from '../route.ts'
import { scalarOf, settled, stepsOf } from '../score-service.ts'
import { problemInPrompt } from '../text/chat-text.ts'
import { textOrMessages } from '../text/messages.ts'
import { scoresOfAll } from './scalars.ts'

const request = z.looseObject({ prompt: textOrMessages, response: z.string() })

/** slime, --rm-type remote_rm --rm-url. It has 64 connections, reads the answer as the reward, and tries any error 10 times. */
export const slime = post(
  '/slime',
  {
    tag: 'slime',
    summary: 'Remote reward of slime: a number',
    scalar: true,
    body: request,
    answer: z.number(),
  },
  async ({ scalar, ...call }) => scalarOf(await scoresOf(call), scalar),
)

/** The same for --reward-key: an object, of which slime takes one field. */
export const slimeFields = post(
  '/slime/fields',
  {
    tag: 'slime',
    summary: 'Remote reward of slime: an object, for --reward-key',
    body: request,
    answer: z.object({ score: z.number(), p_correct: z.number(), steps: z.int() }),
  },
  async (call) => {
    const scores = await scoresOf(call)
    const steps = (scores.hazards ?? scores.read_outs ?? []).length
    return { score: scalarOf(scores, 'score'), p_correct: scalarOf(scores, 'p_correct'), steps }
  },
)

type SlimeCall = Omit<Call<z.output<typeof request>>, 'raw' | 'scalar'>

async function scoresOf({ body: { prompt, response }, ...call }: SlimeCall) {
  const problem = problemInPrompt(prompt)
  const steps = stepsOf(response, call).map(({ text }) => text)
  const [scores] = await scoresOfAll([{ where: 'response', problem, steps }], call)
  return settled(scores, steps, call)
}
