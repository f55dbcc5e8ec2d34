import { expect, test } from 'vitest'
import { description } from './description.ts'
import { processBench } from './processbench.ts'
import { all, realTest } from './shared-data.fixture.ts'
import { readSolutions, writtenAs } from './solutions.ts'

const row = {
  id: 'gsm8k-1',
  generator: 'model',
  problem: '1 + 1?',
  steps: ['1 + 1 = 3', 'no, 2', 'The answer is \\boxed{2}.'],
  final_answer_correct: true,
  label: 0,
}
const context = { id: 'unused' }

test('a right answer with a wrong step keeps both; there and back', () => {
  const [solution] = processBench.read(row, context)
  expect(solution).toEqual({
    id: 'gsm8k-1',
    problem: '1 + 1?',
    steps: row.steps,
    answer: '2',
    correct: true,
    first_error: 0,
    generator: 'model',
  })
  expect(processBench.write!(solution)).toEqual(row)
})

test('-1 is none, also with a wrong answer', () => {
  const [solution] = processBench.read({ ...row, label: -1, final_answer_correct: false }, context)
  expect(solution).toMatchObject({ correct: false, first_error: null })
  expect(processBench.write!(solution)).toMatchObject({ label: -1, final_answer_correct: false })
})

test.each([
  [{ label: 3 }, 'label names step 3 (0 is the first), which is none of its 3 steps'],
  [{ label: -2 }, 'label names step -2'],
  [{ label: '1' }, 'label must be a whole number: -1 for no error'],
  [{ label: null }, 'label must be a whole number: -1 for no error'],
  [{ steps: ['a', '\n'] }, 'steps[1] must be a non-empty string'],
  [{ final_answer_correct: undefined }, 'final_answer_correct is missing'],
])('%j is refused', (fields, fault) => {
  expect(() => processBench.read({ ...row, ...fields }, context)).toThrow(fault)
})

test('a row without labels is not written', () => {
  const solution = { id: 'a', problem: 'P', steps: ['x'] }
  expect(() => processBench.write!(solution)).toThrow('"first_error" is missing')
  expect(() => processBench.write!({ ...solution, first_error: null })).toThrow('"correct" is missing')
})

realTest('the gsm8k split', 'processbench/gsm8k.json', async (path) => {
  const found = await description(readSolutions(path))
  expect(found).toMatchObject({
    format: 'processbench',
    solutions: 400,
    steps: 2082,
    right: 200,
    wrong: 200,
    right_with_error: 7,
    wrong_without_error: 0,
    first_error: { none: 193, unknown: 0 },
  })
  expect(found.first_error.at.reduce((sum, count) => sum + count)).toBe(207)
  const solutions = await all(readSolutions(path))
  const written = await all(writtenAs(processBench, readSolutions(path)))
  for (const [i, row] of written.entries())
    expect(processBench.read(row, context)).toEqual([solutions[i].row])
})
