/** A judgment as it was sampled. */
export interface Judged {
  /** Of each generated token, in nats. */
  logProbabilities: readonly number[]
  /** The token that says 1 or 2; null without a verdict. */
  verdictAt: number | null
  right: boolean
}

/**
 * Advantages of the tokens of some judgments of one pair, where +1 is earned by a right verdict and -1 by any other and by none, shapes of
 * `logProbabilities`. A verdict is one token of two, so what it earns on average is known: thinking is credited with that mean, less
 * the mean of the other judgments, and the verdict with the derivative of the mean. The gradient has the same expectation as REINFORCE on
 * the +1 and -1 that were drawn, without the noise of the draw, which hundreds of tokens of thinking would share.
 */
export function expectedCredit(judgments: readonly Judged[]): number[][] {
  const worths = judgments.map(worth)
  const total = worths.reduce((sum, each) => sum + each, 0)
  return judgments.map(({ logProbabilities, verdictAt, right }, i) => {
    const others = judgments.length > 1 ? (total - worths[i]) / (judgments.length - 1) : 0
    return logProbabilities.map((logProbability, t) => {
      if (t !== verdictAt) return worths[i] - others
      return (right ? 2 : -2) * Math.exp(logProbability)
    })
  })
}

/** Mean reward of a judgment over its two verdicts. */
function worth({ logProbabilities, verdictAt, right }: Judged): number {
  if (verdictAt === null) return right ? 1 : -1
  const said = Math.exp(logProbabilities[verdictAt])
  return right ? 2 * said - 1 : 1 - 2 * said
}
