import { afterEach, expect, test } from 'vitest'
import { createPool, type Pool } from './pool.ts'
import type { PoolJob, PoolResult } from './pool-jobs.fixture.ts'

let pool: Pool<PoolJob, PoolResult>
afterEach(() => pool.close())
const open = (threads: number) => {
  pool = createPool<PoolJob, PoolResult>(new URL('./pool-jobs.fixture.ts', import.meta.url), null, threads)
  return pool
}

/** Longer than any test waits. */
const forever = { wait: 600_000 }

test('a job that is aborted under way rejects at once and frees its thread for the next', async () => {
  open(1)
  await pool.run({ say: 'ready' })
  const abort = new AbortController()
  const reason = new Error('enough')
  const given = pool.run(forever, abort.signal)
  const next = pool.run({ say: 'next' })
  abort.abort(reason)
  await expect(given).rejects.toBe(reason)
  expect(await next).toMatchObject({ said: 'next', stopped: 1 })
})

test('one that waits is dropped and never starts; its neighbours stay', async () => {
  open(1)
  const abort = new AbortController()
  const [first, dropped, last] = [
    pool.run({ say: 'first' }),
    pool.run(forever, abort.signal),
    pool.run({ say: 'last' }),
  ]
  abort.abort(new Error('enough'))
  await expect(dropped).rejects.toThrow('enough')
  expect([(await first).said, (await last).said, (await last).stopped]).toEqual(['first', 'last', 0])
  await expect(pool.run({ say: 'too late' }, abort.signal)).rejects.toThrow('enough')
})

test('an abort after the end stops nobody', async () => {
  open(1)
  const abort = new AbortController()
  expect(await pool.run({ say: 'done' }, abort.signal)).toMatchObject({ said: 'done' })
  const next = pool.run({ wait: 20 })
  abort.abort()
  expect((await next).waited).toBeGreaterThan(10)
})

test('closing rejects what is under way and what waits, instead of leaving it for ever', async () => {
  open(1)
  const asked = [forever, forever].map((job) => pool.run(job))
  const settled = Promise.allSettled(asked)
  await pool.close()
  expect((await settled).map((each) => each.status)).toEqual(['rejected', 'rejected'])
  await expect(pool.run({ say: 'anyone?' })).rejects.toThrow('closed')
})

test('a failure is of its job alone', async () => {
  open(2)
  const [failed, fine] = await Promise.allSettled([pool.run({ fail: 'bad job' }), pool.run({ say: 'fine' })])
  expect(failed).toMatchObject({
    status: 'rejected',
    reason: expect.objectContaining({ message: 'bad job' }),
  })
  expect(fine).toMatchObject({ value: { said: 'fine' } })
})
