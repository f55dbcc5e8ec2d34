import { expect, test } from 'vitest'
import type { Pair, RecordedJudgment } from '../../data/pairs/pair.ts'
import { all } from '../../data/shared-data.fixture.ts'
import { defaultTemplate } from '../../judge/default-template.ts'
import { chatJudge } from '../../judge/judge.ts'
import { simulatedJudge } from '../../judge/simulated.ts'
import type { ChatModel, Comparison, Judgment, PairJudge } from '../../reasoning/types.ts'
import { differences, judgeInBothOrders, recordedJudgment } from './judge-run.ts'
import { asPublished } from './judged.fixture.ts'

const pair = (id: string, more: Partial<Pair> = {}): Pair => ({
  id,
  query: 'q',
  responses: [`${id} first`, `${id} second`],
  label: 0,
  ...more,
})

/** Says what `say` says, and keeps what it was asked. */
function scripted(say: (comparison: Comparison) => Judgment) {
  const asked: Comparison[][] = []
  const judge: PairJudge = {
    async compare(comparisons) {
      asked.push([...comparisons])
      return comparisons.map(say)
    },
  }
  return { judge, asked }
}
const wins = (winner: 0 | 1): Judgment => ({ winner, nonVerdict: null, reasoning: '', tokens: 1 })

test('each pair is shown in both orders, and the verdict of the swapped one flipped back', async () => {
  const { judge, asked } = scripted(({ responses }) => wins(responses[0].endsWith('second') ? 0 : 1))
  const [row] = await all(judgeInBothOrders([pair('a')], judge, { seed: 1 }))
  expect(asked[0].map(({ responses }) => responses)).toEqual([
    ['a first', 'a second'],
    ['a second', 'a first'],
  ])
  expect(row.orders.map((order) => [order?.verdict, order?.judgment.winner])).toEqual([
    [1, 1],
    [1, 0],
  ])
  expect(row.source).toBe('live')
})

test('seeds depend on seed, pair and order, not on the batch or the neighbours', async () => {
  const pairs = ['a', 'b', 'c'].map((id) => pair(id))
  const seeds = async (some: Pair[], options: { seed: number; batch?: number }) => {
    const { judge, asked } = scripted(() => wins(0))
    const rows = await all(judgeInBothOrders(some, judge, options))
    expect(rows.map((row) => row.pair)).toEqual(some)
    return { batches: asked.length, seeds: asked.flat().map(({ seed }) => seed) }
  }
  const alone = await seeds(pairs, { seed: 1, batch: 1 })
  const together = await seeds(pairs, { seed: 1 })
  expect([alone.batches, together.batches]).toEqual([3, 1])
  expect(together.seeds).toEqual(alone.seeds)
  expect(new Set(alone.seeds).size).toBe(6)
  expect((await seeds(pairs.slice(1), { seed: 1 })).seeds).toEqual(alone.seeds.slice(2))
  expect((await seeds(pairs, { seed: 2 })).seeds).not.toEqual(alone.seeds)
})

test('a missing verdict stays one in both orders; it is no tie', async () => {
  for (const nonVerdict of ['truncated', 'unparseable', 'refused', 'failed'] as const) {
    const { judge } = scripted(() => ({ winner: null, nonVerdict, reasoning: '', tokens: 1, error: 'no' }))
    const [{ orders }] = await all(judgeInBothOrders([pair('a')], judge, { seed: 1 }))
    expect(orders.map((order) => order?.verdict)).toEqual([null, null])
  }
})

test('a tie that a live judge calls is told from its refusals', async () => {
  const answering = (text: string): ChatModel => ({
    reply: async () => ({ text, reasoning: null, finish: 'stop', promptTokens: 1, tokens: 1 }),
  })
  const verdicts = async (text: string) => {
    const judge = chatJudge(answering(text), { template: defaultTemplate })
    const [{ orders }] = await all(judgeInBothOrders([pair('a')], judge, { seed: 1 }))
    return orders.map((order) => order?.verdict)
  }
  expect(await verdicts('\\boxed{Tie}')).toEqual(['tie', 'tie'])
  expect(await verdicts("I'm sorry, but I cannot judge this.")).toEqual([null, null])
  expect(await verdicts('\\boxed{Assistant 1}')).toEqual([0, 1])
})

