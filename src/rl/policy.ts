import { createPool } from '../tensor/pool.ts'
import type { Rollout, RolloutOptions, RolloutRequest } from './rollouts.ts'

export interface RolloutWorkerData {
  directory: string
  options: RolloutOptions
}

export interface RolloutJob {
  /** The same number for the same parameters. */
  version: number
  parameters: Float32Array
  requests: RolloutRequest[]
}

/** Samples from a policy whose parameters change. */
export interface RolloutPool {
  /** Rollouts of every request by these parameters; `version` names them. */
  sample(version: number, parameters: Float32Array, requests: readonly RolloutRequest[]): Promise<Rollout[][]>
  close(): Promise<void>
}

/** Rollouts in a thread's job: fixed, so that the same batches are decoded together however many threads there are. Half of it decodes at nine tenths of the speed. */
const share = 32

/** One thread of the pool per `threads`. `directory` is the checkpoint that says architecture and tokenizer. */
export function createRolloutPool(
  directory: string,
  { threads, ...options }: RolloutOptions & { threads: number },
): RolloutPool {
  const data: RolloutWorkerData = { directory, options }
  const pool = createPool<RolloutJob, Rollout[][]>(
    new URL('./rollout-worker.ts', import.meta.url),
    data,
    threads,
  )
  return {
    async sample(version, parameters, requests) {
      // in memory that all threads see, and that stays as it is while the trainer goes on
      const shared = new Float32Array(new SharedArrayBuffer(parameters.byteLength))
      shared.set(parameters)
      const jobs = inShares(requests)
      const done = await Promise.all(
        jobs.map((requests) => pool.run({ version, parameters: shared, requests })),
      )
      const rollouts = done.flat(2)
      return requests.map(({ seeds }) => rollouts.splice(0, seeds.length))
    },
    close: () => pool.close(),
  }
}

/** Requests in jobs of {@link share} rollouts; one that does not fit goes on in the next. */
function inShares(requests: readonly RolloutRequest[]): RolloutRequest[][] {
  const jobs: RolloutRequest[][] = []
  let room = 0
  for (const { prompt, seeds } of requests)
    for (let from = 0; from < seeds.length; ) {
      if (room === 0) {
        jobs.push([])
        room = share
      }
      const some = seeds.slice(from, from + room)
      jobs[jobs.length - 1].push({ prompt, seeds: some })
      from += some.length
      room -= some.length
    }
  return jobs
}
