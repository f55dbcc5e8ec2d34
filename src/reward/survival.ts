import { InputError } from '../reasoning/errors.ts'

/*
 * Closed forms of Conditional Reward Modeling (Zhang et al., arXiv 2509.26578, sections 3 and 4; docs/crm.md sections 1 to 3),
 * in float64 and in log space. They are what the autodiff graph is tested against.
 * Every argument `logits` is the model's output u for one solution, shape [T], one logit a step; hazard h = sigmoid(u).
 * Step indices are 0-based, as everywhere in the code; the paper counts from 1.
 */

/** log(1 + exp(x)), without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

/** 1 / (1 + exp(-x)), without overflow. */
export function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x))
  return x >= 0 ? 1 / (1 + small) : small / (1 + small)
}

/** log(1 - exp(x)) for x <= 0, accurate at both ends (Mächler 2012, "Accurately computing log(1 - exp(-|a|))"). */
export function log1mexp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x))
}

/** log(sum exp(x)); -Infinity for no terms. */
export function logSumExp(terms: ArrayLike<number>): number {
  let highest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < terms.length; i++) highest = Math.max(highest, terms[i])
  if (!Number.isFinite(highest)) return highest
  let sum = 0
  for (let i = 0; i < terms.length; i++) sum += Math.exp(terms[i] - highest)
  return highest + Math.log(sum)
}

/** Hazards h(t) = Pr(first error at t | none before), shape [T]. */
export function hazards(logits: ArrayLike<number>): number[] {
  return Array.from(logits, sigmoid)
}

/**
 * Logits of given hazards, shape [T]. A hazard of exactly 0 or 1 gives an infinite logit: float64 rounds sigmoid(u) to 1 from
 * u = 37 on, float32 from u = 17 on, so keep logits where a score's far tail matters.
 */
export function logitsOf(hazards: ArrayLike<number>): number[] {
  return Array.from(hazards, (hazard) => Math.log(hazard) - Math.log1p(-hazard))
}

/** Process rewards r_t = log S(t) - log S(t-1) = log(1 - h(t)) <= 0, in nats, shape [T]; they sum to log S(T). */
export function rewards(logits: ArrayLike<number>): number[] {
  return Array.from(logits, (logit) => -softplus(logit))
}

/** log S(t), in nats, shape [T]; never rises. */
export function logSurvivalCurve(logits: ArrayLike<number>): number[] {
  let sum = 0
  return Array.from(logits, (logit) => {
    sum -= softplus(logit)
    return sum
  })
}

/** log S(T) in nats: the score of a whole solution, the log-probability that its final answer is right. 0 for no steps. */
export function logSurvival(logits: ArrayLike<number>): number {
  let sum = 0
  for (let t = 0; t < logits.length; t++) sum -= softplus(logits[t])
  return sum
}

/** {@link logSurvival} from hazards; -Infinity as soon as one of them is exactly 1. */
export function logSurvivalOfHazards(hazards: ArrayLike<number>): number {
  let sum = 0
  for (let t = 0; t < hazards.length; t++) sum += Math.log1p(-hazards[t])
  return sum
}

/** S(t) = Pr(no error up to and including t), shape [T]. */
export function survivalCurve(logits: ArrayLike<number>): number[] {
  return logSurvivalCurve(logits).map(Math.exp)
}

/** W(t) = 1 - S(t) = Pr(an error at or before t), shape [T]. */
export function failureCurve(logits: ArrayLike<number>): number[] {
  return logSurvivalCurve(logits).map((logSurvival) => -Math.expm1(logSurvival))
}

/** log p(t), p(t) = h(t) S(t-1) = Pr(the first error is at t), shape [T]. Finite for finite logits. */
export function logFirstError(logits: ArrayLike<number>): number[] {
  let before = 0
  return Array.from(logits, (logit) => {
    const logProbability = before - softplus(-logit)
    before -= softplus(logit)
    return logProbability
  })
}

/** p(t), shape [T]; with p(none) = S(T) it sums to 1. */
export function firstErrorDistribution(logits: ArrayLike<number>): number[] {
  return logFirstError(logits).map(Math.exp)
}

/**
 * log W(T) = log(1 - S(T)). -Infinity for no steps. Near S = 1 it is the log-sum-exp of log p(t), which stays finite where
 * 1 - S(T) underflows.
 */
export function logFailure(logits: ArrayLike<number>): number {
  const survived = logSurvival(logits)
  return survived < -Math.LN2 ? log1mexp(survived) : logSumExp(logFirstError(logits))
}

/**
 * Where the first error is: argmax over p(1..T) and p(none) = S(T), from hazards of shape [T] in [0, 1].
 * Returns a 0-based step, or null for none. Ties go to the earlier step, and to a step before none.
 * Throws InputError on a hazard that is no probability.
 */
