import type { Value } from '../../tensor/graph.ts'
import {
  add,
  atMost,
  divide,
  log1mexp,
  multiply,
  negate,
  softplus,
  subtract,
  sum,
  sumOver,
} from '../../tensor/ops.ts'
import type { StepLabels } from '../labels.ts'
import {
  crmLoss as closedFormLoss,
  hazards,
  logSurvival,
  type OutcomeTerm,
  predictedFirstError,
} from '../survival.ts'
import type { KindOptions, RewardKind } from './kind.ts'
import { locatedLoss } from './masked-prm.ts'

/** Conditional Reward Model (arXiv 2509.26578; docs/crm.md sections 1 to 3): hazard = sigmoid(read-out), ranked by log S(T). */
export function crm({ outcomeTerm = 'all' }: Pick<KindOptions, 'outcomeTerm'> = {}): RewardKind {
  return {
    name: 'crm',
    options: { outcomeTerm },
    readOut: 'head',
    hazard: true,
    loss: (readOuts, labels) => crmLoss(readOuts, labels, outcomeTerm),
    lossOf: (readOuts, label) => closedFormLoss(readOuts, label, outcomeTerm),
    scores: { 'log S': logSurvival },
    firstError: (readOuts) => predictedFirstError(hazards(readOuts)),
  }
}

/**
 * The CRM loss (docs/crm.md section 2) as a graph: mean over solutions of L_S for a right one, L_W + L_z for a wrong one whose
 * first error is known, L_W alone where it is not. The closed forms in survival.ts are its oracle.
 */
export function crmLoss(readOuts: Value, labels: StepLabels, outcomeTerm: OutcomeTerm): Value {
  const { real, good, wrong, count } = labels
  const logKeep = multiply(negate(softplus(readOuts)), real)
  // Up to the first error the steps are known to be good; 'from-error' leaves them out of the outcome's term.
  const blamed = outcomeTerm === 'from-error' ? multiply(logKeep, subtract(real, good)) : logKeep
  // 1 - S is held above 1e-6: a survival of exactly one has no logarithm left.
  const failed = multiply(negate(log1mexp(atMost(sumOver(blamed, 1), -1e-6))), wrong)
  // L_S and L_z together are what the masked PRM learns from
  return add(divide(sum(failed), count), locatedLoss(readOuts, labels))
}
