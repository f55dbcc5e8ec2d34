import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { serveJobs } from './pool.ts'

export type PoolJob = { say: string } | { wait: number } | { fail: string }

export interface PoolResult {
  thread: number
  said?: string
  /** ms that it waited. */
  waited?: number
  /** Jobs that were told to stop before this one, in this thread. */
  stopped: number
}

let stopped = 0

serveJobs(async (job: PoolJob, signal): Promise<PoolResult> => {
  if ('fail' in job) throw new Error(job.fail)
  if ('say' in job) return { thread: threadId, said: job.say, stopped }
  const start = performance.now()
  try {
    await sleep(job.wait, undefined, { signal })
  } catch (error) {
    stopped++
    throw error
  }
  return { thread: threadId, waited: performance.now() - start, stopped }
})
