import { describe, expect, it } from 'vitest'
import { grpo, returnsOf, rloo, stepRloo, whitened } from './advantages.ts'

it('returns add up what comes after, discounted', () => {
  expect(returnsOf([1, 2, 3])).toEqual([6, 5, 3])
  expect(returnsOf([1, 2, 4], 0.5)).toEqual([3, 4, 4])
  expect(returnsOf([])).toEqual([])
})

it('RLOO: the return from a token on, less the mean token return of the others', () => {
  // returns [3, 2], [4] and [0, 0, 3 3 3]: means 2.5, 4, 3
  const group = [[1, 2], [4], [0, 0, 3]]
  expect(rloo(group)).toEqual([[3 - 3.5, 2 - 3.5], [4 - 2.75], [3 - 3.25, 3 - 3.25, 3 - 3.25]])
  expect(rloo([[1, 2]])).toEqual([[0, 0]])
})

it('RLOO: with one reward at the end it is the outcome less the mean outcome of the others', () => {
  const advantages = rloo([
    [0, 0, 1],
    [0, 0],
    [0, 1],
  ])
  expect(advantages).toEqual([
    [0.5, 0.5, 0.5],
    [-1, -1],
    [0.5, 0.5],
  ])
})

describe('RLOO by step', () => {
  const [mid, end] = [false, true]

  it('the return from a token on, less what the others had ahead of them after as many steps', () => {
    // steps of [2, 1], [1, 1, 1] and [1] tokens; returns ahead of each step: [-3, -1], [-6, -5, -3], [-4]
    const group = [[0, -2, -1], [-1, -2, -3], [-4]]
    const ends = [[mid, end, end], [end, end, end], [end]]
    expect(stepRloo(group, ends)).toEqual([
      [-3 + 5, -3 + 5, -1 + 4.5],
      [-6 + 3.5, -5 + 2.5, -3 + 2.5],
      [-4 + 4.5],
    ])
    expect(stepRloo([[1, 2]], [[end, end]])).toEqual([[0, 0]])
    expect(stepRloo([[], [2]], [[], [end]])).toEqual([[], [0]])
  })

  it('with one reward at the end it is RLOO', () => {
    const group = [
      [0, 0, 1],
      [0, 0],
      [0, 1],
    ]
    const ends = [
      [mid, mid, end],
      [mid, end],
      [mid, end],
    ]
    expect(stepRloo(group, ends)).toEqual(rloo(group))
  })

  it('the baseline of a token does not hang on what its own rollout does from there on', () => {
    const others = [
      [-1, -2, 0, -1],
      [-3, 0],
    ]
    const marks = [
      [end, mid, end, end],
      [mid, end],
    ]
    const taken = (rewards: number[], own: boolean[]) => {
      const [advantages] = stepRloo([rewards, ...others], [own, ...marks])
      return returnsOf(rewards).map((value, t) => value - advantages[t])
    }
    const short = taken([0, -1, -5], [mid, end, end])
    const long = taken([0, -1, -2, 0, -7, 0], [mid, end, mid, end, mid, end])
    expect(long.slice(0, 3)).toEqual(short)
  })
})

it('GRPO: outcomes normalised in the group, the same for every token', () => {
  const [right, wrong] = grpo(
    [
      [0, 0, 1],
      [0, 0],
    ],
    [
      [false, false, true],
      [false, true],
    ],
  )
  for (const value of right) expect(value).toBeCloseTo(1, 5)
  for (const value of wrong) expect(value).toBeCloseTo(-1, 5)
})

it('GRPO: process rewards are normalised over all rewarded tokens, and those ahead add up', () => {
  // rewards 1, 3 and 5: mean 3, deviation sqrt(8/3)
  const [first, second] = grpo(
    [
      [1, 0, 3],
      [0, 5],
    ],
    [
      [true, false, true],
      [false, true],
    ],
  )
  const unit = Math.sqrt(8 / 3)
  for (const [t, value] of [-2, 0, 0].entries()) expect(first[t]).toBeCloseTo(value / unit, 5)
  for (const value of second) expect(value).toBeCloseTo(2 / unit, 5)
})

it('GRPO: a group that got all the same learns nothing', () => {
  expect(grpo([[0, 1], [1]], [[false, true], [true]])).toEqual([[0, 0], [0]])
})

it('whitened advantages have mean 0 and deviation 1 over all tokens', () => {
  const white = whitened([[1, 2, 3], [4], [10, -4]]).flat()
  expect(white.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 9)
  expect(white.reduce((sum, value) => sum + value ** 2, 0) / white.length).toBeCloseTo(1, 5)
  expect(whitened([[2, 2], [2]])).toEqual([[0, 0], [0]])
})
