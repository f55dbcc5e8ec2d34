import { labelledPairs } from '../../judge/embedded/pairs.ts'
import { labelledSamples } from '../../judge/embedded/samples.fixture.ts'
import type { Judgment, PairJudge } from '../../reasoning/types.ts'
import { type BenchPair, ballotPaper, type JudgedPair } from './bench-pairs.ts'

/** Pairs of all three tasks; levels take turns as they are told to. */
export function somePairs(problems: number, levels: readonly number[] = [3]): BenchPair[] {
  return labelledPairs(labelledSamples(problems), 1).map((pair, i): BenchPair => {
    const [task] = pair.id.split('/')
    return { ...pair, task, split: 'test', level: levels[i % levels.length], shown: 100 }
  })
}

/** So many pairs as like each other as can be: what a judge says of each is up to the judge. */
export function manyPairs(count: number): BenchPair[] {
  const shared = { right: ['good'], wrong: ['bad'], level: 1, nearness: 0, task: 'arithmetic', shown: 100 }
  return Array.from({ length: count }, (_, i): BenchPair => {
    return { ...shared, id: `arithmetic/test/${i}`, problem: `${i}`, split: 'test' }
  })
}

/** What a judge says of pairs. */
export async function judgedBy(
  judge: PairJudge,
  pairs: readonly BenchPair[],
  votes: number,
): Promise<JudgedPair[]> {
  return Promise.all(
    pairs.map(async (pair) => {
      const papers = Array.from({ length: votes }, (_, vote) => ballotPaper(pair, 1, vote))
      const judgments = await judge.compare(papers.map(({ comparison }) => comparison))
      return { pair, ballots: judgments.map((judgment, i) => ({ ...judgment, right: papers[i].right })) }
    }),
  )
}

/** A judgment with this winner. */
export function verdict(winner: 0 | 1 | null, more: Partial<Judgment> = {}): Judgment {
  return {
    winner,
    nonVerdict: winner === null ? 'unparseable' : null,
    reasoning: winner === null ? '' : `Better: ${winner + 1}`,
    tokens: 10,
    ...more,
  }
}
