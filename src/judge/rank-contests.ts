import type { Line } from '../data/jsonl.ts'
import type { CandidateRow } from '../data/pair-rows.ts'
import { InputError } from '../reasoning/errors.ts'
import type { PairJudge } from '../reasoning/types.ts'
import { eachInOrder } from './each-in-order.ts'
import { JudgeFailed, judgmentsOf } from './judgments.ts'
import { type RankRules, tournamentOf } from './rank-rules.ts'
import { tournamentNames } from './tournaments/named.ts'
import { type MatchPlayed, playTournaments, type TournamentResult } from './tournaments/play.ts'
import type { Entrant } from './tournaments/tournament.ts'
import { withJudge } from './with-judge.ts'

export interface ToRank {
  query: string
  /** Texts, or texts with more about them; ids default to their places. */
  responses: readonly (string | (Partial<Entrant> & { text: string }))[]
  /** Seeds are keyed by it. Default: the query. */
  id?: string
}

export interface RankOptions extends Partial<RankRules> {
  /** Default: the judge that comes with assay, on this machine, for this call. */
  judge?: PairJudge
  /** Default 1. */
  seed?: number
  onEvent?: (event: MatchPlayed) => void
  signal?: AbortSignal
}

/**
 * Ranks responses to a query by a tournament of a judge that compares two at a time (Reward Reasoning Model, arXiv 2505.14674): a
 * knockout, unless rules say otherwise. Entrants of the result are places of the responses, 0-based. A match without a verdict is
 * nobody's win or loss.
 *
 * @throws {@link JudgeFailed} at the first call that fails; InputError on no responses, or two of one id; the signal's reason
 */
export async function rank(
  { query, responses, id = query }: ToRank,
  { judge, seed = 1, onEvent, signal, tournament = 'knockout', ...rules }: RankOptions = {},
): Promise<TournamentResult> {
  const entrants = responses.map((response, place): Entrant => {
    const { id = `${place}`, ...rest } = typeof response === 'string' ? { text: response } : response
    return { id, ...rest }
  })
  if (!tournamentNames.includes(tournament))
    throw new InputError(`no tournament is called ${tournament}`, {
      fix: `tournaments: ${tournamentNames.join(', ')}`,
    })
  const { bothOrders } = rules
  return withJudge(judge, { comparisons: entrants.length, signal }, async (judge) => {
    const [result] = await playTournaments(
      [{ id, query, entrants }],
      tournamentOf({ tournament, ...rules }),
      { judge: unfailing(judge), seed, bothOrders, onEvent, signal },
    )
    return result
  })
}

/** A contest with its result, or why a call failed: then it has none. */
export type RankedContest = Line<CandidateRow> & ({ result: TournamentResult } | { error: string })

export interface RankContestsOptions extends RankRules {
  seed: number
  signal?: AbortSignal
  /** Contests under way at once. Default 64. */
  ahead?: number
}

/**
 * Plays a tournament in each of a stream of contests, many at once, and gives the results in their order. The first call that fails
 * ends its contest with an error, and no other one. When reading fails, what was read before is played and given first.
 */
export async function* rankContests(
  judge: PairJudge,
  contests: AsyncIterable<Line<CandidateRow>> | Iterable<Line<CandidateRow>>,
  { ahead = 64, ...options }: RankContestsOptions,
): AsyncGenerator<RankedContest> {
  const ranked = async (line: Line<CandidateRow>): Promise<RankedContest> => {
    try {
      return { ...line, result: await rank(line.row, { ...options, judge }) }
    } catch (error) {
      if (!(error instanceof JudgeFailed)) throw error
      return { ...line, error: error.message }
    }
  }
  yield* eachInOrder(contests, ranked, { ahead, signal: options.signal })
}

/** @throws JudgeFailed where a judgment failed */
function unfailing(judge: PairJudge): PairJudge {
  return {
    async compare(comparisons, options) {
      const judgments = await judgmentsOf(judge, comparisons, options)
      const failed = judgments.find(({ nonVerdict }) => nonVerdict === 'failed')
      if (failed) throw new JudgeFailed(failed.error ?? 'a call failed')
      return judgments
    },
  }
}
