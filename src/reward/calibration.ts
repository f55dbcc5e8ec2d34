import { InputError } from '../reasoning/errors.ts'
import { log1mexp, sigmoid, softplus } from './survival.ts'

/** Recalibrated Pr(correct) = sigmoid(scale * logit S(T) + shift); scale 1 and shift 0 change nothing. */
export interface Calibration {
  scale: number
  shift: number
}

/** A fit, with its mean negative log-likelihood (nats a solution) on the validation data before and after. */
export interface FittedCalibration extends Calibration {
  count: number
  lossBefore: number
  lossAfter: number
}

/**
 * How strongly the fit is pulled to the identity (scale 1, shift 0), in nats over all data: too weak to matter for more than a
 * handful of solutions, but it keeps the fit finite and unique on separable or constant data.
 */
const pull = 0.01

/** log S / (1 - S) from log S, held to [-50, 50]: S rounded to 0 or 1 stays usable, and no one solution rules the fit. */
export function logitOfSurvival(logSurvival: number): number {
  if (!(logSurvival <= 0)) throw new InputError(`log survival ${logSurvival} is not a log-probability`)
  return Math.min(50, Math.max(-50, logSurvival - log1mexp(Math.max(-700, logSurvival))))
}

/** Recalibrated probability that a solution is right, from its log S(T). */
export function calibrate({ scale, shift }: Calibration, logSurvival: number): number {
  return sigmoid(scale * logitOfSurvival(logSurvival) + shift)
}

/**
 * Fits a recalibration of log S(T) (shape [n]) to held-out correctness (shape [n]) by Newton's method on the negative
 * log-likelihood. 'temperature' fits the scale alone, 1/T of Guo et al. 2017 (arXiv 1706.04599, section 4.2);
 * 'platt' fits scale and shift (Platt 1999). A negative scale means that the score ranks the wrong way round.
 */
export function fitCalibration(
  logSurvivals: ArrayLike<number>,
  correct: readonly boolean[],
  kind: 'temperature' | 'platt' = 'platt',
): FittedCalibration {
  const count = correct.length
  if (count === 0) throw new InputError('no solutions to calibrate on')
  if (logSurvivals.length !== count)
    throw new InputError(`${logSurvivals.length} scores for ${count} solutions`)
  const logits = Float64Array.from(logSurvivals, logitOfSurvival)
  const objective = (at: Calibration) =>
    count * meanLoss(logits, correct, at) + (pull / 2) * ((at.scale - 1) ** 2 + at.shift ** 2)

  let fit: Calibration = { scale: 1, shift: 0 }
  let value = objective(fit)
  for (let iteration = 0; iteration < 100; iteration++) {
    const step = newtonStep(logits, correct, fit, kind === 'platt')
    let length = 1
    let next = fit
    let nextValue = value
    for (; length > 1e-10; length /= 2) {
      next = { scale: fit.scale + length * step.scale, shift: fit.shift + length * step.shift }
      nextValue = objective(next)
      if (nextValue < value) break
    }
    if (!(nextValue < value)) break
    const gained = value - nextValue
    fit = next
    value = nextValue
    if (gained < 1e-13 * (1 + value)) break
  }
  return {
    ...fit,
    count,
    lossBefore: meanLoss(logits, correct, { scale: 1, shift: 0 }),
    lossAfter: meanLoss(logits, correct, fit),
  }
}

function meanLoss(logits: Float64Array, correct: readonly boolean[], { scale, shift }: Calibration): number {
  let sum = 0
  for (const [i, logit] of logits.entries()) sum += softplus((correct[i] ? -1 : 1) * (scale * logit + shift))
  return sum / logits.length
}

/** -Hessian^-1 gradient of the penalised loss; the pull keeps the Hessian positive definite. */
function newtonStep(
  logits: Float64Array,
  correct: readonly boolean[],
  at: Calibration,
  both: boolean,
): Calibration {
  let scaleGradient = pull * (at.scale - 1)
  let shiftGradient = pull * at.shift
  let scaleCurvature = pull
  let shiftCurvature = pull
  let cross = 0
  for (const [i, logit] of logits.entries()) {
    const probability = sigmoid(at.scale * logit + at.shift)
    const error = probability - Number(correct[i])
    const curvature = probability * sigmoid(-at.scale * logit - at.shift)
    scaleGradient += error * logit
    shiftGradient += error
    scaleCurvature += curvature * logit * logit
    shiftCurvature += curvature
    cross += curvature * logit
  }
  if (!both) return { scale: -scaleGradient / scaleCurvature, shift: 0 }
  const determinant = scaleCurvature * shiftCurvature - cross * cross
  return {
    scale: -(shiftCurvature * scaleGradient - cross * shiftGradient) / determinant,
    shift: -(scaleCurvature * shiftGradient - cross * scaleGradient) / determinant,
  }
}
