import { setMaxListeners } from 'node:events'

/**
 * What the promise comes to, or the signal's reason as soon as it aborts. Whoever works on it is to be told by other means.
 * @throws the signal's reason; what the promise rejects with
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  setMaxListeners(0, signal) // one signal ends many things
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** A controller that aborts as soon as one of the signals does; `release` lets go of them. */
export function linked(...signals: (AbortSignal | undefined)[]): {
  controller: AbortController
  release(): void
} {
  const controller = new AbortController()
  const given = signals.filter((signal) => signal !== undefined)
  const abort = () => controller.abort(given.find(({ aborted }) => aborted)?.reason)
  for (const signal of given) {
    setMaxListeners(0, signal)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
  }
  return {
    controller,
    release: () => {
      for (const signal of given) signal.removeEventListener('abort', abort)
    },
  }
}

type Call<Asked, Answer> = (asked: Asked, options?: { signal?: AbortSignal }) => Promise<Answer>

/** The same call until it is closed: what is under way then, and all that is asked later, rejects. */
export function untilClosed<Asked, Answer>(
  call: Call<Asked, Answer>,
): { call: Call<Asked, Answer>; close(): Promise<void> } {
  const closing = new AbortController()
  return {
    async call(asked, { signal } = {}) {
      const { controller, release } = linked(signal, closing.signal)
      try {
        controller.signal.throwIfAborted()
        return await call(asked, { signal: controller.signal })
      } finally {
        release()
      }
    },
    close: async () => closing.abort(new Error('it is closed')),
  }
}
