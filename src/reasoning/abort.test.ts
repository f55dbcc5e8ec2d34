import { expect, test } from 'vitest'
import { linked, unlessAborted, untilClosed } from './abort.ts'

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

test('what is linked aborts with the first of its signals, unless it let go of them', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const { controller } = linked(one.signal, undefined, other.signal)
  const free = linked(one.signal)
  free.release()
  one.abort(new Error('enough'))
  other.abort(new Error('too late'))
  expect(controller.signal.reason).toMatchObject({ message: 'enough' })
  expect(free.controller.signal.aborted).toBe(false)
  expect(linked(one.signal).controller.signal.reason).toMatchObject({ message: 'enough' })
})

test('until it is closed a call is as it was; then what is under way, and all later, rejects', async () => {
  const given: unknown[] = []
  const { call, close } = untilClosed((text: string, { signal } = {}) => {
    given.push(signal)
    return text === 'never' ? unlessAborted(never, signal) : Promise.resolve(text)
  })
  expect(await call('a')).toBe('a')
  const stop = new AbortController()
  const stopped = call('never', { signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(stopped).rejects.toThrow('enough')
  const waiting = call('never')
  await close()
  await expect(waiting).rejects.toThrow('it is closed')
  await expect(call('a')).rejects.toThrow('it is closed')
  expect(given).toHaveLength(3)
})
