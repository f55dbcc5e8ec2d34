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
