import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { random } from '../reasoning/random.ts'
import type { Message } from '../reasoning/types.ts'
import { listening } from './local-server.fixture.ts'

/** The body of a chat completion request, as far as scripts look at it. */
export interface ChatBody {
  model: string
  messages: Message[]
  seed: number
  n?: number
  max_tokens?: number
  stop?: string[]
  continue_final_message?: boolean
  [field: string]: unknown
}

/** A chat completion. */
export interface Saying {
  /** One text for each choice; a single one is said once, whatever `n` is. */
  say: string | null | readonly (string | null)[]
  reasoning?: string
  /** The field that `reasoning` stands in. Default `reasoning_content`. */
  reasoningField?: 'reasoning_content' | 'reasoning'
  /** Default 'stop'. */
  finish?: string
  /** vLLM's `stop_reason`; no such field where it is left out. */
  stopReason?: string | number | null
  /** Written by all choices together, default 5; null: the answer says nothing of tokens. */
  tokens?: number | null
  /** More fields of each choice. */
  choice?: object
}

/** What the server does with a request. */
export type Behaviour = (
  | Saying
  /** This status and body; objects are sent as JSON. */
  | { status: number; headers?: Record<string, string>; body?: unknown }
  /** 200, the beginning of a body that is announced to be longer, and an end of the connection. */
  | { cut: string }
  /** The connection ends without an answer. */
  | { reset: true }
  /** No answer, ever. */
  | { hang: true }
  /** A body of this many bytes, as far as it is wanted. */
  | { huge: number }
) & {
  /** ms to wait first. */
  after?: number
}

export interface ScriptedServer {
  /** Base URL, without `/v1`. */
  readonly url: string
  /** All that came, in order. */
  readonly requests: { path: string; headers: IncomingHttpHeaders; body: ChatBody }[]
  /** Most requests under way at a time. */
  readonly peak: number
  /** Requests that the client gave up before they were answered. */
  readonly abandoned: number
  close(): Promise<void>
}

/**
 * An OpenAI-compatible server on 127.0.0.1 that does what a script says: a behaviour for each request in turn, of which the
 * last stays, or a function of the request's body and its 0-based number.
 */
export async function scriptedServer(
  script: readonly Behaviour[] | ((body: ChatBody, index: number) => Behaviour),
): Promise<ScriptedServer> {
  const requests: ScriptedServer['requests'] = []
  let [underWay, peak, abandoned] = [0, 0, 0]
  const server = createServer(async (incoming, response) => {
    peak = Math.max(peak, ++underWay)
    let over = false
    response.on('close', () => {
      underWay--
      if (!over) abandoned++
    })
    // it has no list of models
    if (incoming.method === 'GET') {
      over = true
      response.writeHead(404).end()
      return
    }
    const body = JSON.parse(await text(incoming)) as ChatBody
    const index = requests.push({ path: incoming.url as string, headers: incoming.headers, body }) - 1
    const behaviour =
      typeof script === 'function' ? script(body, index) : script[Math.min(index, script.length - 1)]
    if (behaviour.after !== undefined) await sleep(behaviour.after)
    if (response.destroyed) return
    over = !('hang' in behaviour || 'huge' in behaviour)
    perform(behaviour, body, response)
  })
  return {
    ...(await listening(server)),
    requests,
    get peak() {
      return peak
    },
    get abandoned() {
      return abandoned
    },
  }
}

function perform(behaviour: Behaviour, body: ChatBody, response: ServerResponse): void {
  if ('hang' in behaviour) return
  if ('reset' in behaviour) {
    response.destroy()
  } else if ('cut' in behaviour) {
    response.writeHead(200, { 'content-length': behaviour.cut.length + 1000 })
    response.write(behaviour.cut, () => response.destroy())
  } else if ('huge' in behaviour) {
    response.writeHead(200, { 'content-length': behaviour.huge })
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more)
    more()
  } else if ('status' in behaviour) {
    const { status, headers, body: answer = '' } = behaviour
    response.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  } else response.end(JSON.stringify(completion(behaviour, body)))
}

function completion(saying: Saying, { model }: ChatBody): object {
  const { say, reasoning, reasoningField = 'reasoning_content', finish = 'stop', tokens = 5 } = saying
  const texts = Array.isArray(say) ? say : [say]
  return {
    id: 'scripted',
    object: 'chat.completion',
    created: 0,
    model,
    choices: texts.map((content, index) => ({
      index,
      finish_reason: finish,
      message: {
        role: 'assistant',
        content,
        ...(reasoning !== undefined && { [reasoningField]: reasoning }),
      },
      ...(saying.stopReason !== undefined && { stop_reason: saying.stopReason }),
      ...saying.choice,
    })),
    ...(tokens !== null && {
      usage: { prompt_tokens: 10, completion_tokens: tokens, total_tokens: 10 + tokens },
    }),
  }
}

/**
 * A script that plays a model: it writes `Check: d` steps and an `Answer: d` as the last one, empty lines between them; the
 * prompt and the seed decide which. It knows `stop`, `max_tokens` and `continue_final_message`.
 * @param namesStop say which stop string was met, as vLLM does
 */
export function stepWriter({ namesStop }: { namesStop: boolean }): (body: ChatBody) => Saying {
  return ({ messages, seed, stop = [], max_tokens: most = 100, continue_final_message: goesOn }) => {
    const { next, int } = random('writer', JSON.stringify(messages), seed)
    const last = messages[messages.length - 1].content
    const pieces: string[] = []
    let ended = goesOn === true && /Answer: \d\s*$/.test(last)
    while (!ended) {
      if (pieces.length > 0) pieces.push('\n\n')
      ended = next() < 0.3
      pieces.push(ended ? 'Answer:' : 'Check:', ` ${int(0, 9)}`)
    }
    const met = pieces.slice(0, most).findIndex((piece) => stop.includes(piece))
    const stopReason = met === -1 ? null : pieces[met]
    const kept = pieces.slice(0, met === -1 ? most : met)
    const isCut = met === -1 && pieces.length >= most
    return {
      say: kept.join(''),
      finish: isCut ? 'length' : 'stop',
      tokens: isCut ? most : kept.length + 1,
      ...(namesStop && { stopReason }),
    }
  }
}
