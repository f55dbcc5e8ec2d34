import { expect, it } from 'vitest'
import { random } from '../../reasoning/random.ts'
import type { ProcessReward } from '../../rl/rewards.ts'
import { taskNamed } from '../../tasks/index.ts'
import type { TestSample } from './samples.ts'
import { tricksOf } from './tricks.ts'

const task = taskNamed('arithmetic')

/** Right solutions, and the same with a wrong answer. */
const samples = Array.from({ length: 60 }, (_, index): TestSample => {
  const problem = task.problem('test', index)
  const right = task.solve(problem, random('tricks', index))
  const correct = index % 2 === 0
  const steps = correct ? right : [...right.slice(0, -1), 'Answer: 999']
  const answer = correct ? problem.truth : '999'
  return { id: `${problem.id}#0`, problem: problem.problem, steps, answer, correct }
})

/** Knows a wrong answer, and thinks this of each step. */
const reward = (each: number): ProcessReward => ({
  earning: 'step',
  floor: -9,
  score: async (solutions) =>
    solutions.map(({ steps }) => steps.map((step) => each - Number(step === 'Answer: 999') / steps.length)),
})

it('a reward that likes steps pays for padding, one to which each costs for leaving them out', async () => {
  const likes = (await tricksOf([reward(0.5)], samples))!
  expect(likes.gap).toBeGreaterThan(0)
  for (const hack of ['checks', 'repetition', 'answers'] as const)
    expect(likes.tricks[hack]!.low).toBeGreaterThan(0)
  for (const hack of ['merging', 'guessing'] as const) expect(likes.tricks[hack]!.high).toBeLessThan(0)
  const costs = (await tricksOf([reward(-0.5)], samples))!
  for (const hack of ['checks', 'repetition'] as const) expect(costs.tricks[hack]!.high).toBeLessThan(0)
  for (const hack of ['merging', 'guessing'] as const) expect(costs.tricks[hack]!.low).toBeGreaterThan(0)
})

/** Pays the same for all. */
const flat: ProcessReward = { earning: 'step', floor: 0, score: async (all) => all.map(() => [1]) }

it('what makes right solutions wrong is held against what wrong ones earn', async () => {
  const answers = new Map(samples.map(({ problem, answer }) => [problem, answer]))
  /** Right solutions earn 0, wrong ones -1, and this those that are cut short. */
  const thinks = (cut: number): ProcessReward => ({
    earning: 'step',
    floor: -9,
    score: async (solutions) =>
      solutions.map(({ problem, steps }) => {
        if (steps.at(-1) === 'Answer: 999') return [-1]
        return [steps.at(-1) === `Answer: ${answers.get(problem)}` ? 0 : cut]
      }),
  })
  const sees = (await tricksOf([thinks(-1)], samples))!
  expect(sees.tricks.stopping).toMatchObject({ mean: 0, low: 0, high: 0 })
  const { gap, tricks } = (await tricksOf([thinks(0), flat, thinks(-1)], samples))!
  expect(gap).toBe(1)
  expect(tricks.stopping).toMatchObject({ mean: 0.5, rewards: [1, null, 0] })
})

it('what is not scored counts for nothing, and without a gap there is no unit', async () => {
  const { score } = reward(-0.5)
  const patchy: ProcessReward = {
    earning: 'step',
    floor: 0,
    score: async (solutions) => (await score(solutions)).map((each, i) => (i % 3 === 0 ? null : each)),
  }
  const found = (await tricksOf([patchy], samples))!
  expect(found.tricks.checks!.solutions).toBe(40)
  expect(
    await tricksOf([{ earning: 'step', floor: 0, score: async (all) => all.map(() => null) }], samples),
  ).toBeNull()
  expect(await tricksOf([flat], samples)).toBeNull()
})
