import { expect, test } from 'vitest'
import { all, realTest } from './shared-data.fixture.ts'
import { readSolutions } from './solutions.ts'
import { trl } from './trl.ts'

const row = { prompt: 'P?', completions: ['a\nb', 'c', 'Answer: 3'], labels: [true, false, true] }
const context = { id: 't-0' }

test('labels come as they are; the outcome is unknown unless the last label is it', () => {
  const [solution] = trl.read(row, context)
  expect(solution).toEqual({
    id: 't-0',
    problem: 'P?',
    steps: row.completions,
    answer: '3',
    first_error: 1,
    labels: row.labels,
  })
  expect(trl.read(row, { ...context, outcome: 'last-step' })).toEqual([{ ...solution, correct: true }])
  expect(trl.read({ ...row, labels: [1, 1, 0] }, context)).toMatchObject([{ first_error: 2 }])
})

test('there and back: a step that holds a separator is one step with one label', () => {
  expect(trl.write!(trl.read(row, context)[0])).toEqual(row)
})

test('labels are booleans: good before the first error, bad from there on', () => {
  const solution = { id: 'a', problem: 'P?', steps: ['x', 'y', 'z'] }
  const labels = (fields: object) => (trl.write!({ ...solution, ...fields }) as typeof row).labels
  expect(labels({ first_error: 1 })).toEqual([true, false, false])
  expect(labels({ first_error: 2, correct: true })).toEqual([true, true, false])
  expect(labels({ first_error: null })).toEqual([true, true, true])
  expect(labels({ correct: true })).toEqual([true, true, true])
  expect(() => labels({ first_error: 1, correct: true })).toThrow(
    'nothing tells which steps after it are good',
  )
  expect(() => labels({})).toThrow('its first error is not known')
  expect(() => labels({ correct: false })).toThrow('its first error is not known')
  expect(() => labels({ correct: false, first_error: null })).toThrow('its answer is wrong but no step')
})

test.each([
  [{ labels: [true] }, 'labels holds 1 labels for 3 completions'],
  [{ labels: [0.7, 0.2, 1] }, 'labels[0] must be true or false'],
  [{ completions: ['a', ' ', 'b'] }, 'steps[1] must be a non-empty string'],
  [{ completions: [], labels: [] }, 'steps must hold at least one step'],
  [{ prompt: [{ role: 'user', content: 'P?' }] }, 'prompt must be a string, not a list'],
])('%j is refused', (fields, fault) => {
  expect(() => trl.read({ ...row, ...fields }, context)).toThrow(fault)
})

realTest(
  "other people's rows keep every label there and back",
  'openr/samples_math-shepherd.jsonl',
  async (path) => {
    const rows = await all(readSolutions(path))
    expect(rows.length).toBeGreaterThan(0)
    for (const { row } of rows) {
      const [back] = trl.read(trl.write!(row), { id: row.id, outcome: 'last-step' })
      const { id, problem, steps, labels, first_error, correct } = row
      expect(back).toMatchObject({ id, problem, steps, labels, first_error, correct })
    }
  },
)
