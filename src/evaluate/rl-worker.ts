import { serveJobs } from '../tensor/pool.ts'
import { type RlJob, work } from './rl-job.ts'

/** A job, and what threads and the one who asked tell each other while it goes on. */
export interface RlOrder {
  job: RlJob
  /** [steps of all runs that were made, stop?] */
  shared: Int32Array
}

serveJobs(async ({ job, shared }: RlOrder) => {
  const stop = new AbortController()
  let steps = 0
  await work(job, {
    signal: stop.signal,
    onStep(now) {
      Atomics.add(shared, 0, now - steps)
      steps = now
      if (Atomics.load(shared, 1) !== 0) stop.abort(new Error('stopped'))
    },
  })
})
