import { InputError } from '../reasoning/errors.ts'

/*
 * Metrics over n examples: `scores` or `probabilities` of shape [n] against `positives` of shape [n].
 * A metric that is undefined on its input (one class absent, no examples) is null, never NaN.
 */

/** Area under the ROC curve: Pr(a positive scores above a negative), a tie counting half. null without both classes. */
export function auc(scores: ArrayLike<number>, positives: readonly boolean[]): number | null {
  const groups = tieGroups(scores, positives)
  let above = 0
  let wins = 0
  let negatives = 0
  for (const { positive, count } of groups) {
    const negative = count - positive
    wins += negative * (above + positive / 2)
    above += positive
    negatives += negative
  }
  return above === 0 || negatives === 0 ? null : wins / (above * negatives)
}

/**
 * Area under the precision-recall curve as average precision, sum of (R_n - R_{n-1}) P_n over distinct thresholds (as in
 * scikit-learn: no interpolation, tied scores enter together). null without positives.
 */
export function auprc(scores: ArrayLike<number>, positives: readonly boolean[]): number | null {
  let found = 0
  let seen = 0
  let area = 0
  for (const { positive, count } of tieGroups(scores, positives)) {
    found += positive
    seen += count
    area += positive * (found / seen)
  }
  return found === 0 ? null : area / found
}

/** Mean squared distance of probability and outcome (Brier 1950): 0 is perfect, 1/4 is always saying one half. */
export function brier(probabilities: ArrayLike<number>, positives: readonly boolean[]): number | null {
  checkProbabilities(probabilities, positives)
  let sum = 0
  for (let i = 0; i < positives.length; i++) sum += (probabilities[i] - Number(positives[i])) ** 2
  return positives.length === 0 ? null : sum / positives.length
}

export interface Binning {
  /** Number of bins; 15 unless given. */
  bins?: number
  /** 'equal-width' cuts [0, 1] evenly; 'equal-mass' gives bins about the same number of examples. */
  binning?: 'equal-width' | 'equal-mass'
}

/** One bar of a reliability diagram. */
export interface ReliabilityBin {
  /** The probabilities in the bin are in (low, high] for equal widths (0 included in the first), [low, high] for equal mass. */
  low: number
  high: number
  count: number
  /** Mean predicted probability in the bin. */
  probability: number
  /** Share of positives in the bin. */
  frequency: number
}

/**
 * Bins of a reliability diagram, by rising probability, empty ones left out. Equal-mass bins never part equal
 * probabilities, so the result does not depend on the order of the examples.
 */
export function reliabilityBins(
  probabilities: ArrayLike<number>,
  positives: readonly boolean[],
  { bins = 15, binning = 'equal-width' }: Binning = {},
): ReliabilityBin[] {
  checkProbabilities(probabilities, positives)
  if (!Number.isInteger(bins) || bins < 1) throw new InputError(`${bins} bins: not a positive whole number`)
  const order = Array.from(positives.keys()).sort((a, b) => probabilities[a] - probabilities[b])
  const found: ReliabilityBin[] = []
  let start = 0
  for (let bin = 0; bin < bins && start < order.length; bin++) {
    let end = binning === 'equal-width' ? start : Math.round(((bin + 1) * order.length) / bins)
    if (binning === 'equal-width')
      while (end < order.length && probabilities[order[end]] <= (bin + 1) / bins) end++
    else
      while (end > start && end < order.length && probabilities[order[end]] === probabilities[order[end - 1]])
        end++
    if (end <= start) continue
    const members = order.slice(start, end)
    found.push({
      low: binning === 'equal-width' ? bin / bins : probabilities[members[0]],
      high: binning === 'equal-width' ? (bin + 1) / bins : probabilities[members[members.length - 1]],
      count: members.length,
      probability: members.reduce((sum, i) => sum + probabilities[i], 0) / members.length,
      frequency: members.reduce((sum, i) => sum + Number(positives[i]), 0) / members.length,
    })
    start = end
  }
  return found
}

