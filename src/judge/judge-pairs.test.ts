import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Line } from '../data/jsonl.ts'
import type { PairRow } from '../data/pair-rows.ts'
import type { Comparison, Judgment, PairJudge } from '../reasoning/types.ts'
import { bothOrders } from './both-orders.ts'
import { judge as judgeOne, judgePairs, pairSeed } from './judge-pairs.ts'
import { voted } from './votes.ts'

const rows = (...rows: object[]) =>
  rows.map((row, i): Line<PairRow> => {
    const full = { id: `p${i}`, query: 'Which?', responses: ['9', '1'] as [string, string], ...row }
    return { line: i + 1, where: `pairs:${i + 1}`, row: full }
  })

/** Says that the larger number is better, and which text it saw first; fails on "broken". */
const judge: PairJudge = {
  compare: (comparisons) =>
    Promise.all(
      comparisons.map(async ({ query, responses, seed }: Comparison): Promise<Judgment> => {
        await setTimeout(seed % 5)
        const reasoning = `first was ${responses[0]}`
        if (query === 'broken')
          return { winner: null, nonVerdict: 'failed', reasoning, tokens: 0, error: 'no answer' }
        if (query === 'torn') return { winner: null, nonVerdict: 'unparseable', reasoning, tokens: 1 }
        return {
          winner: Number(responses[0]) > Number(responses[1]) ? 0 : 1,
          nonVerdict: null,
          reasoning,
          tokens: 2,
        }
      }),
    ),
}

async function* stream(lines: Line<PairRow>[], fault?: Error) {
  yield* lines
  if (fault) throw fault
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const options = { seed: 1, settings: 's' }

test('judgments come in the order of the pairs, whoever answers first; each depends on its own row alone', async () => {
  const pairs = rows(...Array.from({ length: 30 }, (_, i) => ({ responses: [`${i % 4}`, `${i % 3}`] })))
  const judged = await all(judgePairs(judge, stream(pairs), { ...options, ahead: 7 }))
  expect(judged.map(({ row }) => row.id)).toEqual(pairs.map(({ row }) => row.id))
  const alone = await all(judgePairs(judge, stream(pairs.slice(20, 21)), options))
  expect(alone[0]).toEqual(judged[20])
  expect(pairSeed(1, 'p0')).not.toBe(pairSeed(2, 'p0'))
})

test('a row gains its judgment and keeps the rest; what an earlier judge left in it is gone', async () => {
  const old = { winner: 1, consistent: true, votes: [3, 4], error: 'x', correct: false, reasoning: 'old' }
  const [line] = await all(judgePairs(judge, stream(rows({ ...old, topic: 'maths' })), options))
  expect(JSON.parse(JSON.stringify('judged' in line && line.judged))).toEqual({
    id: 'p0',
    query: 'Which?',
    responses: ['9', '1'],
    topic: 'maths',
    winner: 0,
    non_verdict: null,
    reasoning: 'first was 9',
    tokens: 2,
    settings: 's',
  })
})

test('with a label: right, wrong, or without a verdict neither', async () => {
  const pairs = rows({ label: 0 }, { label: 1 }, { label: 1, query: 'torn' })
  const judged = await all(judgePairs(judge, stream(pairs), options))
  expect(judged.map((line) => 'judged' in line && line.judged.correct)).toEqual([true, false, null])
})

test('a failure is no judgment, and spoils no other pair', async () => {
  const judged = await all(judgePairs(judge, stream(rows({}, { query: 'broken' }, {})), options))
  expect(judged.map((line) => ('error' in line ? line.error : line.judged.winner))).toEqual([
    0,
    'no answer',
    0,
  ])
})

test('what was read before a fault is judged, then the fault is thrown', async () => {
  const given: string[] = []
  const run = async () => {
    for await (const { row } of judgePairs(judge, stream(rows({}, {}), new Error('bad row')), options))
      given.push(row.id)
  }
  await expect(run()).rejects.toThrow('bad row')
  expect(given).toEqual(['p0', 'p1'])
})

test('places are those of the row: winners of both orders, votes, and which order a reasoning saw', async () => {
  const pairs = rows(...Array.from({ length: 8 }, () => ({})))
  for await (const line of judgePairs(bothOrders(judge), stream(pairs), options))
    expect('judged' in line && line.judged).toMatchObject({
      winner: 0,
      consistent: true,
      winners: { as_given: 0, swapped: 0 },
      reasoning: 'first was 9',
      swapped_reasoning: 'first was 1',
    })
  const orders = new Set<string>()
  for await (const line of judgePairs(voted(judge, { votes: 3 }), stream(pairs), options)) {
    if ('error' in line) throw new Error(line.error)
    const { winner, votes, reasoning, reasoning_order } = line.judged
    expect([winner, votes]).toEqual([0, [3, 0]])
    expect(reasoning).toBe(reasoning_order === 'swapped' ? 'first was 1' : 'first was 9')
    orders.add(String(reasoning_order))
  }
  expect(orders).toEqual(new Set(['swapped', 'as given']))
})

test('an abort ends it with its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const run = async () => {
    for await (const _ of judgePairs(judge, stream(rows({}, {}, {})), {
      ...options,
      ahead: 1,
      signal: controller.signal,
    }))
      controller.abort(reason)
  }
  await expect(run()).rejects.toBe(reason)
})

test('one pair is judged as in a stream of them; a failure and silence stay what they are', async () => {
  const pair = { query: 'Which?', responses: ['9', '1'] } as const
  expect(await judgeOne({ ...pair, id: 'p0' }, { judge })).toMatchObject({ winner: 0, nonVerdict: null })
  const asked: number[] = []
  const watching: PairJudge = {
    compare: (comparisons, options) => {
      asked.push(...comparisons.map(({ seed }) => seed))
      return judge.compare(comparisons, options)
    },
  }
  await judgeOne(pair, { judge: watching, seed: 4 })
  expect(asked).toEqual([pairSeed(4, 'Which?')])
  expect(await judgeOne({ ...pair, query: 'broken' }, { judge })).toMatchObject({
    winner: null,
    nonVerdict: 'failed',
    error: 'no answer',
  })
  const both = await judgeOne(pair, { judge, bothOrders: true })
  expect(both).toMatchObject({ winner: 0, consistent: true })
})

test('a judge that gives no judgment, or none in time, is an error', async () => {
  const pair = { query: 'Which?', responses: ['9', '1'] } as const
  await expect(judgeOne(pair, { judge: { compare: async () => [] } })).rejects.toThrow(
    'gave 0 judgments of 1',
  )
  const abort = new AbortController()
  const deaf = { compare: () => new Promise<never>(() => {}) }
  const waiting = judgeOne(pair, { judge: deaf, signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})
