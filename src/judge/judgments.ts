import { unlessAborted } from '../reasoning/abort.ts'
import type { Comparison, Judgment, NonVerdict } from '../reasoning/types.ts'

/** A call of the judge failed, or what it gave is no judgment: nobody's win or loss, so there is no result. */
export class JudgeFailed extends Error {
  override name = 'JudgeFailed'
}

/** A PairJudge, by what its judgments are. */
interface JudgeOf<Given extends Judgment> {
  compare(comparisons: readonly Comparison[], options?: { signal?: AbortSignal }): Promise<Given[]>
}

/**
 * What a judge says of each comparison, in their order.
 * @throws {@link JudgeFailed} where it gives not one judgment each; the signal's reason; what the judge throws
 */
export async function judgmentsOf<Given extends Judgment>(
  judge: JudgeOf<Given>,
  comparisons: readonly Comparison[],
  { signal }: { signal?: AbortSignal } = {},
): Promise<Given[]> {
  signal?.throwIfAborted()
  const judgments = await unlessAborted(judge.compare(comparisons, { signal }), signal)
  if (judgments?.length !== comparisons.length)
    throw new JudgeFailed(
      `the judge gave ${judgments?.length ?? 'no'} judgments of ${comparisons.length} comparisons`,
    )
  for (const judgment of judgments)
    if (!isJudgment(judgment))
      throw new JudgeFailed(
        `the judge gave ${JSON.stringify(judgment)?.slice(0, 200)}: a judgment has a winner of 0 or 1 and a nonVerdict of null, or a ` +
          'winner of null and a nonVerdict that says why, and the tokens that it took',
      )
  return judgments
}

const nonVerdicts: readonly NonVerdict[] = ['truncated', 'unparseable', 'refused', 'failed']

function isJudgment(given: Partial<Judgment> | undefined): boolean {
  const { winner, nonVerdict, tokens } = given ?? {}
  const decided = (winner === 0 || winner === 1) && nonVerdict === null
  const open = winner === null && nonVerdicts.includes(nonVerdict as NonVerdict)
  return (decided || open) && Number.isFinite(tokens)
}
