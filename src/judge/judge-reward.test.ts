import { expect, it } from 'vitest'
import type { Comparison, Judgment, PairJudge } from '../reasoning/types.ts'
import { judgeReward } from './judge-reward.ts'

const verdict = (winner: 0 | 1 | null): Judgment => ({
  winner,
  nonVerdict: winner === null ? 'truncated' : null,
  reasoning: '',
  tokens: 1,
})

/** The larger number is better; 0 makes the judge silent. */
function numbers(asked: Comparison[] = []): PairJudge {
  return {
    async compare(comparisons) {
      asked.push(...comparisons)
      return comparisons.map(({ responses }) => {
        const [a, b] = responses.map((text) => Number(text.split('\n').at(-1)))
        return verdict(a === 0 || b === 0 ? null : a > b ? 0 : 1)
      })
    },
  }
}

const solution = (problem: string, value: number) => ({ problem, steps: ['so', String(value)] })

it('each solution earns the share of its matches that it won, on its last step', async () => {
  const asked: Comparison[] = []
  const given = await judgeReward(numbers(asked), { seed: 1 })([
    solution('p', 3),
    solution('q', 5),
    solution('p', 1),
    solution('p', 2),
    solution('q', 4),
  ])
  expect(given).toEqual([
    [0, 1],
    [0, 1],
    [0, 0],
    [0, 0.5],
    [0, 0],
  ])
  expect(asked).toHaveLength(4)
  for (const { query, responses } of asked)
    for (const text of responses) expect(text).toMatch(query === 'p' ? /[123]$/ : /[45]$/)
})

it('equal texts share a match without a call', async () => {
  const asked: Comparison[] = []
  const given = await judgeReward(numbers(asked), { seed: 1 })([
    solution('p', 2),
    solution('p', 2),
    solution('p', 1),
  ])
  expect(given.map((each) => each?.[1])).toEqual([0.75, 0.75, 0])
  expect(asked).toHaveLength(2)
})

it('no verdict is no win, no loss and no half; without any the solution is not scored', async () => {
  const given = await judgeReward(numbers(), { seed: 1 })([
    solution('p', 0),
    solution('p', 2),
    solution('p', 1),
  ])
  expect(given).toEqual([null, [0, 1], [0, 0]])
})

it('a solution that nothing else was given against has won', async () => {
  const given = await judgeReward(numbers(), { seed: 1 })([solution('p', 1), solution('q', 0)])
  expect(given).toEqual([
    [0, 1],
    [0, 1],
  ])
})

it('which one is shown first is drawn by lot, the same each time', async () => {
  const [once, twice]: Comparison[][] = [[], []]
  const solutions = Array.from({ length: 40 }, (_, i) => [solution(`p${i}`, 1), solution(`p${i}`, 2)]).flat()
  await judgeReward(numbers(once), { seed: 1 })(solutions)
  await judgeReward(numbers(twice), { seed: 1 })(solutions)
  expect(twice).toEqual(once)
  const other: Comparison[] = []
  await judgeReward(numbers(other), { seed: 2 })(solutions)
  expect(other).not.toEqual(once)
  const first = once.filter(({ responses }) => responses[0].endsWith('1')).length
  expect(first).toBeGreaterThan(8)
  expect(first).toBeLessThan(32)
})
