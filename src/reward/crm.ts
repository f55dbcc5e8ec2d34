import type { Value } from '../tensor/graph.ts'
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
} from '../tensor/ops.ts'
import type { StepLabels } from './batches.ts'
import { auc, brier, ece, firstErrorMetrics } from './metrics.ts'
import {
  crmLoss as closedFormLoss,
  hazards,
  logSurvival,
  type OutcomeTerm,
  predictedFirstError,
} from './survival.ts'
import type { RewardObjective } from './training.ts'

/**
 * The CRM loss (arXiv 2509.26578; crm.md section 2) as a graph: mean over solutions of L_S for a right one, L_W + L_z for
 * a wrong one whose first error is known, L_W alone where it is not. `logits` [solutions, steps] are the raw read-outs u,
 * hazard = sigmoid(u). The closed forms in survival.ts are its oracle.
 */
export function crmLoss(logits: Value, labels: StepLabels, outcomeTerm: OutcomeTerm): Value {
  const { real, before, at, correct, wrong, count } = labels
  const logKeep = multiply(negate(softplus(logits)), real)
  const logSurvival = sumOver(logKeep, 1)

  const right = multiply(negate(logSurvival), correct)
  // Up to the first error the steps are known to be good; 'from-error' leaves them out of the outcome's term.
  const blamed =
    outcomeTerm === 'from-error' ? sumOver(multiply(logKeep, subtract(real, before)), 1) : logSurvival
  // 1 - S is held above 1e-6: a survival of exactly one has no logarithm left.
  const failed = multiply(negate(log1mexp(atMost(blamed, -1e-6))), wrong)
  const logHazard = negate(softplus(negate(logits)))
  const located = negate(add(multiply(logKeep, before), multiply(logHazard, at)))
  return divide(add(add(sum(right), sum(failed)), sum(located)), count)
}

/** Validation loss and metrics of CRM read-outs. `loss` is {@link crmLoss} in double precision. */
function evaluateCrm(outcomeTerm: OutcomeTerm): RewardObjective['evaluate'] {
  return (logits, labels) => {
    const survival = logits.map((each) => Math.exp(logSurvival(each)))
    const correct = labels.map((label) => label.correct)
    const loss =
      logits.reduce((sum, each, i) => sum + closedFormLoss(each, labels[i], outcomeTerm), 0) / logits.length
    const located = labels.flatMap((label, i) =>
      label.correct || typeof label.firstError === 'number' ? [i] : [],
    )
    const found = firstErrorMetrics(
      located.map((i) => predictedFirstError(hazards(logits[i]))),
      located.map((i) => (labels[i].correct ? null : (labels[i].firstError as number))),
    )
    const metrics = {
      auc: auc(survival, correct),
      ece: ece(survival, correct),
      brier: brier(survival, correct),
      firstError: found.accuracy,
      firstErrorWhenWrong: found.accuracyOnWrong,
    }
    return {
      loss,
      metrics: Object.fromEntries(
        Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN]),
      ),
    }
  }
}

export function crmObjective({ outcomeTerm = 'all' }: { outcomeTerm?: OutcomeTerm } = {}): RewardObjective {
  return {
    loss: (logits, labels) => crmLoss(logits, labels, outcomeTerm),
    evaluate: evaluateCrm(outcomeTerm),
  }
}