export function predictedFirstError(hazards: ArrayLike<number>): number | null {
  let survival = 1
  let highest = 0
  let step: number | null = null
  for (let t = 0; t < hazards.length; t++) {
    const hazard = hazards[t]
    if (!(hazard >= 0 && hazard <= 1)) throw new InputError(`hazard ${hazard} of step ${t} is not in [0, 1]`)
    const probability = survival * hazard
    if (probability > highest) {
      highest = probability
      step = t
    }
    survival *= 1 - hazard
  }
  return survival > highest ? null : step
}

/**
 * What is known of a solution: is its final answer right, and which step (0-based) is first wrong.
 * A right answer makes `firstError` irrelevant; for a wrong one null means 'unknown' (docs/crm.md section 2, label rules).
 */
export interface CrmLabel {
  correct: boolean
  firstError: number | null | 'unknown'
}

/**
 * Which steps L_W covers when the first error z is known. 'all' is the paper's loss, -log(1 - S(T)). 'from-error' is
 * -log(1 - S(T)/S(z-1)), the probability of failing given that z was reached: it leaves the good steps before z alone.
 */
export type OutcomeTerm = 'all' | 'from-error'

/** L_S = -log S(T): the final answer is right. */
export function survivalLoss(logits: ArrayLike<number>): number {
  return -logSurvival(logits)
}

/** dL_S/du, shape [T]: h(t). */
export function survivalGradient(logits: ArrayLike<number>): number[] {
  return hazards(logits)
}

/** L_W = -log(1 - S(T)), over the steps from `from` (0-based) on: the final answer is wrong. */
export function failureLoss(logits: ArrayLike<number>, from = 0): number {
  return -logFailure(Array.from(logits).slice(from))
}

/** dL_W/du, shape [T]: -S/(1-S) h(t) for t >= from with S the survival of those steps, 0 before. */
export function failureGradient(logits: ArrayLike<number>, from = 0): number[] {
  const covered = Array.from(logits).slice(from)
  const logOdds = logSurvival(covered) - logFailure(covered)
  return Array.from(logits, (logit, t) => (t < from ? 0 : -Math.exp(logOdds - softplus(-logit))))
}

/** L_z = -log p(z): the first error is at the 0-based step `firstError`. */
export function firstErrorLoss(logits: ArrayLike<number>, firstError: number): number {
  let loss = softplus(-logits[firstError])
  for (let t = 0; t < firstError; t++) loss += softplus(logits[t])
  return loss
}

/** dL_z/du, shape [T]: h(t) before z, h(z) - 1 at z, 0 after it. */
export function firstErrorGradient(logits: ArrayLike<number>, firstError: number): number[] {
  return Array.from(logits, (logit, t) =>
    t < firstError ? sigmoid(logit) : t === firstError ? -sigmoid(-logit) : 0,
  )
}

/**
 * CRM's loss on one solution, in nats, summed over its steps: L_S if right, L_W + L_z if wrong, L_W alone if the first
 * error is unknown (Zhang et al., section 4.2; docs/crm.md section 2). Every weight is 1.
 * Throws InputError if there are no steps or the first error is not one of them.
 */
export function crmLoss(
  logits: ArrayLike<number>,
  label: CrmLabel,
  outcomeTerm: OutcomeTerm = 'all',
): number {
  const firstError = knownFirstError(logits, label)
  if (label.correct) return survivalLoss(logits)
  if (firstError === null) return failureLoss(logits)
  return failureLoss(logits, outcomeTerm === 'all' ? 0 : firstError) + firstErrorLoss(logits, firstError)
}

/** Gradient of {@link crmLoss} with respect to the logits, shape [T]. */
export function crmGradient(
  logits: ArrayLike<number>,
  label: CrmLabel,
  outcomeTerm: OutcomeTerm = 'all',
): number[] {
  const firstError = knownFirstError(logits, label)
  if (label.correct) return survivalGradient(logits)
  if (firstError === null) return failureGradient(logits)
  const outcome = failureGradient(logits, outcomeTerm === 'all' ? 0 : firstError)
  return firstErrorGradient(logits, firstError).map((gradient, t) => gradient + outcome[t])
}

function knownFirstError(logits: ArrayLike<number>, { correct, firstError }: CrmLabel): number | null {
  if (logits.length === 0) throw new InputError('a solution without steps has no loss')
  if (correct || firstError === null || firstError === 'unknown') return null
  if (Number.isInteger(firstError) && firstError >= 0 && firstError < logits.length) return firstError
  throw new InputError(`first error ${firstError} is not a step of a solution of ${logits.length} steps`, {
    fix: 'steps are counted from 0',
  })
}
