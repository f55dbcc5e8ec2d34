import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import type { Comparison, PairJudge } from '../../reasoning/types.ts'
import { unsolvedPairs } from './difficulty.ts'
import type { JudgePair } from './pairs.ts'

const scratch = scratchFolder()

/** Pair i is judged right where `knows` says so; a judge that prefers the first place is right half of the time. */
const pairs: JudgePair[] = Array.from({ length: 300 }, (_, i) => ({
  id: `p${i}`,
  problem: `kind ${i % 4}`,
  right: [`right ${i}`],
  wrong: [`wrong ${i}`],
  level: 3,
  nearness: 0,
}))

function judge(asked: Comparison[] = [], stopAfter = Number.POSITIVE_INFINITY): PairJudge {
  return {
    async compare(comparisons) {
      if (asked.length + comparisons.length > stopAfter) throw new Error('killed')
      asked.push(...comparisons)
      return comparisons.map(({ query, responses }) => {
        const right = responses[0].startsWith('right') ? 0 : 1
        const winner = [right, 1 - right, 0, null][Number(query.slice(5))] as 0 | 1 | null
        return { winner, nonVerdict: winner === null ? 'unparseable' : null, reasoning: '', tokens: 1 }
      })
    },
  }
}

const kinds = (some: JudgePair[]) => [...new Set(some.map(({ problem }) => problem))].sort()

test('pairs that are right at every try go; a place that is always preferred, or no verdict, is not right', async () => {
  const asked: Comparison[] = []
  const left = await unsolvedPairs(judge(asked), pairs, {
    tries: 4,
    seed: 1,
    by: 'base',
    enough: 1000,
    file: join(scratch, 'a.jsonl'),
  })
  expect(kinds(left)).toEqual(['kind 1', 'kind 2', 'kind 3'])
  expect(left).toEqual(pairs.filter((_, i) => i % 4 !== 0))
  // four, two, three and one of a kind: after a wrong one there is no use in more
  expect(asked).toHaveLength(75 * (4 + 1 + 2 + 1))
  expect(new Set(asked.map(({ seed }) => seed)).size).toBe(asked.length)
})

test('with enough of them the rest is not tried; the first ones are the same', async () => {
  const asked: Comparison[] = []
  const options = { tries: 4, seed: 1, by: 'base', enough: 60, file: join(scratch, 'enough.jsonl') }
  const left = await unsolvedPairs(judge(asked), pairs, options)
  expect(left).toEqual(pairs.filter((_, i) => i % 4 !== 0).slice(0, 60))
  expect(asked).toHaveLength(64 * (4 + 1 + 2 + 1))
  expect(await unsolvedPairs(judge([], 0), pairs, options)).toEqual(left)
})

test('cut off, it asks for no pair again, and ends with the same', async () => {
  const file = join(scratch, 'b.jsonl')
  const options = { tries: 2, seed: 1, by: 'base', enough: 1000, file }
  const first: Comparison[] = []
  await expect(unsolvedPairs(judge(first, 400), pairs, options)).rejects.toThrow('killed')
  const second: Comparison[] = []
  const left = await unsolvedPairs(judge(second), pairs, options)
  expect(first.length).toBe(64 * (2 + 1 + 2 + 1))
  expect(first.length + second.length).toBe(75 * (2 + 1 + 2 + 1))
  expect(left).toEqual(await unsolvedPairs(judge(), pairs, { ...options, file: join(scratch, 'c.jsonl') }))
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(300)
})

test('results of other tries, of another judge and of another pair are refused', async () => {
  const options = { tries: 2, seed: 1, by: 'base', enough: 1000, file: join(scratch, 'e.jsonl') }
  await unsolvedPairs(judge(), pairs, options)
  const again = (others: Partial<typeof options>, of = pairs) =>
    unsolvedPairs(judge(), of, { ...options, ...others })
  for (const others of [{ tries: 4 }, { seed: 2 }, { by: 'another' }])
    await expect(again(others)).rejects.toThrow('e.jsonl:1: was tried otherwise')
  const [first, ...rest] = pairs
  await expect(again({}, [{ ...first, right: first.wrong, wrong: first.right }, ...rest])).rejects.toThrow(
    'e.jsonl:1',
  )
  await expect(again({}, rest)).rejects.toThrow('e.jsonl:1')
  await again({})
})
