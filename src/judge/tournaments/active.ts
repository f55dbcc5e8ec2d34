import { countsOf } from '../../reasoning/counts.ts'
import { InputError } from '../../reasoning/errors.ts'
import {
  type BradleyTerryFit,
  type BradleyTerryOptions,
  bradleyTerry,
  fitBradleyTerry,
} from './bradley-terry.ts'
import { drawLots } from './lots.ts'
import { standingByRatings, winMatrix } from './ratings.ts'
import { type Pair, type Result, range, sides, type Tournament } from './tournament.ts'

export interface ActiveOptions extends BradleyTerryOptions {
  /** Most matches. Default n(n-1)/2, a round robin. */
  budget?: number
  /** Settled where the posterior says with this probability who is best. Default 0.9. */
  confidence?: number
  /** Draws from the posterior for each decision. Default 500. */
  draws?: number
}

/**
 * Active pairs: the next match is the one whose outcome is expected to tell most about who is best, under the Bradley-Terry
 * posterior of the matches so far. It ends when the best one is settled, at the latest with the budget: a pair that
 * gave no verdict is not asked again, and one that did may meet again. One match a round, so contests are best played many
 * together.
 *
 * Settled means likely enough, and won: a chain of won pairings leads from the best one to every other, so nobody is
 * outranked by the prior alone. Expected information is the mutual information of outcome and best one, H(outcome) -
 * E H(outcome | best), over draws from the posterior; what it costs grows with n^2 * draws a match.
 */
export function active({ budget, confidence = 0.9, draws = 500, ...prior }: ActiveOptions = {}): Tournament {
  if (budget !== undefined && !(Number.isInteger(budget) && budget >= 1))
    throw new InputError(`a budget of ${budget} matches: not a whole number of at least 1`)
  if (!(confidence > 0 && confidence < 1)) throw new InputError(`confidence ${confidence} is not in (0, 1)`)
  const budgetOf = (n: number) => (n < 2 ? 0 : (budget ?? (n * (n - 1)) / 2))
  return {
    matches: (n) => ({ least: Math.min(n - 1, budgetOf(n)), most: budgetOf(n) }),
    *play(entrants, random) {
      const n = entrants.length
      const order = sides(n, random)
      const results: Result[] = []
      let open = range(n).flatMap((a) => range(a).map((b): Pair => [a, b]))
      while (results.length < budgetOf(n) && open.length > 0) {
        const wins = winMatrix(n, results)
        const fit = fitBradleyTerry(wins, prior)
        const posterior = range(draws).map(() => drawn(fit.draw(random)))
        const best = mostOften(posterior.map(({ best }) => best))
        if (best.count >= confidence * draws && beatsAll(best.value, wins)) break
        const next = mostTelling(open, posterior, n)
        const pair = order(...next)
        const [score] = yield [pair]
        results.push({ pair, score })
        if (score === null) open = open.filter((each) => each !== next)
      }
      return standingByRatings(bradleyTerry(prior)(n, results), drawLots(entrants, random))
    },
  }
}

interface Draw {
  /** exp of the strengths about the highest: a beats b with odds of theirs. */
  odds: number[]
  best: number
}

function drawn(strengths: ReturnType<BradleyTerryFit['draw']>): Draw {
  const highest = Math.max(...strengths)
  return { odds: strengths.map((strength) => Math.exp(strength - highest)), best: strengths.indexOf(highest) }
}

function mostOften(values: readonly number[]): { value: number; count: number } {
  const [value, count] = [...countsOf(values)].reduce((most, each) => (each[1] > most[1] ? each : most))
  return { value, count }
}

function beatsAll(best: number, wins: readonly (readonly number[])[]): boolean {
  const reached = new Set([best])
  for (const a of reached) for (const [b, won] of wins[a].entries()) if (won > wins[b][a]) reached.add(b)
  return reached.size === wins.length
}

function mostTelling(pairs: readonly Pair[], posterior: readonly Draw[], n: number): Pair {
  let most = Number.NEGATIVE_INFINITY
  let telling = pairs[0]
  for (const pair of pairs) {
    const told = information(pair, posterior, n)
    if (told > most) {
      most = told
      telling = pair
    }
  }
  return telling
}

/** Mutual information, in nats, of a match's outcome and who is best. */
function information([a, b]: Pair, posterior: readonly Draw[], n: number): number {
  const counts = new Float64Array(n)
  const sums = new Float64Array(n)
  let sum = 0
  for (const { odds, best } of posterior) {
    const probability = odds[a] / (odds[a] + odds[b])
    counts[best]++
    sums[best] += probability
    sum += probability
  }
  let known = 0
  for (const [i, count] of counts.entries()) if (count > 0) known += count * entropy(sums[i] / count)
  return entropy(sum / posterior.length) - known / posterior.length
}

function entropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p)
}
