import { linked, untilClosed } from '../reasoning/abort.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Continuation, GenerateRequest, Generator, Message } from '../reasoning/types.ts'
import { type ChatOptions, chatModel } from './chat.ts'
import { type AnyChatModel, type EndpointReply, type Prompt, repliesOf } from './model.ts'
import { servedWriter } from './writer.ts'

export interface EndpointGeneratorOptions {
  /** What ends a step. Default: an empty line. */
  separator?: string
  /** System message. The default asks for steps with separators between them, and for `Answer: …` as the last one. */
  instructions?: string
  temperature?: number
  topP?: number
  /** Longest continuation, in tokens. */
  maxTokens?: number
}

/**
 * A chat model as a Generator. The steps of a prefix are the beginning of the reply, which the model is asked to continue.
 * Requests of one problem go to the same server; all run at once, as far as the model lets them. The first failure ends the
 * rest.
 *
 * With `until: 'step'`, whether the model came to its end is known from servers that name the string they stopped at (vLLM,
 * SGLang). From others, a continuation with text counts as a step, and one without as the end: they find the end one
 * continuation later.
 *
 * @throws what the model throws; InputError where it does not say how many tokens it wrote
 */
export function endpointGenerator(model: AnyChatModel, options: EndpointGeneratorOptions = {}): Generator {
  const { separator = '\n\n' } = options
  const instructions = options.instructions ?? defaultInstructions(separator)
  return {
    async generate(requests, { signal } = {}) {
      signal?.throwIfAborted()
      const { controller: calls, release } = linked(signal)
      try {
        return await Promise.all(
          requests.map(async (request) => {
            const prompt = promptOf(request, instructions, separator, options)
            const replies = await Promise.all(
              repliesOf(model, prompt, request.seeds, { signal: calls.signal }),
            )
            return replies.map((reply, i) => continuation(reply, request.seeds[i], request.until, separator))
          }),
        )
      } catch (error) {
        calls.abort(error)
        throw error
      } finally {
        release()
      }
    },
  }
}

export interface RemoteGeneratorOptions
  extends EndpointGeneratorOptions,
    Omit<ChatOptions, 'urls' | 'model'> {
  /** The model there; left out: the only one that is served. */
  model?: string
  /** Ends the asking whether it is there. */
  signal?: AbortSignal
}

export interface RemoteGenerator extends Generator, AsyncDisposable {
  /** The model there. */
  model: string
  /** What is under way rejects. */
  close(): Promise<void>
}

/**
 * A Generator by its address: a language model behind OpenAI's chat completions. The server is asked at once whether it serves it,
 * and for a few tokens.
 *
 * @param url base URL, or several of replicas of one model
 * @throws InputError where no server is, not this model, or one that writes no chats
 */
export async function remoteGenerator(
  url: string | readonly string[],
  { signal, ...options }: RemoteGeneratorOptions = {},
): Promise<RemoteGenerator> {
  const urls = [url].flat()
  const { id } = await servedWriter({ ...options, urls }, { signal })
  const { generate } = endpointGenerator(chatModel({ ...options, urls, model: id }), options)
  const { call, close } = untilClosed(generate)
  return { model: id, generate: call, close, [Symbol.asyncDispose]: close }
}

function defaultInstructions(separator: string): string {
  const between = separator === '\n\n' ? 'an empty line' : JSON.stringify(separator)
  return (
    `Solve the problem step by step, with ${between} between steps and nowhere else. ` +
    'The last step is "Answer: " and the answer alone.'
  )
}

function promptOf(
  { problem, prefix = [], until }: GenerateRequest,
  instructions: string,
  separator: string,
  { temperature, topP, maxTokens }: EndpointGeneratorOptions,
): Prompt {
  const messages: Message[] = [
    { role: 'system', content: instructions },
    { role: 'user', content: problem },
  ]
  const taken = prefix.map((step) => step + separator).join('')
  return {
    messages: taken === '' ? messages : [...messages, { role: 'assistant', content: taken }],
    temperature,
    topP,
    maxTokens,
    ...(until === 'step' && { stop: [separator] }),
    ...(taken !== '' && { continueLast: true }),
    affinity: problem,
  }
}

function continuation(
  { text, finish, stoppedBy, tokens }: EndpointReply,
  seed: number,
  until: GenerateRequest['until'],
  separator: string,
): Continuation {
  if (tokens === null)
    throw new InputError('the server does not say how many tokens it wrote', {
      fix: 'Use one whose answers have a "usage".',
    })
  // a step of no text says nothing: it is left out
  const steps = text
    .split(separator)
    .map((step) => step.trimEnd().replace(/^[\r\n]+/, ''))
    .filter((step) => step !== '')
  if (until === 'end') return { steps, finish: finish === 'stop' ? 'end' : 'length', tokens, seed }
  // a server that knows no stop strings goes on
  if (steps.length > 1) return { steps: steps.slice(0, 1), finish: 'step', tokens, seed }
  if (finish === 'length') return { steps, finish, tokens, seed }
  const isStep = stoppedBy === undefined ? steps.length > 0 : stoppedBy === separator
  return { steps, finish: isStep ? 'step' : 'end', tokens, seed }
}
