import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bigBenchMistake } from './big-bench-mistake.ts'
import { description } from './description.ts'
import { all, realTest } from './shared-data.fixture.ts'
import { readSolutions, writtenAs } from './solutions.ts'

const row = {
  input: '2 * 3 - 1 =',
  steps: ['2 * 3 = 5', '5 - 1 = 4. So the answer is 4'],
  target: '5',
  answer: '4',
  mistake_index: 0,
}
const read = (fields: object) => bigBenchMistake.read({ ...row, ...fields }, { id: 'b-0' })[0]

test('there and back', () => {
  const solution = read({})
  expect(solution).toEqual({
    id: 'b-0',
    problem: row.input,
    steps: row.steps,
    answer: '4',
    correct: false,
    first_error: 0,
    truth: '5',
  })
  expect(bigBenchMistake.write!(solution)).toEqual(row)
})

test('mistake and answer are independent, and no answer is a wrong one', () => {
  expect(read({ answer: '5' })).toMatchObject({ correct: true, first_error: 0 })
  expect(read({ mistake_index: null })).toMatchObject({ correct: false, first_error: null })
  const none = read({ answer: null, mistake_index: null })
  expect(none).toMatchObject({ correct: false, first_error: null })
  expect('answer' in none).toBe(false)
  expect(bigBenchMistake.write!(none)).toEqual({ ...row, answer: null, mistake_index: null })
})

test.each([
  [{ mistake_index: 2 }, 'mistake_index is 2 (0 is the first), which is none of its 2 steps'],
  [{ mistake_index: '0' }, 'mistake_index must be a whole number (0 is the first step) or null'],
  [{ steps: ['a', ''] }, 'steps[1] must be a non-empty string'],
  [{ target: undefined }, 'target is missing'],
])('%j is refused', (fields, fault) => {
  expect(() => read(fields)).toThrow(fault)
})

test('a row without the right answer or labels is not written', () => {
  expect(() => bigBenchMistake.write!({ ...read({}), truth: undefined })).toThrow('"truth" is missing')
  expect(() => bigBenchMistake.write!({ ...read({}), first_error: undefined })).toThrow(
    '"first_error" is missing',
  )
  expect(() => bigBenchMistake.write!({ ...read({}), correct: true })).toThrow(
    '"correct" is true, but "answer" and "truth" are not the same',
  )
})

realTest('multistep arithmetic', 'big_bench_mistake/multistep_arithmetic.first100.jsonl', async (path) => {
  const found = await description(readSolutions(path))
  expect(found).toMatchObject({
    solutions: 100,
    steps: 490,
    first_error: { at: [0, 26, 29, 10, 7, 8], none: 20 },
  })
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  expect(await all(writtenAs(bigBenchMistake, readSolutions(path)))).toEqual(
    lines.map((line) => JSON.parse(line)),
  )
})

realTest('shuffled objects', 'big_bench_mistake/tracking_shuffled_objects.first100.jsonl', async (path) => {
  expect(await description(readSolutions(path))).toMatchObject({
    solutions: 100,
    steps: 543,
    first_error: { at: [0, 11, 23, 45, 2, 3], none: 16 },
    right_with_error: 4,
    wrong_without_error: 7,
  })
})
