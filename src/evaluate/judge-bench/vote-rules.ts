import { adaptive, type VoteRule, voted } from '../../judge/votes.ts'
import type { Judgment, PairJudge } from '../../reasoning/types.ts'
import { type BootstrapOptions, bootstrapMean, bootstrapShare, type Interval } from '../bootstrap.ts'
import { kindsOf } from '../problems.ts'
import { meanOver } from '../ratios.ts'
import { ballotPaper, type JudgedPair, pairComparison } from './bench-pairs.ts'

/** A rule of voting on all pairs. */
export interface VotePoint {
  rule: string
  /** Share of pairs whose vote is right; a tie, or no verdict at all, is not. */
  accuracy: Interval
  /** Votes of a pair, and their tokens. */
  votes: number
  tokens: Interval
}

export interface VoteCurves {
  split: string
  /** Votes@k, by k. */
  fixed: VotePoint[]
  /** Votes until one response leads by 2, 3 or 4. `gain`: accuracy minus that of votes@k at the same tokens, between two k by line. */
  adaptive: (VotePoint & { gain: Interval })[]
}

/** k of votes@k. */
const fixedVotes = [1, 3, 5, 8, 16]
/** Leads that end adaptive voting: `adaptive` with votes that are right three times out of four. */
const leads = [2, 3, 4]

interface Outcome {
  right: number
  votes: number
  tokens: number
}

/** What every rule would have made of recorded votes. @param seeds for each training seed, the same pairs in one order */
export async function voteCurves(
  seeds: readonly (readonly JudgedPair[])[],
  seed: number,
  options: BootstrapOptions,
): Promise<VoteCurves[]> {
  const most = Math.min(...seeds.flat().map(({ ballots }) => ballots.length))
  const splits = [...new Set(seeds[0].map(({ pair }) => pair.split))]
  return Promise.all(
    splits.map(async (split): Promise<VoteCurves> => {
      const own = seeds.map((judged) => judged.filter(({ pair }) => pair.split === split))
      const over = { ...options, kinds: kindsOf(own[0].map(({ pair }) => pair.id)) }
      const by = (rule: VoteRule) => meanOutcomes(own, rule, seed)
      const counts = fixedVotes.filter((votes) => votes <= most)
      const fixed = await Promise.all(
        counts.map(async (votes) => ({ rule: `votes@${votes}`, outcomes: await by({ votes }) })),
      )
      const sequential = await Promise.all(
        leads
          .filter((lead) => lead <= most)
          .map(async (lead) => ({
            rule: `lead of ${lead}`,
            outcomes: await by(adaptive({ most, error: 1 / (3 ** lead + 1), accuracy: 0.75 })),
          })),
      )
      return {
        split,
        fixed: fixed.map((each) => point(each, over)),
        adaptive: sequential.map((each) => {
          const there = atTokens(
            fixed.map(({ outcomes }) => outcomes),
            meanTokens(each.outcomes),
          )
          const gain = each.outcomes.map(({ right }, pair) => right - there(pair))
          return { ...point(each, over), gain: bootstrapMean(gain, over) }
        }),
      }
    }),
  )
}

/** Each pair's outcome under a rule, mean over seeds. */
async function meanOutcomes(
  seeds: readonly (readonly JudgedPair[])[],
  rule: VoteRule,
  seed: number,
): Promise<Outcome[]> {
  const outcomes = await Promise.all(
    seeds.map((judged) => Promise.all(judged.map((each) => outcomeOf(each, rule, seed)))),
  )
  return outcomes[0].map((_, pair) => {
    const own = outcomes.map((each) => each[pair])
    return {
      right: meanOver(own, ({ right }) => right),
      votes: meanOver(own, ({ votes }) => votes),
      tokens: meanOver(own, ({ tokens }) => tokens),
    }
  })
}

/** What `voted` comes to with the recorded votes of a pair. */
export async function outcomeOf(
  { pair, ballots }: JudgedPair,
  rule: VoteRule,
  seed: number,
): Promise<Outcome> {
  const bySeed = new Map(
    ballots.map((ballot, vote) => [ballotPaper(pair, seed, vote).comparison.seed, ballot]),
  )
  const recorded: PairJudge = {
    compare: async (comparisons) => comparisons.map(({ seed }) => bySeed.get(seed) as Judgment),
  }
  const [{ winner, ballots: asked, tokens }] = await voted(recorded, rule).compare([
    pairComparison(pair, seed),
  ])
  return { right: Number(winner === 0), votes: asked.length, tokens }
}

function point(
  { rule, outcomes }: { rule: string; outcomes: readonly Outcome[] },
  options: BootstrapOptions,
): VotePoint {
  return {
    rule,
    accuracy: bootstrapShare(
      outcomes.map(({ right }) => right),
      options,
    ),
    votes: meanOver(outcomes, ({ votes }) => votes),
    tokens: bootstrapMean(
      outcomes.map(({ tokens }) => tokens),
      options,
    ),
  }
}

const meanTokens = (outcomes: readonly Outcome[]) => meanOver(outcomes, ({ tokens }) => tokens)

/** For each pair, the value of a curve of rules at so many tokens: between its neighbours by line, at its ends as they are. */
function atTokens(curve: readonly (readonly Outcome[])[], tokens: number): (pair: number) => number {
  const after = curve.findIndex((outcomes) => meanTokens(outcomes) >= tokens)
  if (after <= 0) {
    const end = curve[after === 0 ? 0 : curve.length - 1]
    return (pair) => end[pair].right
  }
  const [low, high] = [curve[after - 1], curve[after]]
  const weight = (tokens - meanTokens(low)) / (meanTokens(high) - meanTokens(low))
  return (pair) => (1 - weight) * low[pair].right + weight * high[pair].right
}
