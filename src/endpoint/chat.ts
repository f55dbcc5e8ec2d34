import { z } from 'zod'
import { checkCounts } from '../reasoning/counts.ts'
import { type ServersOptions, serversAt } from './http.ts'
import { isAbout, type Manner, mended, usual } from './manner.ts'
import type { EndpointReply, Prompt, SamplingModel } from './model.ts'

export interface ChatOptions extends ServersOptions {
  /** Base URLs, as OpenAI's clients take them; one without a path gets `/v1`. Replicas of one model, all of them. */
  urls: readonly string[]
  /**
   * Samples of a prompt that are asked for in one call. 1, the default, gives each sample a call with its own seed: what a
   * sample says then depends on its seed alone, where the server honours seeds, and costs little more where it keeps prompts
   * in a cache. More (`n` of the protocol) is for services that bill the prompt once a call: only the first sample of a call
   * has its own seed, and others depend on that one and their place (vLLM gives sample i the seed of the first plus i, which
   * is right for seeds in a row). Where fewer come back than were asked for, the rest are called for one by one, and from
   * then on all are.
   */
  choices?: number
}

/** Tokens of all calls that were answered, as far as the servers say. */
export interface ChatUsage {
  calls: number
  promptTokens: number
  tokens: number
  /** Calls whose answer does not say its tokens. */
  uncounted: number
}

export interface EndpointChatModel extends SamplingModel {
  usage(): ChatUsage
}

/**
 * A model behind servers that speak OpenAI's chat completions. Calls run as many at a time as the
 * servers bear: ask for all that is wanted at once. Nothing is streamed: aborting closes the connection, on which servers
 * stop writing.
 *
 * A reply that was cut short while its reasoning was going on has an empty text. Any other reply without content, and one with a
 * finish other than stop and length, is an error. What continues a message and comes as reasoning alone is its text: servers that look for
 * `</think>` do not see that it came before, and take all that follows for reasoning.
 *
 * @throws InputError on options that make no sense, or where the environment variable of the key is not set
 */
export function chatModel(options: ChatOptions): EndpointChatModel {
  const { model } = options
  const servers = serversAt({ ...options, urls: options.urls.map(withVersion) })
  const usage: ChatUsage = { calls: 0, promptTokens: 0, tokens: 0, uncounted: 0 }
  let { choices = 1 } = options
  checkCounts({ choices })
  let known = usual

  /** The first one or more of the samples, as many as the server gives in one call. */
  const complete = async (prompt: Prompt, seeds: readonly number[], signal: AbortSignal | undefined) => {
    const start = known
    const schema = prompt.continueLast ? continuation : completion
    const ask = async (manner: Manner, first?: unknown): Promise<z.output<typeof completion>> => {
      const body = { model, ...bodyOf(prompt, seeds, manner) }
      try {
        const { affinity } = prompt
        const answer = await servers.post('/chat/completions', body, schema, { affinity, signal })
        known = manner
        return answer
      } catch (error) {
        const other = mended(error, { manner, start, prompt })
        if (other) return ask(other, first ?? error)
        throw first !== undefined && isAbout(error, manner.limit) ? first : error
      }
    }
    const answer = await ask(start)
    const replies = repliesIn(answer, seeds.length, prompt.continueLast)
    if (replies.length < seeds.length) choices = 1
    usage.calls++
    const { prompt_tokens, completion_tokens } = answer.usage ?? {}
    usage.promptTokens += prompt_tokens ?? 0
    usage.tokens += completion_tokens ?? 0
    if (typeof completion_tokens !== 'number') usage.uncounted++
    return replies
  }

  const replies: SamplingModel['replies'] = (prompt, seeds, { signal } = {}) => {
    const size = choices
    const calls = Array.from({ length: Math.ceil(seeds.length / size) }, (_, i) =>
      complete(prompt, seeds.slice(i * size, (i + 1) * size), signal),
    )
    return seeds.map(async (seed, i) => {
      const given = (await calls[Math.floor(i / size)])[i % size]
      return given ?? (await complete(prompt, [seed], signal))[0]
    })
  }

  return {
    id: model,
    replies,
    reply: ({ seed, ...prompt }, options) => replies(prompt, [seed], options)[0],
    usage: () => ({ ...usage }),
  }
}

