import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { random } from '../../reasoning/random.ts'
import { listening } from '../local-server.fixture.ts'

/** What a server of the tests thinks of a text: a probability that depends on every character of it, and on nothing else. */
export function opinion(text: string): number {
  return 0.02 + 0.96 * random('opinion', text).next()
}

export const logit = (p: number) => Math.log(p) - Math.log1p(-p)

// biome-ignore lint/suspicious/noExplicitAny: bodies of a dozen protocols
type Body = any

/** An endpoint: the texts that a request holds, and the answer from the opinions of them. */
interface Endpoint {
  texts(body: Body): string[]
  answer(body: Body): unknown
}

export type Endpoints = Record<string, Endpoint>

const list = (value: string | string[]) => (Array.isArray(value) ? value : [value])
const usage = (texts: string[]) => ({
  prompt_tokens: texts.reduce((sum, text) => sum + Math.min(text.length, 10_000), 0),
  total_tokens: 1,
})

/** vLLM's /pooling of a model with a step tag: a row wherever the tag stands. */
function pooling(tag: string, row: (p: number) => number[]): Endpoints {
  const rows = (text: string, raw: boolean) =>
    text
      .split(tag)
      .slice(0, -1)
      .map((_, t, parts) => {
        const numbers = row(opinion(parts.slice(0, t + 1).join(tag)))
        return raw ? numbers.map(logit) : numbers
      })
  return {
    '/pooling': {
      texts: ({ input }) => input,
      answer: ({ model, input, use_activation }) => ({
        id: 'pool-1',
        object: 'list',
        created: 1,
        model,
        data: input.map((text: string, index: number) => {
          return { index, object: 'pooling', data: rows(text, use_activation === false) }
        }),
        usage: usage(input),
      }),
    },
  }
}

const textsOf = ({ query, items }: Body) => items.map((item: string) => query + item)
const labelIds: Record<string, number> = { Yes: 9454, No: 2753, '+': 10, '-': 12 }

const tokenize: Endpoint = {
  texts: () => [],
  answer: ({ prompt, content }) => {
    const text = prompt ?? content
    return { count: 1, max_model_len: 10_000, tokens: text in labelIds ? [labelIds[text]] : [1, 2] }
  },
}

const generative: Endpoints = {
  '/tokenize': tokenize,
  '/generative_scoring': {
    texts: textsOf,
    answer: (body) => ({
      id: 'generative-scoring-1',
      object: 'list',
      created: 1,
      model: body.model,
      data: textsOf(body).map((text: string, index: number) => {
        return { index, object: 'score', score: opinion(text) }
      }),
      usage: usage(textsOf(body)),
    }),
  },
}

/** What servers of each dialect's model do; `pair` is a query and a document in one text. */
export const pair = (query: string, document: string) => `${query} \u0001 ${document}`
const chatText = (messages: { role: string; content: string }[]) =>
  messages.map(({ role, content }) => `${role}: ${content}`).join('\n')

const classified = (body: Body): string[] => (body.messages ? [chatText(body.messages)] : list(body.input))

export const played: Record<string, Endpoints> = {
  'qwen-math-prm': pooling('<extra_0>', (p) => [1 - p, p]),
  'math-shepherd': generative,
  'hazard-head': pooling('<|step|>', (p) => [p]),
  'yes-no-vllm': generative,
  'rlhflow-prm': generative,
  'yes-no-sglang': {
    '/tokenize': tokenize,
    '/v1/score': {
      texts: textsOf,
      answer: (body) => ({
        scores: textsOf(body).map((text: string) => [opinion(text), 1 - opinion(text)]),
        model: body.model,
        object: 'scoring',
      }),
    },
  },
  'yes-no-llama-cpp': {
    '/tokenize': tokenize,
    '/completion': {
      texts: ({ prompt }) => [prompt],
      answer: ({ prompt, logit_bias, n_probs }) => {
        const [good, bad] = logit_bias.map(([id]: [number]) => id)
        const p = opinion(prompt)
        const top_probs = [
          { id: good, token: 'Yes', bytes: [89, 101, 115], prob: p },
          { id: bad, token: 'No', bytes: [78, 111], prob: 1 - p },
        ].sort((a, b) => b.prob - a.prob)
        return {
          content: top_probs[0].token,
          truncated: false,
          tokens_evaluated: prompt.length,
          completion_probabilities: [{ ...top_probs[0], top_probs: top_probs.slice(0, n_probs) }],
        }
      },
    },
  },
  'yes-no-chat': {
    '/v1/chat/completions': {
      texts: ({ messages }) => [messages[0].content],
      answer: ({ messages }) => {
        const p = opinion(messages[0].content)
        const top_logprobs = [
          { token: 'Yes', logprob: Math.log(p * 0.9), bytes: [] },
          { token: 'No', logprob: Math.log((1 - p) * 0.9), bytes: [] },
          { token: 'Perhaps', logprob: Math.log(0.1), bytes: [] },
        ]
        return {
          choices: [
            {
              index: 0,
              message: { content: 'Yes' },
              logprobs: { content: [{ token: 'Yes', logprob: -1, top_logprobs }] },
            },
          ],
        }
      },
    },
  },
  'scalar-vllm': {
    '/classify': {
      texts: classified,
      answer: (body) => ({
        id: 'classify-1',
        object: 'list',
        created: 1,
        model: body.model,
        data: classified(body).map((text, index) => {
          const p = opinion(text)
          return {
            index,
            label: 'LABEL_0',
            probs: [body.use_activation === false ? logit(p) : p],
            num_classes: 1,
          }
        }),
        usage: usage(classified(body)),
      }),
    },
  },
  'scalar-sglang': {
    '/classify': {
      texts: ({ text }) => text,
      answer: ({ text }) =>
        text.map((one: string) => ({
          embedding: [logit(opinion(one))],
          meta_info: { id: 'x', prompt_tokens: 3 },
        })),
    },
  },
  'score-vllm': {
    '/score': {
      texts: ({ queries, documents }) => documents.map((one: string, i: number) => pair(queries[i], one)),
      answer: ({ model, queries, documents }) => ({
        id: 'score-1',
        object: 'list',
        created: 1,
        model,
        data: documents.map((one: string, index: number) => {
          return { index, object: 'score', score: opinion(pair(queries[index], one)) }
        }),
        usage: {},
      }),
    },
  },
  'rerank-vllm': {
    '/rerank': {
      texts: ({ query, documents }) => documents.map((one: string) => pair(query, one)),
      answer: ({ model, query, documents }) => ({
        id: 'rerank-1',
        model,
        usage: { total_tokens: 56 },
        results: documents
          .map((text: string, index: number) => {
            return { index, document: { text }, relevance_score: opinion(pair(query, text)) }
          })
          .sort((a: Body, b: Body) => b.relevance_score - a.relevance_score),
      }),
    },
  },
}

