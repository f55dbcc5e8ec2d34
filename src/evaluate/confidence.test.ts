import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import type { Outcome } from '../search/confidence.ts'
import { confidenceThreshold, keptPromises, outcomeOf } from './confidence.ts'

const folder = scratchFolder()

test('the outcome of a pool is the best of its first n samples', () => {
  const pool = {
    id: 'a',
    problem: 'p',
    distinct: 4,
    tokens: 9,
    answer: ['1', '2', null, '3'],
    correct: [0, 1, 0, 1] as (0 | 1)[],
    first_error: [0, null, 0, null],
    rewards: { crm: { score: [Math.log(0.5), Math.log(0.25), null, Math.log(0.75)] } },
  }
  expect(outcomeOf(pool, 'crm', 2)).toEqual({ confidence: 0.5, correct: false })
  expect(outcomeOf(pool, 'crm', 4)).toEqual({ confidence: 0.75, correct: true })
  const nothing = { ...pool, answer: [null], rewards: { crm: { score: [null] } } }
  expect(outcomeOf(nothing, 'crm', 1)).toEqual({ confidence: 0, correct: false })
})

// sure and right, sure and wrong once, unsure and wrong
const outcomes: Outcome[] = Array.from({ length: 200 }, (_, i) => ({
  confidence: i < 100 ? 0.9 : 0.2,
  correct: i < 99,
}))

test('what was promised is measured on every other set', () => {
  const [promise, none] = keptPromises(
    outcomes,
    { same: outcomes, worse: outcomes.slice(90) },
    [0.1, 0.001],
    {
      seed: 1,
      resamples: 50,
    },
  )
  expect(promise).toMatchObject({
    error: 0.1,
    threshold: { threshold: 0.9, answered: 0.5, wrong: 1 },
    measured: {
      same: { problems: 200, answered: { mean: 0.5 }, wrong: { mean: 0.01 } },
      worse: { problems: 110, answered: { mean: 10 / 110 }, wrong: { mean: 0.1 } },
    },
  })
  // none of 20 wrong is no proof that none ever is
  const [few] = keptPromises(outcomes, { few: outcomes.slice(0, 20) }, [0.1], { seed: 1, resamples: 50 })
  expect(few.measured.few.wrong).toEqual({ mean: 0, low: 0, high: expect.closeTo(0.168, 3) })
  expect(none).toMatchObject({ threshold: null, measured: { same: { answered: { mean: 0 }, wrong: null } } })
})

const use = { n: 16, temperature: 0.8, topP: 1, maxTokens: 384, policy: 'p', reward: 'r' }
const file = join(folder, 'calibration.json')
writeFileSync(
  file,
  JSON.stringify({
    format: 1,
    ...use,
    problems: '200 of nothing',
    outcomes: outcomes.map(({ confidence, correct }) => [confidence, correct ? 1 : 0]),
  }),
)

test('a calibration file gives the threshold of a confidence', async () => {
  expect(await confidenceThreshold(file, 0.9, use)).toMatchObject({
    threshold: 0.9,
    minConfidence: 0.9,
    delta: 0.05,
    problems: '200 of nothing',
  })
})

test.each([
  ['no such file', join(folder, 'nothing.json'), 0.9, use, 'no such calibration file'],
  ['other models', file, 0.9, { ...use, policy: 'q' }, 'was made for another policy checkpoint'],
  [
    'other options',
    file,
    0.9,
    { ...use, n: 8, topP: 0.9 },
    'made for n = 16, not 8, and for topP = 1, not 0.9',
  ],
  ['shorter samples', file, 0.9, { ...use, maxTokens: 44 }, 'made for maxTokens = 384, not 44'],
  ['too much', file, 0.999, use, 'it cannot be promised that 0.999 of the answers are right'],
] as const)('%s is refused', async (_, path, confidence, used, message) => {
  await expect(confidenceThreshold(path, confidence, used)).rejects.toThrow(message)
})

test('a file of something else is refused', async () => {
  const other = join(folder, 'other.json')
  for (const text of ['{', '{}', '[]']) {
    writeFileSync(other, text)
    await expect(confidenceThreshold(other, 0.9, use)).rejects.toThrow('is no calibration file')
  }
})
