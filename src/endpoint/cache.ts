import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { isObject } from '../data/json-rows.ts'
import { unlessAborted } from '../reasoning/abort.ts'
import { InputError } from '../reasoning/errors.ts'
import {
  type AnyChatModel,
  type EndpointReply,
  type EndpointRequest,
  type Prompt,
  repliesOf,
  type SamplingModel,
} from './model.ts'
import type { ReplyStore } from './reply-store.ts'

/**
 * Names a reply: SHA-256 of the canonical JSON of everything that decides it, which is the model and all of the request, its seed
 * included, save the `affinity`.
 */
export function replyKey(id: string, { affinity, ...request }: EndpointRequest): string {
  return createHash('sha256')
    .update(canonical({ model: id, ...request }))
    .digest('hex')
}

/** JSON with its keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}

/** Samples that were asked for together. */
interface Asked {
  /** Callers that want one of them. Where none is left, the rest is called off. */
  waiting: number
  callOff(): void
}

interface UnderWay {
  reply: Promise<EndpointReply>
  asked: Asked
}

/**
 * A model that gives a reply that the store holds, and keeps every new one there: a cache, and, over a new directory, a
 * recording of all that was said. Failures are never kept. Equal requests at a time share one call, which ends when all who
 * wait for it have aborted. A reply resolves when it is on the disk, so what a killed run was given is there for the next one.
 */
export function remembering(model: AnyChatModel & { readonly id: string }, store: ReplyStore): SamplingModel {
  const underWay = new Map<string, UnderWay>()

  const ask = (prompt: Prompt, seeds: ReadonlyMap<string, number>) => {
    const stop = new AbortController()
    setMaxListeners(0, stop.signal)
    const forget = (key: string) => {
      if (underWay.get(key)?.asked === asked) underWay.delete(key)
    }
    const asked: Asked = {
      waiting: 0,
      callOff() {
        stop.abort()
        for (const key of seeds.keys()) forget(key)
      },
    }
    const replies = repliesOf(model, prompt, [...seeds.values()], { signal: stop.signal })
    const { affinity, ...kept } = prompt
    const keep = async (key: string, seed: number, coming: Promise<EndpointReply>) => {
      try {
        const reply = await coming
        await store.add({ key, model: model.id, request: { ...kept, seed }, reply })
        return reply
      } finally {
        forget(key)
      }
    }
    for (const [i, [key, seed]] of [...seeds].entries()) {
      const call = { reply: keep(key, seed, replies[i]), asked }
      call.reply.catch(() => {}) // whoever waits for it hears of a failure; perhaps nobody does any more
      underWay.set(key, call)
    }
  }

  const replies: SamplingModel['replies'] = (prompt, seeds, { signal } = {}) => {
    if (signal?.aborted) return seeds.map(() => Promise.reject(signal.reason))
    if (signal) setMaxListeners(0, signal)
    const keys = seeds.map((seed) => replyKey(model.id, { ...prompt, seed }))
    const fresh = new Map(keys.map((key, i) => [key, seeds[i]]))
    for (const key of fresh.keys()) if (store.get(key) || underWay.has(key)) fresh.delete(key)
    if (fresh.size > 0) ask(prompt, fresh)
    return keys.map(async (key) => store.get(key) ?? wait(underWay.get(key) as UnderWay, signal))
  }

  return {
    id: model.id,
    replies,
    reply: ({ seed, ...prompt }, options) => replies(prompt, [seed], options)[0],
  }
}

/**
 * A model that says again what a store holds, and nothing else.
 * @param id the model whose replies they are
 */
export function replaying(id: string, store: ReplyStore): SamplingModel {
  const silent = {
    id,
    async reply({ seed, messages }: EndpointRequest): Promise<never> {
      const said = JSON.stringify((messages.at(-1)?.content ?? '').slice(0, 60))
      throw new InputError(`holds no reply of ${id} to seed ${seed} of the prompt that ends with ${said}…`, {
        where: store.directory,
        fix: 'Replay what was recorded, with the same options, or record again.',
      })
    },
  }
  return remembering(silent, store)
}

async function wait({ reply, asked }: UnderWay, signal: AbortSignal | undefined): Promise<EndpointReply> {
  asked.waiting++
  try {
    return await unlessAborted(reply, signal)
  } finally {
    if (--asked.waiting === 0) asked.callOff()
  }
}
