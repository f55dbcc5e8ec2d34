import { z } from 'zod'
import { isObject } from '../../data/json-rows.ts'
import { InputError } from '../../reasoning/errors.ts'
import { tokenIds } from './token-ids.ts'
import type { Label, Wire } from './types.ts'

const token = z.object({ id: z.int().optional(), tok_str: z.string().optional(), prob: z.number() })

const tokens = z
  .array(
    z
      .object({ top_probs: z.array(token).optional(), probs: z.array(token).optional() })
      .transform(({ top_probs, probs = [] }) => top_probs ?? probs),
  )
  .min(1, { error: 'is empty' })

const truncated = z.boolean().optional()

/** The list is called `completion_probabilities`, and `probs` in the server's documentation. */
const completed = z.preprocess(
  (answer: unknown) =>
    isObject(answer) && 'probs' in answer ? { completion_probabilities: answer.probs, ...answer } : answer,
  z.object({ truncated, completion_probabilities: tokens }),
)

/** Lifts the labels above all other tokens, and leaves them as they were to each other. */
const lift = 100

/**
 * llama.cpp's POST /completion: one token, for which only the labels are left to choose from; the probabilities of both are asked
 * for. Newer servers list them in `top_probs`, older ones in `probs` and without ids.
 */
export const llamaCpp: Wire = {
  path: '/completion',
  most: 1,
  async ask(servers, [{ query, item }], { labels }, call) {
    const body = {
      prompt: query + item,
      n_predict: 1,
      n_probs: labels.length,
      post_sampling_probs: true,
      logit_bias: labels.map(({ id }) => [id, lift]),
      temperature: 1,
      top_k: labels.length,
      top_p: 1,
      min_p: 0,
      repeat_penalty: 1,
      cache_prompt: true,
    }
    const { truncated, completion_probabilities } = await servers.post('/completion', body, completed, call)
    if (truncated) return [{ unread: "it is longer than the model's context" }]
    const of = labels.map((label) => completion_probabilities[0].filter((one) => isToken(one, label)))
    const [good, bad] = of.map((found) => found.reduce((sum, { prob }) => sum + prob, 0))
    if (Math.abs(good + bad - 1) > 0.01)
      throw new InputError(
        'the server does not keep to the labels when it is told to (logit_bias, top_k, n_probs)',
        { fix: 'Update llama.cpp, or use the dialect yes-no-chat.' },
      )
    return [{ numbers: [good / (good + bad)] }]
  },
  tokenIds: (servers, text, _, call) =>
    tokenIds(servers, { content: text, add_special: false, parse_special: false }, call),
}

function isToken({ id, tok_str }: z.output<typeof token>, label: Label): boolean {
  if (id !== undefined) return id === label.id
  return tok_str !== undefined && tok_str.trim() === label.text
}
