import { InputError } from '../../reasoning/errors.ts'
import { random, seedOf } from '../../reasoning/random.ts'
import type { Comparison, Judgment, PairJudge } from '../../reasoning/types.ts'
import { judgmentsOf } from '../judgments.ts'
import {
  type Bounds,
  type Entrant,
  type Pair,
  type Result,
  type Rounds,
  type Score,
  type Standing,
  swapped,
  type Tournament,
} from './tournament.ts'

/** A query and the responses to it. */
export interface Contest {
  /** Seeds are keyed by it. */
  id: string
  query: string
  entrants: readonly Entrant[]
}

export interface GameRules {
  /** Every match is two games, one in each order: they agree, or nobody wins. Default false. */
  bothOrders?: boolean
  /** A game without a verdict is played once more: the other way round, or the same way with `bothOrders`. Default true. */
  replay?: boolean
}

export interface PlayOptions extends GameRules {
  judge: PairJudge
  seed: number
  /** Told of the matches of a round as soon as all of them are played. */
  onEvent?: (event: MatchPlayed) => void
  signal?: AbortSignal
}

/** Two responses have met. Plain data. */
export interface MatchPlayed extends Match {
  type: 'match-played'
  /** The contest's. */
  id: string
}

/** One look of the judge at a pair. */
export interface Game {
  /** As shown. */
  shown: Pair
  seed: number
  judgment: Judgment
}

/** A pair that met in a round (from 0). */
export interface Match extends Result {
  round: number
  /** In the order in which they were judged. */
  games: Game[]
}

export interface TournamentResult extends Standing {
  /** The contest's. */
  id: string
  /** In the order in which they were played. */
  matches: Match[]
  /** Comparisons asked of the judge. */
  calls: number
  /** What they took, all together. */
  tokens: number
}

/** Calls of a tournament of n, before it starts; to them come at most `replays`, one for each game without a verdict. */
export function callsOf(
  tournament: Tournament,
  n: number,
  { bothOrders = false, replay = true }: GameRules = {},
): Bounds & { replays: number } {
  const { least, most } = tournament.matches(n)
  const games = bothOrders ? 2 : 1
  return { least: games * least, most: games * most, replays: replay ? games * most : 0 }
}

/**
 * Plays a tournament in every contest. All games of a round, of all contests, go to the judge in one call, replays in a second
 * one; a result depends on its own contest alone.
 *
 * A game's seed is seedOf('game', seed, contest, id shown first, id shown second, k) for the k-th time (from 0) that the contest
 * shows them so: a judge that remembers judgments by their seeds resumes a run that was broken off, and lends to one
 * tournament what it said in another.
 *
 * @throws InputError on a contest without entrants, with two of one id, or a score that is NaN; the signal's reason; what the judge
 * throws
 */
export async function playTournaments(
  contests: readonly Contest[],
  tournament: Tournament,
  { judge, seed, bothOrders = false, replay = true, onEvent, signal }: PlayOptions,
): Promise<TournamentResult[]> {
  const runs = contests.map((contest) => begin(contest, tournament, seed))
  for (let round = 0; ; round++) {
    const games = runs.flatMap((run) => {
      if (run.turn.done) return []
      run.open = run.turn.value.map((pair): Match => ({ round, pair, score: null, games: [] }))
      return run.open.flatMap((match) =>
        (bothOrders ? [match.pair, swapped(match.pair)] : [match.pair]).map((shown) => ({
          run,
          match,
          shown,
        })),
      )
    })
    if (runs.every(({ turn }) => turn.done)) break
    const judgments = await judged(games)
    const again = games.filter((_, i) => replay && judgments[i].winner === null)
    await judged(bothOrders ? again : again.map((game) => ({ ...game, shown: swapped(game.shown) })))
    for (const run of runs) {
      if (run.turn.done) continue
      for (const match of run.open) {
        match.score = scoreOf(match, bothOrders)
        onEvent?.({ type: 'match-played', id: run.contest.id, ...match })
      }
      run.matches.push(...run.open)
      run.turn = run.rounds.next(run.open.map(({ score }) => score))
    }
  }
  return runs.map(({ contest: { id }, turn, matches }) => {
    const all = matches.flatMap(({ games }) => games)
    const tokens = all.reduce((sum, { judgment }) => sum + judgment.tokens, 0)
    return { id, ...(turn.value as Standing), matches, calls: all.length, tokens }
  })

  async function judged(games: readonly { run: Run; match: Match; shown: Pair }[]): Promise<Judgment[]> {
    if (games.length === 0) return []
    const comparisons = games.map(({ run, shown }) => comparisonOf(run, shown, seed))
    const judgments = await judgmentsOf(judge, comparisons, { signal })
    for (const [i, { match, shown }] of games.entries())
      match.games.push({ shown, seed: comparisons[i].seed, judgment: judgments[i] })
    return judgments
  }
}

interface Run {
  contest: Contest
  rounds: Rounds
  turn: ReturnType<Rounds['next']>
  /** Matches of the round under way. */
  open: Match[]
  matches: Match[]
  /** How often a pair was shown in an order. */
  shown: Map<string, number>
}

function begin(contest: Contest, tournament: Tournament, seed: number): Run {
  const { id, entrants } = contest
  if (entrants.length === 0) throw new InputError('there are no responses to compare', { where: id })
  const twice = entrants.find((entrant, i) => entrants.findIndex((other) => other.id === entrant.id) < i)
  if (twice) throw new InputError(`two responses have the id "${twice.id}"`, { where: id })
  const unknown = entrants.find(({ score }) => Number.isNaN(score))
  if (unknown) throw new InputError(`the score of response "${unknown.id}" is NaN`, { where: id })
  const rounds = tournament.play(entrants, random('tournament', seed, id))
  return { contest, rounds, turn: rounds.next(), open: [], matches: [], shown: new Map() }
}

function comparisonOf({ contest, shown }: Run, [first, second]: Pair, seed: number): Comparison {
  const { id, query, entrants } = contest
  const [a, b] = [entrants[first], entrants[second]]
  const key = `${first} ${second}`
  const times = shown.get(key) ?? 0
  shown.set(key, times + 1)
  return { query, responses: [a.text, b.text], seed: seedOf('game', seed, id, a.id, b.id, times) }
}

/** A game without a verdict has no vote: with both orders, one vote alone decides nothing. */
function scoreOf({ pair, games }: Match, bothOrders: boolean): Score {
  const votes = games.flatMap(({ shown, judgment: { winner } }) => (winner === null ? [] : [shown[winner]]))
  if (votes.length < (bothOrders ? 2 : 1)) return null
  const forFirst = votes.filter((vote) => vote === pair[0]).length
  return forFirst === votes.length ? 1 : forFirst === 0 ? 0 : 0.5
}
