import { inOrder, type JudgePair, type LabelledSample, labelledPairs } from '../../judge/embedded/pairs.ts'
import { pairSeed } from '../../judge/judge-pairs.ts'
import { seedOf } from '../../reasoning/random.ts'
import type { Comparison, Judgment } from '../../reasoning/types.ts'
import type { Split } from '../../tasks/index.ts'

/** A pair that judges are measured on. */
export interface BenchPair extends JudgePair {
  task: string
  split: Split
  /** Tokens of problem and responses, as a judge reads them. */
  shown: number
}

/** What became of the problems of one task and split. */
export interface PairCount {
  task: string
  split: Split
  problems: number
  /** Those with a right and a wrong solution among their samples. */
  mixed: number
  /** Of these: left out, since a judge's context has no room to think about them. */
  tooLong: number
  used: number
}

export interface PairChoice {
  task: string
  split: Split
  seed: number
  /** At most as many pairs. */
  most: number
  /** Tokens of a comparison as a judge reads it, and how many of them leave it room to think. */
  tokens: (comparison: Comparison) => number
  room: number
}

/** The pairs of one task and split: levels in turn, each in the order of its problems, until there are enough. */
export function chosenPairs(
  samples: readonly LabelledSample[],
  problems: number,
  { task, split, seed, most, tokens, room }: PairChoice,
): { pairs: BenchPair[]; count: PairCount } {
  const all = labelledPairs(samples, seed).map((pair): BenchPair => {
    const shown = tokens(comparisonOf(pair, 0, 0))
    return { ...pair, task, split, shown }
  })
  const fitting = all.filter(({ shown }) => shown <= room)
  const seen = new Map<number, number>()
  const turns = fitting.map((pair) => {
    const turn = seen.get(pair.level) ?? 0
    seen.set(pair.level, turn + 1)
    return { pair, turn }
  })
  const pairs = turns
    .sort((a, b) => a.turn - b.turn || a.pair.level - b.pair.level)
    .slice(0, most)
    .map(({ pair }) => pair)
  const count = { problems, mixed: all.length, tooLong: all.length - fitting.length, used: pairs.length }
  return { pairs, count: { task, split, ...count } }
}

function comparisonOf(pair: JudgePair, right: 0 | 1, seed: number): Comparison {
  const [first, second] = inOrder(pair, right).map((steps) => steps.join('\n'))
  return { query: pair.problem, responses: [first, second], seed }
}

/** The comparison that stands behind all votes on a pair: the right response is the first. */
export function pairComparison(pair: JudgePair, seed: number): Comparison {
  return comparisonOf(pair, 0, pairSeed(seed, pair.id))
}

/** Vote number `vote` on a pair, as `voted` asks for it, and where it shows the right response: orders take turns. */
export function ballotPaper(
  pair: JudgePair,
  seed: number,
  vote: number,
): { right: 0 | 1; comparison: Comparison } {
  const own = pairSeed(seed, pair.id)
  const right = ((own + vote) % 2) as 0 | 1
  return { right, comparison: comparisonOf(pair, right, seedOf('vote', own, vote)) }
}

/** A judgment of a pair, and where the right response was shown. */
export interface Ballot extends Judgment {
  right: 0 | 1
}

/** What one judge said of a pair: votes in order, the first two in either order of the responses. */
export interface JudgedPair {
  pair: BenchPair
  ballots: Ballot[]
}

export const isRight = ({ winner, right }: Ballot): boolean => winner === right
