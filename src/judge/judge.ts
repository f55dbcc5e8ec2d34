import { type ChatOptions, chatModel } from '../endpoint/chat.ts'
import { servedModel } from '../endpoint/models.ts'
import { untilClosed } from '../reasoning/abort.ts'
import { InputError } from '../reasoning/errors.ts'
import type {
  ChatModel,
  ChatReply,
  ChatRequest,
  Comparison,
  Judgment,
  PairJudge,
} from '../reasoning/types.ts'
import { defaultTemplate } from './default-template.ts'
import { isMasterKey } from './guard.ts'
import { promptOf, type Template } from './template.ts'
import { dialects, readVerdict } from './verdict.ts'

export interface ChatJudgeOptions {
  /** Default: the structure of Reward Reasoning Models, boxed verdicts. */
  template?: Template
  /**
   * Tokens of thinking, and then of the verdict. Thinking that is cut is closed, and the model goes on from there: it cannot reason
   * past its budget. Without it a reply is one call of at most `maxTokens`.
   */
  budget?: { thinking: number; verdict: number }
  /** Default 0.6, as the paper. */
  temperature?: number
  /** Default 8192, as the paper. */
  maxTokens?: number
}

/**
 * A chat model that reasons about two responses and then names the better one: Reward Reasoning Model, arXiv 2505.14674.
 *
 * All comparisons of a call are asked at once. Responses with nothing in them to judge (`isMasterKey`) lose without a call; two such
 * ones are 'refused', and so are two of the same text. A model that fails makes a 'failed' judgment, never a rejection; an abort rejects with the signal's reason.
 * `tokens` are the generated ones; where the server does not count, a token is taken to be four characters.
 *
 * @throws InputError on a template without its placeholders, or budgets below 1
 */
export function chatJudge(
  model: ChatModel,
  { template = defaultTemplate, budget, temperature = 0.6, maxTokens = 8192 }: ChatJudgeOptions = {},
): PairJudge {
  const prompt = promptOf(template)
  const dialect = dialects[template.dialect]
  for (const tokens of budget ? [budget.thinking, budget.verdict] : [maxTokens])
    if (!(Number.isInteger(tokens) && tokens >= 1))
      throw new InputError(`a budget of ${tokens} tokens`, { fix: 'Make it a whole number of at least 1.' })

  async function compare(comparison: Comparison, signal: AbortSignal | undefined): Promise<Judgment> {
    signal?.throwIfAborted()
    const settled = settledWithoutCall(comparison)
    if (settled) return settled
    const request: ChatRequest = {
      messages: prompt.messages(comparison),
      seed: comparison.seed,
      temperature,
      topP: 1,
      maxTokens: budget?.thinking ?? maxTokens,
    }
    let tokens = 0
    let thoughts = ''
    const ask = async (asked: ChatRequest) => {
      const reply = await model.reply(asked, { signal })
      signal?.throwIfAborted()
      tokens += reply.tokens ?? Math.ceil((reply.text.length + (reply.reasoning?.length ?? 0)) / 4)
      return reply
    }
    try {
      const reply = await ask(request)
      thoughts = transcript(reply)
      if (!budget || reply.finish === 'stop')
        return { ...readVerdict(reply, dialect), reasoning: thoughts, tokens }
      const begun = closed(reply, dialect.cue)
      const { messages } = request
      const rest = await ask({
        ...request,
        messages: [...messages, { role: 'assistant', content: begun }],
        continueLast: true,
        maxTokens: budget.verdict,
      })
      const text = begun + rest.text
      return { ...readVerdict({ text, finish: rest.finish }, dialect), reasoning: text, tokens }
    } catch (error) {
      signal?.throwIfAborted()
      const message = error instanceof Error ? error.message : String(error)
      return { winner: null, nonVerdict: 'failed', reasoning: thoughts, tokens, error: message }
    }
  }

  return {
    compare: (comparisons, { signal } = {}) =>
      Promise.all(comparisons.map((comparison) => compare(comparison, signal))),
  }
}

export interface RemoteJudgeOptions extends ChatJudgeOptions, Omit<ChatOptions, 'urls' | 'model'> {
  /** The model there; left out: the only one that is served. */
  model?: string
  /** Ends the asking whether it is there. */
  signal?: AbortSignal
}

export interface RemoteJudge extends PairJudge, AsyncDisposable {
  /** What is under way rejects. */
  close(): Promise<void>
}

/**
 * A {@link chatJudge} by its address: any language model behind OpenAI's chat completions. The server is asked at once whether it
 * serves it.
 *
 * @param url base URL, or several of replicas of one model
 * @throws InputError where no server is, or not this model
 */
export async function remoteJudge(
  url: string | readonly string[],
  { signal, ...options }: RemoteJudgeOptions = {},
): Promise<RemoteJudge> {
  const urls = [url].flat()
  const { id } = await servedModel({ ...options, urls }, { signal })
  const { compare } = chatJudge(chatModel({ ...options, urls, model: id }), options)
  const { call, close } = untilClosed(compare)
  return { compare: call, close, [Symbol.asyncDispose]: close }
}

/**
 * A judgment that needs no call: a response has nothing in it to judge, or both are the same. Null where there is something to compare.
 * @throws InputError on anything but a query and two responses, all texts
 */
export function settledWithoutCall({ query, responses }: Comparison): Judgment | null {
  const texts: unknown[] = [query, ...(Array.isArray(responses) ? responses : [])]
  if (texts.length !== 3 || !texts.every((text) => typeof text === 'string'))
    throw new InputError('a comparison is of two texts, both responses to a query', {
      fix: "Give it as { query: 'text', responses: ['text', 'text'] }.",
    })
  const [first, second] = responses.map(isMasterKey)
  const empty = 'nothing in it to judge: it is empty, punctuation, or the opening of an answer'
  if (first && second)
    return unjudged(`Neither response was judged: each has ${empty}.`, 'neither response has an answer')
  if (first || second)
    return {
      winner: first ? 1 : 0,
      nonVerdict: null,
      reasoning: `Response ${first ? 1 : 2} loses without a call. It has ${empty}.`,
      tokens: 0,
    }
  if (responses[0].trim() === responses[1].trim())
    return unjudged('The responses are the same, word for word.', 'the responses are the same')
  return null
}

function unjudged(reasoning: string, error: string): Judgment {
  return { winner: null, nonVerdict: 'refused', reasoning, tokens: 0, error }
}

/** The reply as one text, thinking and all. */
function transcript({ text, reasoning }: ChatReply): string {
  return reasoning === null ? text : `<think>\n${reasoning}\n</think>\n\n${text}`
}

/**
 * A reply that was cut, ready to go on with the verdict: `<think>`, thoughts without white space around them, `</think>`. Prompts of some
 * models write the `<think>` themselves, so that it is not in the reply; chat templates that take thinking apart put it together like this.
 * Also where the thinking looks closed: it may be a quotation that does.
 */
function closed(reply: ChatReply, cue: string): string {
  const { text, reasoning } = reply
  const begun = reasoning !== null && text.trim() === '' ? reasoning : transcript(reply)
  return `<think>\n${begun.replace(/^\s*<think>/i, '').trim()}\n</think>\n\n${cue}`
}
