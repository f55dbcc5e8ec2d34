import { setMaxListeners } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { parentPort } from 'node:worker_threads'
import { unlessAborted } from '../reasoning/abort.ts'
import { InputError } from '../reasoning/errors.ts'
import { startWorker } from './worker.ts'

/** Threads that each run one job at a time; jobs are taken in the order in which they were asked for. */
export interface Pool<Job, Result> {
  /** An abort rejects with the signal's reason: a job that waits is dropped, one under way is told to stop. */
  run(job: Job, signal?: AbortSignal): Promise<Result>
  /** Ends the threads, each as soon as it leaves native code. What is under way rejects. */
  close(): Promise<void>
}

interface Waiting<Job, Result> {
  job: Job
  resolve(result: Result): void
  reject(error: unknown): void
}

/** What a thread is sent. `stop`: give up the job; `end`: be gone. */
type Order<Job> = { job: Job } | { stop: true } | { end: true }

type Reply<Result> = { result: Result } | { error: unknown } | { badInput: string } | { ready: true }

/**
 * @param module a module that calls {@link serveJobs}
 * @param data handed to each thread as `workerData`
 */
export function createPool<Job, Result>(module: URL, data: unknown, size: number): Pool<Job, Result> {
  const queue: Waiting<Job, Result>[] = []
  let broken: { error: unknown } | undefined
  let closing = false
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
      broken ??= { error }
      fail(error)
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
      const { job } = thread.current as Waiting<Job, Result>
      thread.worker.postMessage({ job } satisfies Order<Job>)
    }
    if (closing || queue.length > 0) return
    for (const thread of threads) if (!thread.current) thread.worker.unref()
  }

  function drop(waiting: Waiting<Job, Result>) {
    if (queue.includes(waiting)) queue.splice(queue.indexOf(waiting), 1)
    const thread = threads.find(({ current }) => current === waiting)
    thread?.worker.postMessage({ stop: true } satisfies Order<Job>)
    next()
  }

  function fail(error: unknown) {
    for (const { current } of threads) current?.reject(error)
    for (const { reject } of queue.splice(0)) reject(error)
  }

  return {
    async run(job, signal) {
      signal?.throwIfAborted()
      if (broken) throw broken.error
      let waiting: Waiting<Job, Result>
      const result = new Promise<Result>((resolve, reject) => {
        waiting = { job, resolve, reject }
        queue.push(waiting)
        for (const thread of threads) thread.worker.ref()
        next()
      })
      if (signal === undefined) return result
      const abort = () => drop(waiting)
      setMaxListeners(0, signal)
      signal.addEventListener('abort', abort)
      return unlessAborted(result, signal).finally(() => signal.removeEventListener('abort', abort))
    },
    async close() {
      closing = true
      broken ??= { error: new Error('it is closed') }
      fail(broken.error)
      await Promise.all(threads.map(({ worker }) => end(worker)))
    },
  }
}

/** Not by terminate(): where that meets ONNX Runtime at work, the whole process dies. */
async function end(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return
  worker.ref()
  const exit = new Promise((resolve) => worker.once('exit', resolve))
  worker.postMessage({ end: true } satisfies Order<never>)
  await exit
}

/** In a thread: answers each job of the pool with what `handle` makes of it. The signal says that nobody waits for it any more. */
export function serveJobs<Job, Result>(handle: (job: Job, signal: AbortSignal) => Promise<Result>): void {
  let stop = new AbortController()
  parentPort?.on('message', async (order: Order<Job>) => {
    if ('end' in order) process.exit()
    if ('stop' in order) return stop.abort(new Error('nobody waits for it any more'))
    let reply: Reply<Result>
    try {
      stop = new AbortController()
      reply = { result: await handle(order.job, stop.signal) }
    } catch (error) {
      reply = error instanceof InputError ? { badInput: error.message } : { error }
    }
    parentPort?.postMessage(reply)
  })
  parentPort?.postMessage({ ready: true })
}
