import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { Comparison, Judgment } from '../../reasoning/types.ts'
import { verdict } from './bench.fixture.ts'
import { openJudgments } from './kept.ts'

const folder = scratchFolder()

const asked = Array.from({ length: 1200 }, (_, i) => ({
  id: `pair ${i}`,
  comparison: { query: `${i}`, responses: ['a', 'b'], seed: i } satisfies Comparison as Comparison,
}))

/** Says who wins by the seed, and remembers what it was asked; from some comparison on it fails. */
function countingJudge(until = Number.POSITIVE_INFINITY) {
  const seen: number[] = []
  const judge = async (comparisons: readonly Comparison[]): Promise<Judgment[]> => {
    if (seen.length + comparisons.length > until) throw new Error('killed')
    seen.push(...comparisons.map(({ seed }) => seed))
    return comparisons.map(({ seed }) => verdict(seed % 3 === 2 ? null : ((seed % 3) as 0 | 1)))
  }
  return { judge, seen }
}

test('a run that was killed goes on: nothing that was kept is judged twice, and the rest is', async () => {
  const path = join(folder, 'killed.jsonl')
  const first = countingJudge(1000)
  const killed = await openJudgments(path)
  await expect(killed.judged(asked, first.judge)).rejects.toThrow('killed')
  await killed.close()
  expect(first.seen).toHaveLength(512)
  appendFileSync(path, '{"id":"pair 512","winner":')

  const again = countingJudge()
  const kept = await openJudgments(path)
  const told: number[] = []
  const judgments = await kept.judged(asked, again.judge, { onJudged: (some) => told.push(some) })
  await kept.close()
  expect(again.seen).toEqual(asked.slice(512).map(({ comparison }) => comparison.seed))
  expect(told).toEqual([512, 176])
  expect(judgments.map(({ winner }) => winner)).toEqual(asked.map((_, i) => (i % 3 === 2 ? null : i % 3)))

  const third = await openJudgments(path)
  const none = () => Promise.reject(new Error('asked again'))
  expect(await third.judged(asked.toReversed(), none)).toEqual(judgments.toReversed())
  await third.close()
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(asked.length)
})

test('one id is judged once, however often it is asked', async () => {
  const kept = await openJudgments(join(folder, 'twice.jsonl'))
  const { judge, seen } = countingJudge()
  const twice = [...asked.slice(0, 3), ...asked.slice(0, 3)]
  const judgments = await kept.judged(twice, judge)
  expect(seen).toEqual([0, 1, 2])
  expect(judgments.slice(3)).toEqual(judgments.slice(0, 3))
  await kept.close()
})

test('an abort keeps what was judged before it', async () => {
  const kept = await openJudgments(join(folder, 'aborted.jsonl'))
  const stop = new AbortController()
  const { judge, seen } = countingJudge()
  const onJudged = () => stop.abort(new Error('enough'))
  await expect(kept.judged(asked, judge, { signal: stop.signal, onJudged })).rejects.toThrow('enough')
  expect(seen).toHaveLength(512)
  expect([kept.has('pair 511'), kept.has('pair 512')]).toEqual([true, false])
  await kept.close()
})

test('a judge that loses a judgment, or a file of something else, is an error', async () => {
  const kept = await openJudgments(join(folder, 'lost.jsonl'))
  await expect(kept.judged(asked.slice(0, 2), async () => [verdict(0)])).rejects.toThrow('1 judgments of 2')
  await kept.close()
  writeFileSync(join(folder, 'other.jsonl'), '{"id":"pair 1","winner":2}\n')
  await expect(openJudgments(join(folder, 'other.jsonl'))).rejects.toThrow(InputError)
})
