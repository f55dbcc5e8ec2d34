import { expect, test } from 'vitest'
import { voteReward } from './vote-reward.ts'

test('the answer of more attempts at the same problem earns more, on the last step alone', async () => {
  const attempt = (problem: string, answer: number) => ({ problem, steps: ['a step', `Answer: ${answer}`] })
  const solutions = [attempt('p', 7), attempt('p', 8), attempt('q', 8), attempt('p', 7)]
  const rewards = await voteReward.score(solutions)
  expect(rewards.map((each) => each?.[0])).toEqual([0, 0, 0, 0])
  const [seven, eight, alone, again] = rewards.map((each) => each?.[1])
  expect(seven).toBe(again)
  expect(seven).toBeCloseTo(2 / 4)
  expect(eight).toBeCloseTo(1 / 4)
  expect(alone).toBeCloseTo(1 / 2)
})
