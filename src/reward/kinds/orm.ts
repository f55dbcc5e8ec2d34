import { add, divide, multiply, negate, softplus, sum, sumOver } from '../../tensor/ops.ts'
import { softplus as softplusOf } from '../survival.ts'
import type { RewardKind } from './kind.ts'

/**
 * Outcome Reward Model (arXiv 2110.14168): binary cross entropy at the last step against the final answer,
 * Pr(wrong) = sigmoid(read-out). It has no opinion on single steps; a prefix is scored as if it ended there.
 */
export function orm(): RewardKind {
  return {
    name: 'orm',
    options: {},
    readOut: 'head',
    loss(readOuts, { last, correct, wrong, count }) {
      const end = sumOver(multiply(readOuts, last), 1)
      const missed = multiply(softplus(end), correct)
      const believed = multiply(softplus(negate(end)), wrong)
      return divide(sum(add(missed, believed)), count)
    },
    lossOf(readOuts, { correct }) {
      const end = readOuts[readOuts.length - 1]
      return softplusOf(correct ? end : -end)
    },
    scores: { last: (readOuts) => -softplusOf(readOuts[readOuts.length - 1]) },
  }
}
