import type { Value } from '../../tensor/graph.ts'
import { add, divide, multiply, negate, softplus, sum } from '../../tensor/ops.ts'
import { knownError, knownSteps, type StepLabels } from '../labels.ts'
import { hazards, logSurvival, predictedFirstError, softplus as softplusOf } from '../survival.ts'
import type { RewardKind } from './kind.ts'

/**
 * CRM's fair ablation (docs/crm.md section 5): binary cross entropy of every step up to the first error, those after it masked
 * out, and the product of the steps as the score. It is CRM without the term of a wrong outcome, so a wrong solution
 * whose first error is unknown teaches it nothing.
 */
export function maskedPrm(): RewardKind {
  return {
    name: 'masked-prm',
    options: {},
    readOut: 'head',
    hazard: true,
    loss: locatedLoss,
    lossOf(readOuts, label) {
      const { good } = knownSteps(readOuts.length, label)
      const before = good.reduce((sum, t) => sum + softplusOf(readOuts[t]), 0)
      const error = knownError(label)
      return error === null ? before : before + softplusOf(-readOuts[error])
    },
    scores: { 'log S': logSurvival },
    firstError: (readOuts) => predictedFirstError(hazards(readOuts)),
  }
}

/** Mean over solutions of -log(1 - h) over the good steps and -log h at a known first error; h = sigmoid(read-out). */
export function locatedLoss(readOuts: Value, { good, at, count }: StepLabels): Value {
  const kept = multiply(softplus(readOuts), good)
  const caught = multiply(softplus(negate(readOuts)), at)
  return divide(sum(add(kept, caught)), count)
}
