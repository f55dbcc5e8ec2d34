import { createPool, serveJobs } from '../tensor/pool.ts'

/** Runs that take long, each on a thread of its own. */
export interface RunPool<Job> {
  run(job: Job): Promise<void>
  /** What all runs have told of together. */
  done(): number
  /** Lets every run save what it has, and end. */
  stop(): void
  close(): Promise<void>
}

/** A job, and what threads and the one who asked tell each other while it goes on. */
interface Order<Job> {
  job: Job
  /** [what all runs have done, stop?] */
  shared: Int32Array
}

/**
 * @param module a module that calls {@link serveRuns}
 * @param signal stops all runs
 */
export function createRunPool<Job>(module: URL, threads: number, signal?: AbortSignal): RunPool<Job> {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const pool = createPool<Order<Job>, void>(module, null, threads)
  const stop = () => void Atomics.store(shared, 1, 1)
  signal?.addEventListener('abort', stop)
  return {
    run: (job) => pool.run({ job, shared }),
    done: () => Atomics.load(shared, 0),
    stop,
    close() {
      signal?.removeEventListener('abort', stop)
      return pool.close()
    },
  }
}

/** What a run is given: a signal that says to save and end, and whom to tell how far it has come, earlier attempts counted. */
export interface Running {
  signal: AbortSignal
  onProgress: (done: number) => void
}

/** In a thread: does each job of the pool. */
export function serveRuns<Job>(work: (job: Job, running: Running) => Promise<void>): void {
  serveJobs(async ({ job, shared }: Order<Job>) => {
    const stop = new AbortController()
    const timer = setInterval(() => {
      if (Atomics.load(shared, 1) !== 0) stop.abort(new Error('stopped'))
    }, 100)
    let told = 0
    try {
      await work(job, {
        signal: stop.signal,
        onProgress(done) {
          Atomics.add(shared, 0, done - told)
          told = done
        },
      })
    } finally {
      clearInterval(timer)
    }
  })
}
