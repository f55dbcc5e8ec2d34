import {
  add,
  atMost,
  cumulativeSum,
  divide,
  exp,
  log,
  multiply,
  negate,
  scale,
  subtract,
  sum,
  sumOver,
} from '../../tensor/ops.ts'
import { knownSteps } from '../labels.ts'
import { logSumExp, sigmoid, softplus } from '../survival.ts'
import { firstBad, type KindOptions, type ReadOuts, type RewardKind } from './kind.ts'

/** Exponents are kept within this of 0: e to the power of 89, and one over e to the power of -89, are too much for float32. */
const furthest = 80

/**
 * Process Q-value Model (arXiv 2410.11287; docs/crm.md section 5): a ranking loss on raw read-outs Q, Q_0 = 0. Good steps are to
 * rise in order, and bad ones to stay a margin below all of them. Ranked by the smallest Q, whose sigmoid stands for the
 * chance that the answer is right.
 */
export function pqm({ margin = 4 }: Pick<KindOptions, 'margin'> = {}): RewardKind {
  // bad steps are to lie a margin below 0, where a solution begins
  const bad = (readOuts: ReadOuts) => Array.from(readOuts, (readOut) => sigmoid(-margin / 2 - readOut))
  return {
    name: 'pqm',
    options: { margin },
    readOut: 'head',
    loss(readOuts, { good, bad, wrong, count }) {
      const { graph } = readOuts
      // a step that is neither good nor bad could overflow, and Infinity times 0 is NaN
      const known = multiply(readOuts, add(good, bad))
      const most = graph.node('ReduceMax', [known, graph.integers([1])], [readOuts.shape[0], 1], {
        attributes: { keepdims: 1 },
      })
      // taken out of every exponent and put back after the logarithm: a constant to the gradient
      const high = graph.node('Max', [most, graph.scalar(-furthest)], most.shape)
      const origin = exp(negate(atMost(high, furthest)))
      const raised = exp(negate(atMost(subtract(high, known), furthest)))
      const bads = scale(sumOver(multiply(raised, bad), 1, true), Math.exp(margin))
      const start = add(origin, bads)
      const below = add(log(add(start, cumulativeSum(multiply(raised, good), 1))), high)
      const rising = sumOver(multiply(subtract(below, readOuts), good), 1)
      const first = multiply(sumOver(add(log(start), high), 1), wrong)
      const terms = add(sumOver(good, 1), wrong)
      return divide(sum(divide(add(rising, first), terms)), count)
    },
    lossOf(readOuts, label) {
      const { good, bad } = knownSteps(readOuts.length, label)
      const start = [0, ...bad.map((t) => readOuts[t] + margin)]
      const losses = good.map(
        (t, i) => logSumExp([...start, ...good.slice(0, i + 1).map((q) => readOuts[q])]) - readOuts[t],
      )
      if (!label.correct) losses.push(logSumExp(start))
      return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
    },
    scores: { min: (readOuts: ReadOuts) => -softplus(-Math.min(...Array.from(readOuts))) },
    firstError: (readOuts) => firstBad(bad(readOuts)),
    bad,
  }
}