/** In the place of an answer. */
export type Mishap =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { cut: string }
  | { reset: true }
  | { hang: true }
  /** What comes of the answer that would be given. */
  | { spoilt: (answer: Body) => unknown }

export interface RewardServerOptions {
  /** Models that it lists. Null: it has no list. */
  models?: string[] | null
  /** Longer texts are refused, as vLLM does it. */
  longest?: number
  /** ms to wait, by the request's number. */
  delay?: (index: number) => number
  /** By the number of the request, models and tokens not counted. */
  mishap?: (index: number, body: Body) => Mishap | undefined
}

export interface RewardServer {
  url: string
  requests: { method: string; path: string; body: Body }[]
  /** Texts that were asked about. */
  texts: string[]
  peak: number
  /** Requests that the client gave up. */
  abandoned: number
  close(): Promise<void>
}

/** A model server on 127.0.0.1 with these endpoints. */
export async function rewardServer(
  endpoints: Endpoints,
  options: RewardServerOptions = {},
): Promise<RewardServer> {
  const { models = ['prm'], longest = Number.POSITIVE_INFINITY, delay, mishap } = options
  const requests: RewardServer['requests'] = []
  const texts: string[] = []
  let [asked, underWay, peak, abandoned] = [0, 0, 0, 0]
  const server = createServer(async (incoming, response) => {
    peak = Math.max(peak, ++underWay)
    let over = false
    response.on('close', () => {
      underWay--
      if (!over) abandoned++
    })
    const sent = await text(incoming)
    const path = incoming.url as string
    const body = sent === '' ? null : JSON.parse(sent)
    requests.push({ method: incoming.method as string, path, body })
    const answered = (status: number, answer: unknown, headers?: Record<string, string>) => {
      over = true
      response.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    }
    if (path === '/v1/models' && models !== null) {
      const data = models.map((id) => ({ id, object: 'model', owned_by: 'vllm', max_model_len: 10_000 }))
      return answered(200, { object: 'list', data })
    }
    const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined
    if (endpoint === undefined || incoming.method !== 'POST') return answered(404, { detail: 'Not Found' })
    if (models !== null && body.model !== undefined && !models.includes(body.model))
      return answered(404, { error: { message: `The model \`${body.model}\` does not exist.`, code: 404 } })
    if (path === '/tokenize') return answered(200, endpoint.answer(body))
    const index = asked++
    texts.push(...endpoint.texts(body))
    if (delay) await sleep(delay(index))
    if (response.destroyed) return
    const found = mishap?.(index, body)
    if (found === undefined || 'spoilt' in found) {
      const long = endpoint.texts(body).find((one) => one.length > longest)
      if (long !== undefined)
        return answered(400, {
          error: { message: `This model's maximum context length is ${longest} tokens.`, code: 400 },
        })
      const answer = endpoint.answer(body)
      return answered(200, found === undefined ? answer : found.spoilt(structuredClone(answer)))
    }
    over = !('hang' in found)
    befall(found, response)
  })
  return {
    ...(await listening(server)),
    requests,
    texts,
    get peak() {
      return peak
    },
    get abandoned() {
      return abandoned
    },
  }
}

function befall(found: Exclude<Mishap, { spoilt: unknown }>, response: ServerResponse): void {
  if ('hang' in found) return
  if ('reset' in found) response.destroy()
  else if ('cut' in found) {
    response.writeHead(200, { 'content-length': found.cut.length + 1000 })
    response.write(found.cut, () => response.destroy())
  } else {
    const { status, headers, body = '' } = found
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}
