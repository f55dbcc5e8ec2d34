import type { Comparison, Judgment, PairJudge } from '../reasoning/types.ts'
import { judgmentsOf } from './judgments.ts'

/** A judgment of a pair that was shown in both orders. */
export interface OrderedJudgment extends Judgment {
  /** What was said in each order, places as they were shown. */
  shown: { asGiven: Judgment; swapped: Judgment }
  /** Do both name the same response? null where one of them has no verdict. */
  consistent: boolean | null
}

export interface OrderedJudge extends PairJudge {
  compare(comparisons: readonly Comparison[], options?: { signal?: AbortSignal }): Promise<OrderedJudgment[]>
}

/**
 * Shows every pair in both orders, with the same seed. They agree, or nobody wins: a response that wins in one place only was
 * 'refused', and one order without a verdict leaves none.
 */
export function bothOrders(judge: PairJudge): OrderedJudge {
  return {
    async compare(comparisons, options) {
      const turned = comparisons.map(({ responses: [first, second], ...rest }): Comparison => {
        return { ...rest, responses: [second, first] }
      })
      const judgments = await judgmentsOf(judge, [...comparisons, ...turned], options)
      return comparisons.map((_, i) => together(judgments[i], judgments[comparisons.length + i]))
    },
  }
}

function together(asGiven: Judgment, swapped: Judgment): OrderedJudgment {
  const details = {
    reasoning: asGiven.reasoning,
    tokens: asGiven.tokens + swapped.tokens,
    shown: { asGiven, swapped },
  }
  const without = [asGiven, swapped].filter(({ winner }) => winner === null)
  if (without.length > 0) {
    const { nonVerdict, error } = without.find(({ nonVerdict }) => nonVerdict === 'failed') ?? without[0]
    return { winner: null, nonVerdict, ...(error !== undefined && { error }), ...details, consistent: null }
  }
  if (asGiven.winner === swapped.winner)
    return {
      winner: null,
      nonVerdict: 'refused',
      error: 'the orders disagree',
      ...details,
      consistent: false,
    }
  return { winner: asGiven.winner, nonVerdict: null, ...details, consistent: true }
}
