import { afterAll, expect, expectTypeOf, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { ScorerFailed } from './checked.ts'
import { type Scorer, type StepScored, score } from './score.ts'
import { embeddedScorer } from './scorer.ts'
import type { RewardScores } from './scores.ts'

const folder = scratchFolder()
const scorer = embeddedScorer(writeTinyModels(folder).reward, { threads: 1 })
afterAll(async () => {
  await scorer.close()
})

const solution = { problem: 'Compute 3 + 4.', steps: ['3 + 4 = 8', 'Answer: 8'] }
const other = { problem: 'Compute 3 + 4.', steps: ['Answer: 7'] }

test('one solution has one answer, many have a list; both say what the model says', async () => {
  const given = await scorer.session().scores([solution, other])
  expect(await score([solution, other], { scorer: scorer.session() })).toEqual(given)
  expect(await score(other, { scorer: scorer.session() })).toMatchObject({
    p_correct: expect.closeTo(given[1].p_correct, 4),
  })
  expect(await score([], { scorer })).toEqual([])
})

test('hazards alone make a whole score', async () => {
  const hazards = { score: async () => [[0.5, 0.2]] }
  const scores = await score(solution, { scorer: hazards })
  expect(scores).toMatchObject({ hazards: [0.5, 0.2], survival: [0.5, expect.closeTo(0.4, 12)] })
  expect(scores.p_correct).toBeCloseTo(0.4, 12)
  expect(scores.score).toBeCloseTo(Math.log(0.4), 12)
})

test('every step is told of, in order', async () => {
  const events: StepScored[] = []
  const { hazards, survival } = await score(solution, { scorer, onEvent: (event) => events.push(event) })
  const { problem, steps } = solution
  expect(events).toEqual([
    { type: 'step-scored', problem, steps: steps.slice(0, 1), hazard: hazards?.[0], survival: survival?.[0] },
    { type: 'step-scored', problem, steps, hazard: hazards?.[1], survival: survival?.[1] },
  ])
})

test('a failed scorer is an error, never a number', async () => {
  const scorers: Scorer[] = [
    { score: async () => [] },
    { score: async () => [[0.1]] },
    { score: async () => [[0.1, -0.1]] },
    { scores: async () => [{ score: Number.POSITIVE_INFINITY, p_correct: 1 }] },
    { scores: async () => [{ score: -1, p_correct: 0.4, rewards: [-1] }] },
    { scores: async () => [{ score: -1, p_correct: 0.4, read_outs: [-1, Number.NaN] }] },
  ]
  for (const scorer of scorers) await expect(score(solution, { scorer })).rejects.toThrow(ScorerFailed)
  await expect(score({ ...solution, steps: [] }, { scorer })).rejects.toThrow(InputError)
})

test('an abort ends an embedded scorer under way, which then goes on with others', async () => {
  const many = Array.from({ length: 4000 }, (_, i) => ({
    problem: `Compute ${i}.`,
    steps: ['3 + 4 = 8', 'Answer: 8'],
  }))
  const abort = new AbortController()
  const [stopped, other] = [score(many, { scorer, signal: abort.signal }), score(solution, { scorer })]
  setTimeout(() => abort.abort(new Error('enough')), 20)
  await expect(stopped).rejects.toThrow('enough')
  expect((await other).hazards).toHaveLength(2)
  await expect(score(many, { scorer, signal: abort.signal })).rejects.toThrow('enough')
})

test('types follow what was given', () => {
  const one = () => score(solution)
  const many = () => score([solution])
  expectTypeOf(one).returns.resolves.toEqualTypeOf<RewardScores>()
  expectTypeOf(many).returns.resolves.toEqualTypeOf<RewardScores[]>()
})

test('what is no solution is refused, whoever scores', async () => {
  const refused = async (given: unknown, fault: string) => {
    const scored = score(given as typeof solution, { scorer: { score: async () => [[0.1]] } })
    await expect(scored).rejects.toThrow(InputError)
    await expect(scored).rejects.toThrow(fault)
  }
  await refused({ problem: 'x' }, 'steps is missing')
  await refused({ problem: '', steps: ['1'] }, 'problem must be a non-empty string')
  await refused({ problem: 'x', steps: [''] }, 'steps[0] must be a non-empty string')
  await refused({ problem: 'x', steps: 'Answer: 7' }, 'steps must be a list, not a string')
  await refused(null, 'the row must be an object, not null')
  await refused([other, { problem: 'x', steps: [] }], 'solution 1: steps must hold at least one step')
})
