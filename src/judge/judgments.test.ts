import { expect, it } from 'vitest'
import type { Comparison, Judgment } from '../reasoning/types.ts'
import { bothOrders } from './both-orders.ts'
import { judge } from './judge-pairs.ts'
import { JudgeFailed, judgmentsOf } from './judgments.ts'
import { rank } from './rank-contests.ts'
import { voted } from './votes.ts'

const good: Judgment = { winner: 1, nonVerdict: null, reasoning: 'Longer.', tokens: 3 }
const saying = (given: unknown) => ({
  compare: async (comparisons: readonly Comparison[]) => comparisons.map(() => given as Judgment),
})
const pair: Comparison = { query: 'q', responses: ['a', 'bb'], seed: 1 }

it('what a judge says is passed on as it is', async () => {
  const open: Judgment = {
    winner: null,
    nonVerdict: 'refused',
    tie: true,
    reasoning: '',
    tokens: 0,
    error: 'a tie',
  }
  for (const judgment of [good, open])
    expect(await judgmentsOf(saying(judgment), [pair, pair])).toEqual([judgment, judgment])
})

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['no winner', {}],
  ['a name', { ...good, winner: 'B' }],
  ['a winner and why there is none', { ...good, nonVerdict: 'refused' }],
  ['no winner, and not why', { ...good, winner: null }],
  ['no tokens', { ...good, tokens: Number.NaN }],
])('a judgment that is none, %s, is a failure, and nobody wins by it', async (_, given) => {
  const broken = saying(given)
  const failing = { name: 'JudgeFailed' }
  await expect(judgmentsOf(broken, [pair])).rejects.toThrow(JudgeFailed)
  await expect(judge(pair, { judge: broken })).rejects.toMatchObject(failing)
  await expect(rank({ query: 'q', responses: ['a', 'b'] }, { judge: broken })).rejects.toMatchObject(failing)
  await expect(voted(broken, { votes: 3 }).compare([pair])).rejects.toMatchObject(failing)
  await expect(bothOrders(broken).compare([pair])).rejects.toMatchObject(failing)
})

it('one judgment a comparison, no fewer and no more', async () => {
  for (const count of [0, 2]) {
    const judge = { compare: async () => Array(count).fill(good) }
    await expect(judgmentsOf(judge, [pair])).rejects.toThrow(`gave ${count} judgments of 1 comparisons`)
  }
})
