import type { Line } from '../data/jsonl.ts'
import type { PairRow } from '../data/pair-rows.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Judgment, NonVerdict, PairJudge } from '../reasoning/types.ts'
import { bothOrders as inBothOrders, type OrderedJudgment } from './both-orders.ts'
import { eachInOrder } from './each-in-order.ts'
import { judgmentsOf } from './judgments.ts'
import type { Tally, VotedJudgment } from './votes.ts'
import { withJudge } from './with-judge.ts'

/** What any of our judges says of a pair. */
export type AnyJudgment = Judgment &
  Partial<Pick<VotedJudgment, 'votes' | 'orders' | 'ballots'>> &
  Partial<Pick<OrderedJudgment, 'shown' | 'consistent'>>

export interface ToJudge {
  query: string
  responses: readonly [string, string]
  /** Its seed is keyed by it. Default: the query. */
  id?: string
}

export interface JudgeOptions {
  /** Default: the judge that comes with assay, on this machine, for this call. */
  judge?: PairJudge
  /** Default 1. */
  seed?: number
  /** Show the pair in both orders: they agree, or nobody wins. Default false. */
  bothOrders?: boolean
  signal?: AbortSignal
}

/**
 * Says which of two responses to a query is better, and why. Where there is no verdict `winner` is null and `nonVerdict` says why:
 * a call that failed is 'failed', never a win or a loss.
 *
 * @throws InputError where there is no judge; {@link JudgeFailed} where what it gives is no judgment; the signal's reason; what the judge throws
 */
export async function judge(
  { query, responses, id = query }: ToJudge,
  { judge, seed = 1, bothOrders = false, signal }: JudgeOptions = {},
): Promise<AnyJudgment> {
  signal?.throwIfAborted()
  return withJudge(judge, { comparisons: 1, signal }, async (single) => {
    const asked = bothOrders ? inBothOrders(single) : single
    const comparison = { query, responses, seed: pairSeed(seed, id) }
    const [judgment] = await judgmentsOf<AnyJudgment>(asked, [comparison], { signal })
    return judgment
  })
}

/** A pair with what is said of it, or why a call failed: then it has no judgment at all. */
export type JudgedPair = Line<PairRow> & ({ judged: JudgedRow } | { error: string })

export interface JudgePairsOptions {
  seed: number
  /** What the rows carry: see `settingsName`. */
  settings: string
  signal?: AbortSignal
  /** Pairs under way at once. Default 256. */
  ahead?: number
}

/** Seed of a pair's comparison: it depends on nothing else, so a pair is judged the same alone as among others. */
export function pairSeed(seed: number, id: string): number {
  return seedOf('pair', seed, id)
}

/**
 * Judges a stream of pairs, many at once, and gives the judgments in the order of the pairs. When reading fails, what was read
 * before is judged and given first.
 */
export async function* judgePairs(
  by: PairJudge,
  pairs: AsyncIterable<Line<PairRow>>,
  { seed, settings, signal, ahead = 256 }: JudgePairsOptions,
): AsyncGenerator<JudgedPair> {
  const judged = async (pair: Line<PairRow>): Promise<JudgedPair> => {
    const judgment = await judge(pair.row, { judge: by, seed, signal })
    if (judgment.nonVerdict === 'failed') return { ...pair, error: judgment.error ?? 'a call failed' }
    const rowSeed = pairSeed(seed, pair.row.id)
    return { ...pair, judged: judgedRow(pair.row, judgment, { seed: rowSeed, settings }) }
  }
  yield* eachInOrder(pairs, judged, { ahead, signal })
}

/** The row of a pair, and what the judge says of it. Places are those of the row's responses unless it says "shown". */
export interface JudgedRow extends PairRow {
  winner: 0 | 1 | null
  non_verdict: Exclude<NonVerdict, 'failed'> | null
  /** Of a pair with a label; null: no verdict. */
  correct?: boolean | null
  /** Do both orders name the same response? null where one of them has no verdict. */
  consistent?: boolean | null
  /** The winner in each order. */
  winners?: { as_given: 0 | 1 | null; swapped: 0 | 1 | null }
  /** Votes for each response, and the same by the order in which it was shown. */
  votes?: Tally
  orders?: { as_given: Tally; swapped: Tally }
  reasoning: string
  /** The order in which the reasoning saw the responses: it may call them first and second. */
  reasoning_order?: 'as given' | 'swapped'
  swapped_reasoning?: string
  tokens: number
  error?: string
  settings: string
}

/** @param seed of the comparison */
function judgedRow(
  row: PairRow,
  judgment: AnyJudgment,
  { seed, settings }: { seed: number; settings: string },
): JudgedRow {
  const { winner, nonVerdict, reasoning, tokens, error, votes, orders, shown, consistent } = judgment
  const turned = (place: 0 | 1 | null) => (place === null ? null : place === 0 ? 1 : 0)
  return {
    ...row,
    winner,
    non_verdict: nonVerdict as JudgedRow['non_verdict'],
    // undefined also clears what an earlier judge left in the row
    correct: row.label === undefined ? undefined : winner === null ? null : winner === row.label,
    consistent,
    winners: shown && { as_given: shown.asGiven.winner, swapped: turned(shown.swapped.winner) },
    votes,
    orders: orders && { as_given: orders.asGiven, swapped: orders.swapped },
    reasoning,
    reasoning_order: votes && orderOfReasoning(judgment, seed),
    swapped_reasoning: shown?.swapped.reasoning,
    tokens,
    error,
    settings,
  }
}

/**
 * The reasoning is that of the first vote for the winner, or of the first one; vote i was shown swapped where seed + i is odd: see
 * `voted`.
 */
function orderOfReasoning({ winner, ballots = [] }: AnyJudgment, seed: number): 'as given' | 'swapped' {
  const isSwapped = (vote: number) => (seed + vote) % 2 !== 0
  const voice = ballots.findIndex(
    (ballot, vote) => winner !== null && ballot.winner === (isSwapped(vote) ? 1 - winner : winner),
  )
  return isSwapped(Math.max(0, voice)) ? 'swapped' : 'as given'
}