function bodyOf(prompt: Prompt, seeds: readonly number[], { limit, saysTopP }: Manner): object {
  const { messages, temperature, topP, maxTokens, stop, continueLast, logprobs } = prompt
  return {
    messages: messages.map(({ role, content }) => ({ role, content })),
    seed: seeds[0],
    ...(seeds.length > 1 && { n: seeds.length }),
    temperature,
    top_p: topP === 1 && !saysTopP ? undefined : topP,
    [limit]: maxTokens,
    stop,
    ...(continueLast && { continue_final_message: true, add_generation_prompt: false }),
    ...(logprobs !== undefined && { logprobs: true, top_logprobs: logprobs }),
  }
}

const count = z.int().nonnegative().nullish()
const tokenLogprob = z.object({ token: z.string(), logprob: z.number() })
const stopReason = z.union([z.string(), z.number()]).nullable().optional()

const choice = z.object({
  index: z.int().optional(),
  finish_reason: z.enum(['stop', 'length']),
  /** vLLM's: a stop string; null or a token's id where the model came to its end. */
  stop_reason: stopReason,
  /** The same of SGLang. */
  matched_stop: stopReason,
  message: z.object({
    content: z.string().nullish(),
    reasoning_content: z.string().nullish(),
    reasoning: z.string().nullish(),
  }),
  logprobs: z
    .object({
      content: z.array(tokenLogprob.extend({ top_logprobs: z.array(tokenLogprob).nullish() })).nullish(),
    })
    .nullish(),
})

type Choice = z.output<typeof choice>

/** @param says is there anything in a choice that was not cut? */
function completionOf(says: (message: Choice['message']) => boolean) {
  const whole = choice.refine(({ message, finish_reason }) => finish_reason === 'length' || says(message), {
    path: ['message', 'content'],
    message: 'is null',
  })
  return z.object({
    choices: z.array(whole).min(1, { error: 'is empty' }),
    usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish(),
  })
}

const completion = completionOf(({ content }) => typeof content === 'string')
const continuation = completionOf(({ content, reasoning_content, reasoning }) =>
  [content, reasoning_content, reasoning].some((text) => typeof text === 'string'),
)

/** At most `wanted` replies. The tokens of a call with several are shared out by length. */
function repliesIn(
  { choices, usage }: z.output<typeof completion>,
  wanted: number,
  continues = false,
): EndpointReply[] {
  const given = choices.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).slice(0, wanted)
  const { prompt_tokens: promptTokens = null, completion_tokens: total = null } = usage ?? {}
  const tokens = total === null ? null : shares(total, given.map(lengthOf))
  return given.map((choice, i): EndpointReply => {
    const { message, finish_reason: finish, logprobs } = choice
    const stop = choice.stop_reason === undefined ? choice.matched_stop : choice.stop_reason
    const reasoning = message.reasoning_content || message.reasoning || null
    return {
      ...(continues && !message.content
        ? { text: reasoning ?? '', reasoning: null }
        : { text: message.content ?? '', reasoning }),
      finish,
      promptTokens: promptTokens && (i === 0 ? promptTokens : 0),
      tokens: tokens === null ? null : tokens[i],
      ...(stop !== undefined && { stoppedBy: typeof stop === 'string' ? stop : null }),
      ...(logprobs?.content && {
        logprobs: logprobs.content.map(({ token, logprob, top_logprobs }) => {
          return { token, logprob, top: top_logprobs ?? [] }
        }),
      }),
    }
  })
}

/** Characters, and one more, as the end is a token too. */
function lengthOf({ message }: Choice): number {
  const { content, reasoning_content, reasoning } = message
  return 1 + (content?.length ?? 0) + (reasoning_content || reasoning || '').length
}

/** A whole number in parts about as the weights, which add up to it. */
function shares(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0)
  let before = 0
  let reached = 0
  return weights.map((weight) => {
    reached += weight
    const upTo = Math.round((total * reached) / sum)
    const share = upTo - before
    before = upTo
    return share
  })
}

function withVersion(url: string): string {
  return /^[a-z]+:\/\/[^/]+\/*$/i.test(url) ? `${url.replace(/\/+$/, '')}/v1` : url
}
