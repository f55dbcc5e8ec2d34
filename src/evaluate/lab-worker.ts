import { serveJobs } from '../tensor/pool.ts'
import { type LabJob, work } from './lab-job.ts'

/** A job, and what threads and the one who asked tell each other while it goes on. */
export interface LabOrder {
  job: LabJob
  /** [solutions that all jobs have learned from, stop?] */
  shared: Int32Array
}

serveJobs(async ({ job, shared }: LabOrder) => {
  const stop = new AbortController()
  let counted = 0
  await work(job, {
    signal: stop.signal,
    onSolutions(now) {
      Atomics.add(shared, 0, now - counted)
      counted = now
      if (Atomics.load(shared, 1) !== 0) stop.abort(new Error('stopped'))
    },
  })
})
