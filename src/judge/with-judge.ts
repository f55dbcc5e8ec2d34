import { availableParallelism } from 'node:os'
import type { PairJudge } from '../reasoning/types.ts'
import { shippedModel } from '../transformer/shipped.ts'
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
  comparisons: number,
  work: (judge: PairJudge) => Promise<Result>,
): Promise<Result> {
  if (judge) return work(judge)
  const threads = Math.max(1, Math.min(availableParallelism(), Math.ceil(comparisons / together)))
  const own = embeddedJudge(shippedModel('judge'), { threads })
  try {
    return await work(own)
  } finally {
    await own.close()
  }
}
