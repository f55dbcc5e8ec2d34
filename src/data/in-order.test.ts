import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inOrder } from './in-order.ts'

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const result of results) all.push(result)
  return all
}

test('results come in the order of the jobs, with no more than `ahead` under way', async () => {
  let now = 0
  let most = 0
  const jobs = Array.from({ length: 20 }, (_, i) => async () => {
    most = Math.max(most, ++now)
    await sleep(i % 3 === 0 ? 8 : 1)
    now--
    return i
  })
  expect(await collect(inOrder(jobs, 4))).toEqual([...jobs.keys()])
  expect(most).toBe(4)
  expect(await collect(inOrder([], 4))).toEqual([])
})

test('jobs are drawn as room appears: an endless source is fine', async () => {
  let drawn = 0
  async function* endless() {
    for (;;) {
      drawn++
      yield async () => drawn
    }
  }
  for await (const result of inOrder(endless(), 3)) if (result >= 10) break
  expect(drawn).toBeLessThan(15)
})

test('a failure is thrown in its turn, and none is unhandled', async () => {
  const jobs = [1, 2, 3, 4].map((i) => async () => {
    if (i > 1) throw new Error(`job ${i}`)
    await sleep(10)
    return i
  })
  const results = inOrder(jobs, 4)
  expect((await results.next()).value).toBe(1)
  await expect(results.next()).rejects.toThrow('job 2')
})

test('an abort ends the wait for a job that never ends', async () => {
  const controller = new AbortController()
  const results = collect(inOrder([() => new Promise(() => {})], 2, controller.signal))
  controller.abort(new Error('interrupted'))
  await expect(results).rejects.toThrow('interrupted')
  await expect(collect(inOrder([async () => 1], 1, controller.signal))).rejects.toThrow('interrupted')
})
