import type { StepScorer } from '../reasoning/types.ts'
import { createPool } from '../tensor/pool.ts'
import type { Checkpoint } from '../transformer/checkpoint.ts'
import { readReward } from './checkpoint.ts'
import type { ToScore } from './scoring.ts'
import { hazards } from './survival.ts'

/** Solutions that a thread is handed at a time. */
const share = 256

export interface EmbeddedScorer extends StepScorer {
  checkpoint: Checkpoint
  /** Raw read-outs u of every step; hazard = sigmoid(u). */
  logits(solutions: readonly ToScore[]): Promise<number[][]>
  close(): Promise<void>
}

/**
 * A StepScorer that runs a reward checkpoint directory on this machine, one thread per `threads`.
 * @throws InputError when the directory holds no usable reward checkpoint
 */
export function embeddedScorer(directory: string, { threads }: { threads: number }): EmbeddedScorer {
  const checkpoint = readReward(directory)
  const pool = createPool<ToScore[], number[][]>(
    new URL('./score-worker.ts', import.meta.url),
    { directory },
    threads,
  )

  const logits = async (solutions: readonly ToScore[]): Promise<number[][]> => {
    // Solutions of one problem stay together, so that it is encoded once.
    const order = [...solutions.keys()].sort(
      (a, b) => compare(solutions[a].problem, solutions[b].problem) || a - b,
    )
    const size = Math.max(1, Math.min(share, Math.ceil(order.length / threads)))
    const jobs = Array.from({ length: Math.ceil(order.length / size) }, (_, i) =>
      order.slice(i * size, (i + 1) * size),
    )
    const results: number[][] = new Array(solutions.length)
    await Promise.all(
      jobs.map(async (job) => {
        const read = await pool.run(
          job.map((i) => ({ problem: solutions[i].problem, steps: solutions[i].steps })),
        )
        for (const [j, i] of job.entries()) results[i] = read[j]
      }),
    )
    return results
  }
  return {
    checkpoint,
    logits,
    score: async (solutions) => (await logits(solutions)).map(hazards),
    close: () => pool.close(),
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
