import { expect, test } from 'vitest'
import { prmBench } from './prmbench.ts'

const row = {
  idx: 'prm_test_p1_0',
  original_question: 'P',
  modified_question: 'P?',
  original_process: ['x', 'y'],
  modified_process: ['a', 'b', 'c', 'd'],
  modified_steps: [2, 3],
  error_steps: [3, 2],
  reason: 'because',
  classification: 'circular',
}
const read = (fields: object) => prmBench.read({ ...row, ...fields }, { id: 'unused' })[0]

test('every bad step, from 1; the id is of class and index', () => {
  expect(read({})).toEqual({
    id: 'circular_prm_test_p1_0',
    problem: 'P?',
    steps: ['a', 'b', 'c', 'd'],
    first_error: 1,
    labels: [true, false, false, true],
    classification: 'circular',
    idx: 'prm_test_p1_0',
  })
  expect(read({ error_steps: [] })).toMatchObject({ first_error: null, labels: [true, true, true, true] })
})

test.each([
  [{ error_steps: [0] }, 'error_steps names step 0 (1 is the first), which is none of its 4 steps'],
  [{ error_steps: [2, 5] }, 'error_steps names step 5'],
  [{ error_steps: ['2'] }, 'error_steps[0] must be a whole number (1 is the first step)'],
  [{ modified_process: ['a', '', 'c', 'd'] }, 'steps[1] must be a non-empty string'],
])('%j is refused', (fields, fault) => {
  expect(() => read(fields)).toThrow(fault)
})
