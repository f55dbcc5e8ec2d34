import { expect, it } from 'vitest'
import { penalised } from './penalties.ts'
import type { ProcessReward } from './rewards.ts'

const problem = 'Compute 5 + ((6 - 4) - 3).'
const apart = ['6 - 4 = 2, so 5 + (2 - 3)', '2 - 3 = -1, so 5 + -1', '5 + -1 = 4', 'Answer: 4']
const merged = ['6 - 4 = 2 and 2 - 3 = -1, so 5 + -1', '5 + -1 = 4', 'Answer: 4']
const sum = (values: number[] | null) => values!.reduce((total, value) => total + value, 0)

/** Likes few steps. */
const few: ProcessReward = {
  earning: 'step',
  floor: -9,
  score: async (solutions) => solutions.map(({ steps }) => steps.map(() => -0.1)),
}

it('a penalty stands on the step in which the hack is, and turns what pays', async () => {
  const solutions = [apart, merged].map((steps) => ({ problem, steps }))
  const [before, after] = await Promise.all(
    [few, penalised(few, { merging: 0.5 })].map(({ score }) => score(solutions)),
  )
  expect(sum(before[1])).toBeGreaterThan(sum(before[0]))
  expect(after).toEqual([before[0], [-0.6, -0.1, -0.1]])
  expect(sum(after[1])).toBeLessThan(sum(after[0]))
  const [twice] = await penalised(few, { checks: 1, answers: 2 }).score([
    { problem, steps: ['Check: 1', 'Answer: 4', 'Answer: 4'] },
  ])
  expect(twice).toEqual([-1.1, -0.1, -2.1])
})

it('what could not be scored stays so', async () => {
  const silent: ProcessReward = { earning: 'step', floor: 0, score: async () => [null] }
  expect(await penalised(silent, { checks: 1 }).score([{ problem, steps: ['Check: 1'] }])).toEqual([null])
})

it('of an outcome all penalties come off its one reward: two without any earn the same, however long', async () => {
  const outcome: ProcessReward = {
    earning: 'outcome',
    floor: 0,
    score: async (solutions) =>
      solutions.map(({ steps }) => steps.map((_, t) => (t === steps.length - 1 ? 0.8 : 0))),
  }
  const { earning, score } = penalised(outcome, { checks: 0.1 })
  expect(earning).toBe('outcome')
  const checked = ['Check: 1', ...merged.slice(0, -1), 'Check: 2', 'Answer: 4']
  expect(await score([apart, merged, checked].map((steps) => ({ problem, steps })))).toEqual([
    [0, 0, 0, 0.8],
    [0, 0, 0.8],
    [0, 0, 0, 0, expect.closeTo(0.6, 9)],
  ])
})

it('whether a guess costs shows in the end', () => {
  expect(penalised(few, { checks: 1 }).earning).toBe('step')
  expect(penalised(few, { guessing: 1 }).earning).toBe('whole')
})
