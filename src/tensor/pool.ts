import type { Worker } from 'node:worker_threads'
import { parentPort } from 'node:worker_threads'
import { InputError } from '../reasoning/errors.ts'
import { startWorker } from './worker.ts'

/** Threads that each run one job at a time; jobs are taken in the order in which they were asked for. */
export interface Pool<Job, Result> {
  run(job: Job): Promise<Result>
  close(): Promise<void>
}

interface Waiting<Job, Result> {
  job: Job
  resolve(result: Result): void
  reject(error: unknown): void
}

type Reply<Result> = { result: Result } | { error: unknown } | { badInput: string } | { ready: true }

/**
 * @param module a module that calls {@link serveJobs}
 * @param data handed to each thread as `workerData`
 */
export function createPool<Job, Result>(module: URL, data: unknown, size: number): Pool<Job, Result> {
  const queue: Waiting<Job, Result>[] = []
  let broken: { error: unknown } | undefined
  const threads = Array.from({ length: size }, () => start(startWorker(module, data)))

  function start(worker: Worker) {
    const thread = { worker, current: undefined as Waiting<Job, Result> | undefined, ready: false }
    worker.on('message', (reply: Reply<Result>) => {
      if ('ready' in reply) thread.ready = true
      else {
        const { current } = thread
        thread.current = undefined
        if ('error' in reply) current?.reject(reply.error)
        else if ('badInput' in reply) current?.reject(new InputError(reply.badInput))
        else current?.resolve(reply.result)
      }
      next()
    })
    // A thread that dies takes the pool with it: its siblings would die of the same cause.
    worker.on('error', (error) => {
      broken = { error }
      for (const { current } of threads) current?.reject(error)
      for (const { reject } of queue.splice(0)) reject(error)
    })
    // Idle threads do not keep the process alive.
    worker.unref()
    return thread
  }

  function next() {
    for (const thread of threads) {
      if (!thread.ready || thread.current || queue.length === 0) continue
      thread.current = queue.shift()
      thread.worker.ref()
      thread.worker.postMessage(thread.current?.job)
    }
    for (const thread of threads) if (!thread.current && queue.length === 0) thread.worker.unref()
  }

  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken.error)
        queue.push({ job, resolve, reject })
        for (const thread of threads) thread.worker.ref()
        next()
      }),
    async close() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}

/** In a thread: answers each job of the pool with what `handle` makes of it. */
export function serveJobs<Job, Result>(handle: (job: Job) => Promise<Result>): void {
  parentPort?.on('message', async (job: Job) => {
    let reply: Reply<Result>
    try {
      reply = { result: await handle(job) }
    } catch (error) {
      reply = error instanceof InputError ? { badInput: error.message } : { error }
    }
    parentPort?.postMessage(reply)
  })
  parentPort?.postMessage({ ready: true })
}