/**
 * Expected calibration error: mean over examples of |share of positives - mean probability| in the example's bin
 * (Guo et al. 2017, arXiv 1706.04599, equation 3). null without examples.
 */
export function ece(
  probabilities: ArrayLike<number>,
  positives: readonly boolean[],
  binning: Binning = {},
): number | null {
  if (positives.length === 0) return null
  let sum = 0
  for (const { count, probability, frequency } of reliabilityBins(probabilities, positives, binning))
    sum += count * Math.abs(frequency - probability)
  return sum / positives.length
}

/** How well first errors are located; each share is in [0, 1], null where it has no solutions to count. */
export interface FirstErrorMetrics {
  /** Number of solutions with an error. */
  wrong: number
  /** Number of solutions without one. */
  correct: number
  /** Share of the wrong ones whose first error is predicted exactly. */
  accuracyOnWrong: number | null
  /** Share of the correct ones predicted to have no error. */
  accuracyOnCorrect: number | null
  /** Harmonic mean of the two: the score of ProcessBench (Zheng et al. 2024, arXiv 2412.06559, section 4.1). */
  f1: number | null
  /** Share of all solutions predicted exactly. */
  accuracy: number | null
}

/** Predicted against true first errors, both of shape [n]: a 0-based step, or null for none. */
export function firstErrorMetrics(
  predicted: readonly (number | null)[],
  truth: readonly (number | null)[],
): FirstErrorMetrics {
  checkLengths(predicted.length, truth.length)
  let wrong = 0
  let wrongHits = 0
  let correctHits = 0
  for (const [i, firstError] of truth.entries()) {
    const hit = predicted[i] === firstError
    if (firstError === null) correctHits += Number(hit)
    else {
      wrong++
      wrongHits += Number(hit)
    }
  }
  const correct = truth.length - wrong
  const accuracyOnWrong = wrong === 0 ? null : wrongHits / wrong
  const accuracyOnCorrect = correct === 0 ? null : correctHits / correct
  const accuracy = truth.length === 0 ? null : (wrongHits + correctHits) / truth.length
  return {
    wrong,
    correct,
    accuracyOnWrong,
    accuracyOnCorrect,
    f1: harmonic(accuracyOnWrong, accuracyOnCorrect),
    accuracy,
  }
}

function harmonic(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return null
  return a + b === 0 ? 0 : (2 * a * b) / (a + b)
}

/** Distinct scores from high to low, with how many examples share each and how many of those are positive. */
function tieGroups(
  scores: ArrayLike<number>,
  positives: readonly boolean[],
): { positive: number; count: number }[] {
  checkLengths(scores.length, positives.length)
  for (let i = 0; i < scores.length; i++)
    if (Number.isNaN(scores[i])) throw new InputError(`score ${i} is NaN`)
  // compared, not subtracted: -Infinity - -Infinity is NaN
  const order = Array.from(positives.keys()).sort(
    (a, b) => Number(scores[b] > scores[a]) - Number(scores[b] < scores[a]),
  )
  const groups: { positive: number; count: number }[] = []
  for (const [rank, i] of order.entries()) {
    if (rank === 0 || scores[i] !== scores[order[rank - 1]]) groups.push({ positive: 0, count: 0 })
    const group = groups[groups.length - 1]
    group.count++
    group.positive += Number(positives[i])
  }
  return groups
}

function checkProbabilities(probabilities: ArrayLike<number>, positives: readonly boolean[]) {
  checkLengths(probabilities.length, positives.length)
  for (let i = 0; i < probabilities.length; i++)
    if (!(probabilities[i] >= 0 && probabilities[i] <= 1))
      throw new InputError(`probability ${i} is ${probabilities[i]}, not in [0, 1]`)
}

function checkLengths(given: number, expected: number) {
  if (given !== expected) throw new InputError(`${given} predictions for ${expected} examples`)
}
