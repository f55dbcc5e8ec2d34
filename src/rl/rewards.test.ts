import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { tokenRewards } from './rewards.ts'
import { rolloutOf } from './rollouts.ts'

const scratch = scratchFolder()
const { tokenizer } = readCheckpoint(writeTinyModels(scratch).policy)

const { step, end } = tokenizer.specials
const problem = 'Compute 1 + 1.'
const prompt = tokenizer.encodePrompt(problem)
const text = (...steps: string[]) => steps.flatMap((each) => [...tokenizer.encodeText(each), step])
const rolled = (tokens: number[]) => ({
  ...rolloutOf(tokenizer, prompt, tokens),
  problem,
  logProbabilities: [],
})

const whole = rolled([...text('Check: 1', '', 'Answer: 2'), end])
const endless = rolled(text('Check: 1', 'Check: 2'))
const speechless = rolled([...text('Check: 1'), end])
const unclosed = rolled([...text('Check: 1'), ...tokenizer.encodeText('Answer: 2'), end])

it('steps end where their last token stands, the last with the solution; a blank one is none', () => {
  expect(whole).toMatchObject({ steps: ['Check: 1', 'Answer: 2'], answer: '2', ended: true })
  expect(whole.stepEnds.map((at) => whole.ids[at])).toEqual([step, end])
  expect(whole.stepEnds[1]).toBe(whole.ids.length - 1)
  expect(whole.ids.slice(whole.stepEnds[0] + 1, whole.stepEnds[0] + 3)).toEqual([
    step,
    tokenizer.encodeText('Answer')[0],
  ])
  expect(endless).toMatchObject({ answer: null, ended: false })
  expect(unclosed).toMatchObject({ steps: ['Check: 1', 'Answer: 2'], answer: '2' })
  expect(unclosed.stepEnds[1]).toBe(unclosed.ids.length - 1)
  expect(endless.stepEnds.map((at) => endless.ids[at])).toEqual([step, step])
})

it('a step is rewarded on its last token, a right answer on the last of all, and silence gets the floor', async () => {
  const asked: string[][] = []
  const score = async (solutions: { steps: string[] }[]) => {
    asked.push(...solutions.map(({ steps }) => steps))
    return solutions.map((_, i) => [-0.5 - i, -1])
  }
  const rollouts = [whole, endless, speechless, unclosed]
  const verified = { correct: [true, false, false, true], weight: 2 }
  const given = await tokenRewards(rollouts, { score, floor: -7 }, verified)
  expect(asked).toEqual([whole.steps, unclosed.steps])
  const nonzero = given.map((each, i) => {
    const { promptLength } = rollouts[i]
    return each!.rewards.flatMap((reward, t) => (reward === 0 ? [] : [[t + promptLength, reward]]))
  })
  expect(nonzero).toEqual([
    [
      [whole.stepEnds[0], -0.5],
      [whole.ids.length - 1, 1],
    ],
    [[endless.ids.length - 1, -7]],
    [[speechless.ids.length - 1, -7]],
    [
      [unclosed.stepEnds[0], -1.5],
      [unclosed.ids.length - 1, 1],
    ],
  ])
  expect(given.map((each) => each!.proxy)).toEqual([-1.5, -7, -7, -2.5])
})

it('a reward that failed is none, whatever the verifier says', async () => {
  const verified = { correct: [true], weight: 1 }
  expect(await tokenRewards([whole], { score: async () => [null], floor: 0 }, verified)).toEqual([null])
})

it('no answer never earns more than the worst answer of the step', async () => {
  const score = async () => [
    [-8, -4],
    [-0.5, -1],
  ]
  const given = await tokenRewards([endless, whole, unclosed], { score, floor: -7 }, null)
  expect(given.map((each) => each!.proxy)).toEqual([-12, -12, -1.5])
  // by what was scored: a failure sets no floor
  const patchy = async () => [null, [-0.5, Number.NaN]]
  const [silence, ...others] = await tokenRewards(
    [endless, whole, unclosed],
    { score: patchy, floor: -7 },
    null,
  )
  expect(silence!.proxy).toBe(-7)
  expect(others).toEqual([null, null])
})

it('rewards that fit no step are an error, not a reward for another', async () => {
  const score = async () => [[-1]]
  await expect(tokenRewards([whole], { score, floor: 0 }, null)).rejects.toThrow(
    '1 rewards for a solution of 2 steps',
  )
})

it('without a process reward only the answer counts', async () => {
  const [given] = await tokenRewards([endless], null, { correct: [false], weight: 1 })
  expect(given).toMatchObject({ proxy: 0 })
  expect(given!.rewards.every((reward) => reward === 0)).toBe(true)
  expect(given!.rewarded.filter(Boolean)).toHaveLength(1)
})
