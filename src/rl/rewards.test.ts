import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { grpo, returnsOf } from './advantages.ts'
import { byStep, type Earning, tokenRewards } from './rewards.ts'
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

it('steps end where their last token stands; a blank one is none', () => {
  expect(whole).toMatchObject({ steps: ['Check: 1', 'Answer: 2'], answer: '2', ended: true })
  expect(whole.stepEnds.map((at) => whole.ids[at])).toEqual([step, step])
  expect(whole.stepEnds[1]).toBe(whole.ids.length - 2)
  expect(whole.ids.slice(whole.stepEnds[0] + 1, whole.stepEnds[0] + 3)).toEqual([
    step,
    tokenizer.encodeText('Answer')[0],
  ])
  expect(endless).toMatchObject({ answer: null, ended: false })
  expect(unclosed).toMatchObject({ steps: ['Check: 1', 'Answer: 2'], answer: '2' })
  expect(unclosed.stepEnds[1]).toBe(unclosed.ids.length - 1)
  expect(endless.stepEnds.map((at) => endless.ids[at])).toEqual([step, step])
})

const placed = (given: { rewards: number[] } | null, { promptLength }: { promptLength: number }) =>
  given!.rewards.flatMap((reward, t) => (reward === 0 ? [] : [[t + promptLength, reward]]))

it('a step is rewarded on its last token, a right answer on the last of all, and silence gets the floor', async () => {
  const asked: string[][] = []
  const score = async (solutions: { steps: string[] }[]) => {
    asked.push(...solutions.map(({ steps }) => steps))
    return solutions.map((_, i) => [-0.5 - i, -1])
  }
  const rollouts = [whole, endless, speechless, unclosed]
  const verified = { correct: [true, false, false, true], weight: 2 }
  const given = await tokenRewards(rollouts, { score, earning: 'whole', floor: -7 }, verified)
  expect(asked).toEqual([whole.steps, unclosed.steps])
  const nonzero = given.map((each, i) => placed(each, rollouts[i]))
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
  expect(
    await tokenRewards([whole], { score: async () => [null], earning: 'step', floor: 0 }, verified),
  ).toEqual([null])
})

it('no answer never earns more than the worst answer of the step', async () => {
  const score = async () => [
    [-8, -4],
    [-0.5, -1],
  ]
  const given = await tokenRewards([endless, whole, unclosed], { score, earning: 'step', floor: -7 }, null)
  expect(given.map((each) => each!.proxy)).toEqual([-12, -12, -1.5])
  // by what was scored: a failure sets no floor
  const patchy = async () => [null, [-0.5, Number.NaN]]
  const [silence, ...others] = await tokenRewards(
    [endless, whole, unclosed],
    { score: patchy, earning: 'step', floor: -7 },
    null,
  )
  expect(silence!.proxy).toBe(-7)
  expect(others).toEqual([null, null])
})

it('rewards that fit no step are an error, not a reward for another', async () => {
  const score = async () => [[-1]]
  await expect(tokenRewards([whole], { score, earning: 'step', floor: 0 }, null)).rejects.toThrow(
    '1 rewards for a solution of 2 steps',
  )
})

it('without a process reward only the answer counts', async () => {
  const [given] = await tokenRewards([endless], null, { correct: [false], weight: 1 })
  expect(given).toMatchObject({ proxy: 0 })
  expect(given!.rewards.every((reward) => reward === 0)).toBe(true)
  expect(given!.rewarded.filter(Boolean)).toHaveLength(1)
})

it('what depends on the step alone lies on the step, what knows the last step on the end', async () => {
  const of = async (earning: Earning) => {
    const process = { score: async () => [[-1, -2]], earning, floor: 0 }
    const [given] = await tokenRewards([whole], process, { correct: [true], weight: 5 })
    expect(given!.proxy).toBe(-3)
    return given!
  }
  const [first, second] = whole.stepEnds
  const last = whole.ids.length - 1
  const own = [first, -1]
  expect(placed(await of('step'), whole)).toEqual([own, [second, -2], [last, 5]])
  expect(placed(await of('whole'), whole)).toEqual([own, [last, 3]])
  expect(placed(await of('outcome'), whole)).toEqual([[last, 3]])
  expect(byStep(await of('step'), whole)).toEqual([-1, 3])
  expect(byStep(await of('whole'), whole)).toEqual([-1, 3])
})

it('to stop is not charged what the last step has cost already', async () => {
  // the answer costs 5 whether or not a check for 0.1 follows it
  const ending = rolled([...text('Answer: 2'), end])
  const going = rolled([...text('Answer: 2', 'Check: 1'), end])
  const group = [{ ...going, answer: '2' }, ending]
  const score = async () => [[-5, -0.1], [-5]]
  const given = await tokenRewards(group, { score, earning: 'step', floor: -7 }, null)
  const [goes, stops] = given.map((each, i) => {
    const decides = group[i].stepEnds[0] + 1 - group[i].promptLength
    return returnsOf(each!.rewards)[decides]
  })
  expect([goes, stops]).toEqual([-0.1, 0])
})

it('GRPO of an outcome asks for no more than the outcome, however many steps there were', async () => {
  const short = rolled([...text('Answer: 2'), end])
  const group = [whole, short]
  const marks = async (outcomes: number[]) => {
    const score = async () =>
      group.map(({ steps }, i) => steps.map((_, t) => (t === steps.length - 1 ? outcomes[i] : 0)))
    const given = await tokenRewards(group, { score, earning: 'outcome', floor: 0 }, null)
    return grpo(
      given.map((each) => each!.rewards),
      given.map((each) => each!.rewarded),
    ).map(([first]) => first)
  }
  expect(await marks([0.9, 0.9])).toEqual([0, 0])
  const [good, guess] = await marks([0.9, 0.3])
  expect(good).toBeCloseTo(1, 3)
  expect(guess).toBeCloseTo(-1, 3)
})
