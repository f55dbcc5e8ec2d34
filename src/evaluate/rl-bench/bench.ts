import { inTurn } from '../in-turn.ts'
import { createRunPool } from '../run-pool.ts'
import type { RlFound } from './found.ts'
import { isDone, type RlJob } from './job.ts'
import { planned, type RlBench, stepsOf } from './plan.ts'

/**
 * The whole comparison: tunes every arm, then runs it with every seed on every task. What is there is not made again. Runs are made in
 * the order of `waveOf`, so what there is when it is stopped tells most. A run that fails is left out, and tried anew the next time.
 */
export async function runRlBench(bench: RlBench): Promise<RlFound> {
  const { threads, signal, report } = bench
  const found: RlFound = { choices: {}, outcomes: [], tricks: [], failed: [], left: 0 }
  const pool = createRunPool<RlJob>(new URL('./worker.ts', import.meta.url), threads, signal)
  let stepsFound = 0
  const done = async (job: RlJob) => {
    signal?.throwIfAborted()
    if (!isDone(job)) await pool.run(job)
    else if (job.kind === 'run') stepsFound += job.settings.steps
  }
  const total = stepsOf(bench)
  const timer = setInterval(() => {
    const { left, failed } = found
    const note = `${left} runs left${failed.length > 0 ? `, ${failed.length} failed` : ''}`
    report('steps of all runs', pool.done() + stepsFound, total, note)
  }, 1000)
  try {
    const pieces = (await planned(bench, found, done)).map(({ ready, work }) => ({
      ready,
      work: () =>
        work().catch((error) => {
          pool.stop()
          throw error
        }),
    }))
    await inTurn(pieces, threads, signal)
    return found
  } finally {
    clearInterval(timer)
    await pool.close()
  }
}