test('a judge that gives too few judgments is told; an abort ends the run', async () => {
  const few: PairJudge = { compare: async () => [wins(0)] }
  await expect(all(judgeInBothOrders([pair('a')], few, { seed: 1 }))).rejects.toThrow(
    '1 judgments of 2 comparisons',
  )
  const { judge, asked } = scripted(() => wins(0))
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(all(judgeInBothOrders([pair('a')], judge, { seed: 1, signal }))).rejects.toThrow('enough')
  expect(asked).toEqual([])
})

test('a simulated judge of accuracy .8 is right about .8 of the time in each order', async () => {
  const quality = (response: string) => (response.endsWith('first') ? 1 : 0)
  const judge = simulatedJudge({ quality, accuracy: 0.8, seed: 1 })
  const pairs = Array.from({ length: 500 }, (_, i) => pair(String(i)))
  const rows = await all(judgeInBothOrders(pairs, judge, { seed: 1 }))
  for (const order of [0, 1]) {
    const right = rows.filter(({ orders }) => orders[order]?.verdict === 0).length
    expect(right / 500).toBeGreaterThan(0.75)
    expect(right / 500).toBeLessThan(0.85)
  }
})

const recorded = (text: string | null, published: RecordedJudgment['published'], more: object = {}) => ({
  text,
  dialect: 'arena' as const,
  cut: false,
  published,
  ...more,
})
/** Verdicts of both orders, from a text and a published verdict for both. */
function read(one: RecordedJudgment) {
  const { orders } = recordedJudgment(pair('a', { recorded: { asGiven: one, swapped: one } }))
  return orders.map((order) => [order?.verdict, order?.judgment.nonVerdict])
}

test('the text decides, not what was published; where there is none to read, what was published', () => {
  expect(read(recorded('[[A>B]]', 1))).toEqual([
    [0, null],
    [1, null],
  ])
  expect(read(recorded('[[A=B]]', 1))).toEqual([
    ['tie', 'refused'],
    ['tie', 'refused'],
  ])
  for (const one of [recorded('fine', 1, { dialect: null }), recorded(null, 1)])
    expect(read(one)).toEqual([
      [1, null],
      [1, null],
    ])
  expect(read(recorded(null, 'tie'))[0]).toEqual(['tie', 'refused'])
})

test('two different verdicts, a cut text and a missing one are none', () => {
  expect(read(recorded('[[A>B]] [[B>A]]', 0))[0]).toEqual([null, 'unparseable'])
  expect(read(recorded('[[A>B]]', 0, { cut: true }))[0]).toEqual([null, 'truncated'])
  expect(read(recorded('I cannot judge.', 0))[0]).toEqual([null, 'refused'])
  expect(read(recorded(null, null))[0]).toEqual([null, 'failed'])
  expect(read(recorded('x', null, { dialect: null }))[0]).toEqual([null, 'unparseable'])
  expect(read(recorded('x', null, { dialect: null, cut: true }))[0]).toEqual([null, 'truncated'])
})

test('winners of recorded judgments are places as shown, published or read', () => {
  for (const one of [recorded('[[A>B]]', 0), recorded(null, 0)]) {
    const { orders } = recordedJudgment(pair('a', { recorded: { swapped: one } }))
    expect(orders[0]).toBe(null)
    expect(orders[1]?.judgment.winner).toBe(one.text === null ? 1 : 0)
    expect(orders[1]?.verdict).toBe(one.text === null ? 0 : 1)
  }
})

test('differences between text and published verdict are told, and undone by asPublished', () => {
  const row = recordedJudgment(
    pair('a', { recorded: { asGiven: recorded('[[A>B]]', 0), swapped: recorded('[[A>B]]', 0) } }),
  )
  expect(differences([row])).toEqual([{ id: 'a', order: 'swapped', published: 0, read: 1, text: '[[A>B]]' }])
  const published = asPublished(row)
  expect(published.orders.map((order) => [order?.verdict, order?.judgment.winner])).toEqual([
    [0, 0],
    [0, 1],
  ])
  expect(differences([published])).toEqual([])
})

test('a pair without judgments is refused', () => {
  expect(() => recordedJudgment(pair('a'))).toThrow('holds no judgment of a')
})
