import { add, divide, multiply, negate, softplus, sum, sumOver } from '../../tensor/ops.ts'
import { knownSteps } from '../labels.ts'
import { sigmoid, softplus as softplusOf } from '../survival.ts'
import { firstBad, type ReadOuts, type RewardKind } from './kind.ts'

/**
 * Process Reward Model with hard labels, as Math-Shepherd trains it (arXiv 2312.08935): binary cross entropy of "this step
 * is bad" = sigmoid(read-out), mean over a solution's labelled steps. Every step from the first error on is bad.
 */
export function prm(): RewardKind {
  return {
    name: 'prm',
    options: {},
    readOut: 'head',
    loss(readOuts, { good, bad, count }) {
      const kept = multiply(softplus(readOuts), good)
      const caught = multiply(softplus(negate(readOuts)), bad)
      const labelled = sumOver(add(good, bad), 1)
      return divide(sum(divide(sumOver(add(kept, caught), 1), labelled)), count)
    },
    lossOf(readOuts, label) {
      const { good, bad } = knownSteps(readOuts.length, label)
      const losses = [
        ...good.map((t) => softplusOf(readOuts[t])),
        ...bad.map((t) => softplusOf(-readOuts[t])),
      ]
      return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
    },
    scores: {
      min: (readOuts) => Math.min(...logGood(readOuts)),
      prod: (readOuts) => logGood(readOuts).reduce((sum, log) => sum + log, 0),
      mean: (readOuts) => {
        const logs = logGood(readOuts)
        return Math.log(logs.reduce((sum, log) => sum + Math.exp(log), 0) / logs.length)
      },
      last: (readOuts) => -softplusOf(readOuts[readOuts.length - 1]),
    },
    firstError: (readOuts) => firstBad(bad(readOuts)),
    bad,
  }
}

const bad = (readOuts: ReadOuts) => Array.from(readOuts, sigmoid)

/** log Pr(good) of each step. */
function logGood(readOuts: ReadOuts): number[] {
  return Array.from(readOuts, (readOut) => -softplusOf(readOut))
}
