import type { Random } from '../../reasoning/random.ts'

/** A response that takes part. */
export interface Entrant {
  /** Unique in its contest. */
  id: string
  text: string
  /** Final answer; null or left out: none could be read. */
  answer?: string | null
  /** What a reward model says of it, higher is better (log S of CRM): breaks ties, makes cascades. null or left out: nothing. */
  score?: number | null
}

/** Two entrants, 0-based, in the order in which they are shown to the judge. */
export type Pair = readonly [number, number]

/**
 * What the judge said of a pair. 1: the first is better; 0: the second; 0.5: shown in both orders, it said both; null: there is
 * no verdict, which is neither a win nor a loss nor a half.
 */
export type Score = 1 | 0.5 | 0 | null

export interface Result {
  pair: Pair
  score: Score
}

/** Higher is better. Bounds, where the rating has them, are those of a 95% interval. */
export interface Rating {
  value: number
  low?: number
  high?: number
}

/** One match of a bracket. */
export interface BracketMatch {
  /** One where it met nobody (a bye). */
  entrants: readonly [number] | Pair
  /** Who goes on. */
  advances: number
  /** Why. Only 'verdict' is the judge's word; the others go on by a rule. */
  by: 'verdict' | 'score' | 'lot' | 'seed' | 'bye'
}

export interface Standing {
  /** All entrants, best first, ties by score, then lot. Of whom no verdict speaks comes where the rule puts it, or last. */
  ranking: number[]
  /**
   * The first of the ranking where a verdict put it there alone, or it had nobody to meet; else null: nobody won. In an elimination that is
   * the verdict of the final, however those before it were passed.
   */
  winner: number | null
  /** One an entrant; null for those of whom no verdict speaks. */
  ratings?: (Rating | null)[]
  /** Rounds of an elimination; the last one is the final. */
  bracket?: BracketMatch[][]
}

/** A tournament under way: it yields the pairs of a round, is given their scores in that order, and returns the standing. */
export type Rounds = Generator<readonly Pair[], Standing, readonly Score[]>

/** Numbers of matches or calls. Where they differ, how many it takes depends on what the judge says. */
export interface Bounds {
  least: number
  most: number
}

export interface Tournament {
  /** Matches among n entrants. */
  matches(n: number): Bounds
  /** A pure function of its arguments and of the scores that it is given. */
  play(entrants: readonly Entrant[], random: Random): Rounds
}

export function exactly(count: number): Bounds {
  return { least: count, most: count }
}

export function swapped([first, second]: Pair): Pair {
  return [second, first]
}

/** 0 … n-1 */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i)
}

/** Orders pairs for the judge: first is shown who was first less often so far than second, by lot where that is even. */
export function sides(n: number, random: Random): (a: number, b: number) => Pair {
  const lead = new Array<number>(n).fill(0)
  return (a, b) => {
    const first = lead[a] === lead[b] ? random.pick([a, b]) : lead[a] < lead[b] ? a : b
    const second = first === a ? b : a
    lead[first]++
    lead[second]--
    return [first, second]
  }
}

/** The tournament of some entrants only, in terms of all n: entrant i of `rounds` is `members[i]`; the ranking is of members. */
export function* renamed(rounds: Rounds, members: readonly number[], n: number): Rounds {
  const pairOf = ([a, b]: Pair): Pair => [members[a], members[b]]
  let turn = rounds.next()
  while (!turn.done) turn = rounds.next(yield turn.value.map(pairOf))
  const { ranking, winner, ratings, bracket } = turn.value
  return {
    ranking: ranking.map((i) => members[i]),
    winner: winner === null ? null : members[winner],
    ratings: ratings && range(n).map((i) => ratings[members.indexOf(i)] ?? null),
    bracket: bracket?.map((matches) =>
      matches.map(({ entrants, advances, by }): BracketMatch => {
        const who = entrants.length === 1 ? ([members[entrants[0]]] as const) : pairOf(entrants)
        return { entrants: who, advances: members[advances], by }
      }),
    ),
  }
}
