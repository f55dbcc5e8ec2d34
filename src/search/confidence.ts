import { InputError } from '../reasoning/errors.ts'

/** How sure a choice was, and whether it was right. Nothing chosen counts as a confidence of 0. */
export interface Outcome {
  /** P(correct) of the chosen solution, in [0, 1]. */
  confidence: number
  correct: boolean
}

/** Answer when the confidence is at least this. */
export interface Threshold {
  threshold: number
  /** Share of the outcomes it was fitted on that reach it, and how many of these are wrong. */
  answered: number
  wrong: number
  /** Outcomes it was fitted on. */
  count: number
}

/** The chance that the promise does not hold, over draws of the outcomes that a threshold is fitted on. */
export const defaultDelta = 0.05

/** Tests begin at each of these shares of the outcomes: one wrong answer among the surest few does not end them all. */
const starts = [0.02, 0.05, 0.1, 0.2, 0.4, 1]
/** How many more of the outcomes are answered from one tested threshold to the next. */
const stride = 0.01

/**
 * The lowest threshold found above which at most `error` of the answers are wrong, with probability 1 - delta over the
 * outcomes that it is fitted on, for problems drawn like theirs. From each start thresholds are tested in a fixed order, few
 * answers first, by an exact binomial test at an equal share of delta, until one fails: fixed-sequence testing with several
 * starts (Angelopoulos et al. 2021, Learn then Test, arXiv 2110.01052); thresholds at order statistics as in Geifman and
 * El-Yaniv 2017 (arXiv 1705.08500).
 *
 * @returns null when no threshold can be promised
 * @throws InputError unless 0 < error < 1
 */
export function fitThreshold(
  outcomes: readonly Outcome[],
  { error, delta = defaultDelta }: { error: number; delta?: number },
): Threshold | null {
  if (!(error > 0 && error < 1)) throw new InputError(`an error rate of ${error} is not between 0 and 1`)
  const count = outcomes.length
  const ranked = [...outcomes].sort((a, b) => b.confidence - a.confidence)
  const wrongAmong = [0]
  for (const { correct } of ranked) wrongAmong.push((wrongAmong.at(-1) ?? 0) + Number(!correct))
  let most = 0
  for (const start of starts) {
    for (let asked = Math.ceil(start * count); asked <= count; asked += Math.max(1, stride * count)) {
      const answered = withEqual(ranked, Math.ceil(asked))
      if (binomialAtMost(wrongAmong[answered], answered, error) > delta / starts.length) break
      most = Math.max(most, answered)
    }
  }
  if (most === 0) return null
  return { threshold: ranked[most - 1].confidence, answered: most / count, wrong: wrongAmong[most], count }
}

/** How many are answered where the `answered` surest are: those as sure as the last of them too. */
function withEqual(ranked: readonly Outcome[], answered: number): number {
  if (answered === 0) return 0
  let reached = answered
  while (reached < ranked.length && ranked[reached].confidence === ranked[answered - 1].confidence) reached++
  return reached
}

/** Pr(X <= k) of X ~ Binomial(n, p), 0 < p < 1; exact to rounding. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k >= n) return 1
  let log = n * Math.log1p(-p)
  let total = Math.exp(log)
  for (let i = 1; i <= k; i++) {
    log += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p)
    total += Math.exp(log)
  }
  return Math.min(1, total)
}
