import { expect, test } from 'vitest'
import { unlessAborted } from './abort.ts'

const never = new Promise<never>(() => {})

test('an abort wins over what never ends, also one that was before', async () => {
  const abort = new AbortController()
  const waiting = unlessAborted(never, abort.signal)
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await expect(unlessAborted(Promise.resolve(1), abort.signal)).rejects.toBe(reason)
})

test('a result or a failure goes through, and leaves nothing on the signal', async () => {
  const { signal } = new AbortController()
  const listeners = new Set<unknown>()
  const watched = Object.assign(signal, {
    addEventListener: (_: string, listener: unknown) => listeners.add(listener),
    removeEventListener: (_: string, listener: unknown) => listeners.delete(listener),
  })
  expect(await unlessAborted(Promise.resolve(7), watched)).toBe(7)
  await expect(unlessAborted(Promise.reject(new Error('broken')), watched)).rejects.toThrow('broken')
  expect(await unlessAborted(Promise.resolve(7), undefined)).toBe(7)
  expect(listeners.size).toBe(0)
})

test('a failure after the abort is nobody’s unhandled rejection', async () => {
  let fail: (error: Error) => void = () => {}
  const late = new Promise((_, reject) => {
    fail = reject
  })
  await expect(unlessAborted(late, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  fail(new Error('too late'))
  await new Promise(setImmediate)
})
