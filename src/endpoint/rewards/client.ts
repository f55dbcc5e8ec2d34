import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { unlessAborted } from '../../reasoning/abort.ts'
import { Refused, type ServersOptions, serversAt } from '../http.ts'
import { probe } from './probe.ts'
import { batchesOf, checked, promptsOf, Unreadable } from './reading.ts'
import type { Dialect, Prompt, ToRead } from './types.ts'

export interface RewardClientOptions extends Omit<ServersOptions, 'model'> {
  dialect: Dialect
  /** The model there; left out: the only one that is served. */
  model?: string
  /** Ends what is under way, and whatever is asked for later. */
  signal?: AbortSignal
}

/** A reward model on servers. */
export interface RewardClient {
  readonly dialect: Dialect
  /** As the server calls it. */
  readonly model: string
  /** The first of its addresses. */
  readonly url: string
  /**
   * A promise a solution, so that one that fails takes no other with it: its numbers, one a step, or one in all of a model of
   * outcomes; in [0, 1], or any finite log-odds, as the dialect says. None for a solution without steps. What was asked before is
   * not asked again.
   *
   * Rejects with {@link Unreadable} where the server takes other solutions but not this one, and otherwise with the server's
   * failure: never is there a number that the model has not given. An abort rejects with the signal's reason, and ends the requests
   * that nobody else waits for.
   */
  read(solutions: readonly ToRead[], options?: { signal?: AbortSignal }): Promise<number[]>[]
  /** Ends what is under way. */
  close(): void
}

/** Answers that are remembered. */
const remembered = 100_000

interface Asked {
  key: string
  prompt: Prompt
  problem: string
  answer: Promise<number[]>
  resolve(numbers: number[]): void
  reject(error: unknown): void
  answered: boolean
  /** How many wait for the answer. */
  readers: number
  /** Once it is asked: what is asked with it, and how to end that. */
  request?: { batch: readonly Asked[]; stop: AbortController }
}

/**
 * Asks the server what it serves, and about a tiny solution, so that what is wrong comes to light at once; then it is there to be
 * asked. Solutions that are asked about at the same time go together, as many as the protocol takes in a request; requests run as
 * many at a time as the servers bear.
 *
 * @throws InputError that says what is wrong: no server, no such model, no such endpoint, another dialect
 */
export async function rewardClient(options: RewardClientOptions): Promise<RewardClient> {
  const { dialect, signal, model, ...given } = options
  // the endpoints stand beside /v1, not in it
  const urls = given.urls.map((url) => url.replace(/\/v1\/*$/, ''))
  const closing = new AbortController()
  const stop = () => closing.abort(signal?.reason)
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  setMaxListeners(0, closing.signal)
  const served = await probe({ ...given, urls }, { dialect, model }, { signal: closing.signal })
  const servers = serversAt({ ...given, urls, model: served.model })
  const { wire } = dialect
  const answers = new Map<string, Asked>()
  let waiting: Asked[] = []

  const send = async (batch: readonly Asked[], signal: AbortSignal): Promise<void> => {
    try {
      const prompts = batch.map(({ prompt }) => prompt)
      const readings = await wire.ask(servers, prompts, served, { signal, affinity: batch[0].problem })
      for (const [i, each] of batch.entries()) settle(each, readings[i])
    } catch (error) {
      // one text that is refused must not take the others with it
      if (isAboutText(error) && batch.length > 1) await Promise.all(batch.map((each) => send([each], signal)))
      else
        for (const { problem, reject } of batch)
          reject(isAboutText(error) ? new Unreadable(error.message.split('\n')[0], problem) : error)
    }
  }

  const settle = (
    { prompt, problem, resolve, reject }: Asked,
    reading: Awaited<ReturnType<typeof wire.ask>>[number],
  ) => {
    try {
      if ('unread' in reading) throw new Unreadable(reading.unread, problem)
      resolve(checked(reading.numbers, prompt, problem, dialect))
    } catch (error) {
      reject(error)
    }
  }

  const start = (batch: readonly Asked[]) => {
    const stop = new AbortController()
    const end = () => stop.abort(closing.signal.reason)
    closing.signal.addEventListener('abort', end)
    if (closing.signal.aborted) end()
    for (const each of batch) each.request = { batch, stop }
    void send(batch, stop.signal).finally(() => closing.signal.removeEventListener('abort', end))
  }

  const flush = () => {
    const now = waiting.filter(({ readers }) => readers > 0)
    waiting = []
    const prompts = now.map(({ prompt }) => prompt)
    for (const places of batchesOf(prompts, wire, served)) start(places.map((i) => now[i]))
  }

  const ask = (prompt: Prompt, problem: string): Asked => {
    const key = createHash('sha256').update(JSON.stringify(prompt)).digest('base64')
    const known = answers.get(key)
    if (known !== undefined) return known
    const asked = { key, prompt, problem, answered: false, readers: 0 } as Asked
    asked.answer = new Promise<number[]>((resolve, reject) => Object.assign(asked, { resolve, reject }))
    asked.answer.then(
      () => {
        asked.answered = true
      },
      () => forget(asked),
    )
    answers.set(key, asked)
    if (waiting.push(asked) === 1) setImmediate(flush)
    if (answers.size > remembered) answers.delete(answers.keys().next().value as string)
    return asked
  }

  const forget = (asked: Asked) => {
    if (answers.get(asked.key) === asked) answers.delete(asked.key)
  }

  const answerOf = async (prompt: Prompt, problem: string, signal: AbortSignal | undefined) => {
    const asked = ask(prompt, problem)
    asked.readers++
    try {
      return await unlessAborted(asked.answer, signal)
    } finally {
      if (--asked.readers === 0 && !asked.answered) {
        forget(asked)
        const { batch, stop } = asked.request ?? {}
        if (batch?.every(({ readers }) => readers === 0))
          stop?.abort(new Error('nobody waits for it any more'))
      }
    }
  }

  return {
    dialect,
    model: served.model,
    url: urls[0],
    read: (solutions, { signal } = {}) =>
      solutions.map(async (solution) => {
        signal?.throwIfAborted()
        const { problem } = solution
        const asked = promptsOf(dialect, solution).map((prompt) => answerOf(prompt, problem, signal))
        return (await Promise.all(asked)).flat()
      }),
    close() {
      signal?.removeEventListener('abort', stop)
      closing.abort(new Error('the reward model is closed'))
    },
  }
}

/** Statuses with which servers refuse a text that they cannot read, once they have read another one. */
function isAboutText(error: unknown): error is Refused {
  return error instanceof Refused && [400, 413, 422].includes(error.status)
}
