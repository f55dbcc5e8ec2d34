import { availableParallelism } from 'node:os'
import type { PairJudge } from '../reasoning/types.ts'
import { embeddedJudge } from './embedded/embedded-judge.ts'

/** Threads read so many comparisons together. */
const together = 64

/**
 * What is done with the judge that is given, or else with the one that comes with assay, for this call.
 * @param comparisons how many there are at a time
 * @throws InputError when it is not there
 */
export async function withJudge<Result>(
  judge: PairJudge | undefined,
  { comparisons, signal }: { comparisons: number; signal?: AbortSignal },
  work: (judge: PairJudge) => Promise<Result>,
): Promise<Result> {
  if (judge) return work(judge)
  const threads = Math.max(1, Math.min(availableParallelism(), Math.ceil(comparisons / together)))
  const own = embeddedJudge(undefined, { threads })
  try {
    return await work(own)
  } finally {
    const closed = own.close()
    // who gave up does not wait for threads that are still reading their model
    if (!signal?.aborted) await closed
  }
}
