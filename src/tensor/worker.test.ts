import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startWorker } from './worker.ts'

test('a thread runs a TypeScript module of ours, with its own imports', async () => {
  const worker = startWorker(new URL('./worker-echo.fixture.ts', import.meta.url), { seed: 7 })
  worker.postMessage('sent before the module was loaded')
  expect(await once(worker, 'message')).toEqual([
    {
      message: 'sent before the module was loaded',
      workerData: { seed: 7 },
      isMainThread: false,
      answer: '12',
    },
  ])
  expect(await once(worker, 'exit')).toEqual([0])
})

test('a module that is not there fails the thread', async () => {
  const worker = startWorker(new URL('./nowhere.ts', import.meta.url))
  const [error] = await once(worker, 'error')
  expect(String(error)).toContain('nowhere.ts')
})
