import { expect, test } from 'vitest'
import { labelledPairs } from '../../judge/embedded/pairs.ts'
import { labelledSamples } from '../../judge/embedded/samples.fixture.ts'
import { voted } from '../../judge/votes.ts'
import type { Comparison } from '../../reasoning/types.ts'
import { verdict } from './bench.fixture.ts'
import { ballotPaper, chosenPairs, pairComparison } from './bench-pairs.ts'

const samples = labelledSamples(8).filter(({ id }) => id.startsWith('arithmetic'))
const pairs = labelledPairs(samples, 1)
const choice = { task: 'arithmetic', split: 'test', seed: 1, most: 100, tokens: () => 10, room: 10 } as const

test('ballots are what voting asks for, vote by vote', async () => {
  for (const pair of pairs) {
    const asked: Comparison[] = []
    const judge = voted(
      {
        async compare(comparisons) {
          asked.push(...comparisons)
          return comparisons.map(() => verdict(0))
        },
      },
      { votes: 6 },
    )
    const [{ votes }] = await judge.compare([pairComparison(pair, 7)])
    const papers = Array.from({ length: 6 }, (_, vote) => ballotPaper(pair, 7, vote))
    expect(papers.map(({ comparison }) => comparison)).toEqual(asked)
    for (const { right, comparison } of papers) {
      expect(comparison.responses[right]).toBe(pair.right.join('\n'))
      expect(comparison.responses[1 - right]).toBe(pair.wrong.join('\n'))
    }
    expect(papers.map(({ right }) => right).toSorted()).toEqual([0, 0, 0, 1, 1, 1])
    // the first place always won: as often the right response as the wrong one
    expect(votes).toEqual([3, 3])
  }
})

test('pairs are those that fit, no more than asked for, of all levels alike', () => {
  const { pairs: all, count } = chosenPairs(samples, 20, choice)
  expect(all.map(({ id }) => id).toSorted()).toEqual(pairs.map(({ id }) => id).toSorted())
  expect(count).toEqual({
    task: 'arithmetic',
    split: 'test',
    problems: 20,
    mixed: pairs.length,
    tooLong: 0,
    used: pairs.length,
  })
  const short = chosenPairs(samples, 20, { ...choice, tokens: ({ query }) => query.length, room: 60 })
  expect(short.count.tooLong).toBe(pairs.filter(({ problem }) => problem.length > 60).length)
  for (const { problem, shown } of short.pairs) expect(shown).toBe(problem.length)

  const levelled = [3, 4, 5].flatMap((level, i) =>
    labelledSamples(4 * (3 - i))
      .filter(({ id }) => id.startsWith('arithmetic'))
      .map((sample) => ({ ...sample, id: sample.id.replace(/@\d+/, `@${level}`) })),
  )
  const chosen = chosenPairs(levelled, 24, { ...choice, most: 9 }).pairs
  const counts = [3, 4, 5].map((level) => chosen.filter((pair) => pair.level === level).length)
  expect(counts).toEqual([3, 3, 3])
})
