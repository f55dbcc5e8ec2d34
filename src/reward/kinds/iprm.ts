import { add, divide, multiply, negate, scale, softplus, sum, sumOver } from '../../tensor/ops.ts'
import { sigmoid, softplus as softplusOf } from '../survival.ts'
import { firstBad, type KindOptions, type ReadOuts, type RewardKind } from './kind.ts'

/**
 * Implicit Process Reward Model (arXiv 2412.01981; docs/crm.md section 5): a language model learns that r = beta log pi / pi_ref
 * is the log-odds of a right answer; what r gains in a step is the step's reward, without any label of a step.
 */
export function iprm({ beta = 0.05 }: Pick<KindOptions, 'beta'> = {}): RewardKind {
  const end = (readOuts: ReadOuts) => beta * readOuts[readOuts.length - 1]
  const gains = (readOuts: ReadOuts) =>
    Array.from(readOuts, (total, t) => beta * (total - (t > 0 ? readOuts[t - 1] : 0)))
  const bad = (readOuts: ReadOuts) => gains(readOuts).map((gain) => sigmoid(-gain))
  return {
    name: 'iprm',
    options: { beta },
    readOut: 'log-ratio',
    loss(readOuts, { last, correct, wrong, count }) {
      const odds = scale(sumOver(multiply(readOuts, last), 1), beta)
      const missed = multiply(softplus(negate(odds)), correct)
      const believed = multiply(softplus(odds), wrong)
      return divide(sum(add(missed, believed)), count)
    },
    lossOf: (readOuts, { correct }) => softplusOf(correct ? -end(readOuts) : end(readOuts)),
    scores: {
      sum: (readOuts) => -softplusOf(-end(readOuts)),
      min: (readOuts) => -softplusOf(-Math.min(...gains(readOuts))),
    },
    firstError: (readOuts) => firstBad(bad(readOuts)),
    bad,
  }
}
