import { expect, test } from 'vitest'
import { description } from './description.ts'
import { mrBen } from './mr-ben.ts'
import { realTest } from './shared-data.fixture.ts'
import { readSolutions } from './solutions.ts'

const row = {
  Question_UUID: 'u',
  Subject: 'college_math',
  Question: 'Which?',
  Options: 'A: 1 \nB: 2 ',
  Ground_Truth_Answer: 'A',
  Ground_Truth_Answer_Modified: 'B',
  Sampled_Model: 'Claude2',
  Model_Solution_Steps: ['Step 1: Look.', 'It is 2.', '', 'Step 2: So A. ', '', 'Solution: Choice\\_A'],
  Model_Solution_Correctness: 'incorrect',
  Model_Solution_First_Error_Step: '2',
  Model_Solution_Error_Reason: ['2 is B'],
}
const read = (fields: object) => mrBen.read({ ...row, ...fields }, { id: 'unused' })[0]

test('blank lines go, further lines join their step, and the error is the step of that number', () => {
  expect(read({})).toEqual({
    id: 'u#Claude2',
    problem: 'Which?\nA: 1 \nB: 2 ',
    steps: ['Step 1: Look.\nIt is 2.', 'Step 2: So A.', 'Solution: Choice\\_A'],
    answer: 'A',
    correct: false,
    first_error: 1,
    truth: 'B',
    task: 'college_math',
  })
})

test('a wrong solution with a right answer, and answers that are not told', () => {
  expect(read({ Ground_Truth_Answer_Modified: 'A' })).toMatchObject({ correct: true, first_error: 1 })
  const right = { Model_Solution_Correctness: 'correct', Model_Solution_First_Error_Step: 'N/A' }
  expect(read({ ...right, Model_Solution_Steps: ['Fine.'] })).toMatchObject({
    correct: true,
    first_error: null,
  })
  const untold = read({ Model_Solution_Steps: ['Step 1: a', 'Step 2: b'] })
  expect(untold.first_error).toBe(1)
  expect('correct' in untold).toBe(false)
})

test('without numbers each entry is a step, and the error step a number or a string', () => {
  for (const step of [2, '2', ' 2 '])
    expect(
      read({ Model_Solution_Steps: ['a', 'b', 'c'], Model_Solution_First_Error_Step: step }),
    ).toMatchObject({ steps: ['a', 'b', 'c'], first_error: 1 })
})

test.each([
  [
    { Model_Solution_First_Error_Step: '4' },
    'the first error is step 4 (1 is the first), which is none of its 3 steps',
  ],
  [{ Model_Solution_First_Error_Step: '0' }, 'the first error is step 0'],
  [{ Model_Solution_First_Error_Step: 'N/A' }, 'is called wrong, but its first error step is "N/A"'],
  [{ Model_Solution_First_Error_Step: 'x = 1' }, '"x = 1" is neither a number nor "N/A"'],
  [{ Model_Solution_First_Error_Step: null }, 'must be a step, from 1, or "N/A"'],
  [{ Model_Solution_Correctness: 'correct' }, 'is called correct, but its first error is step 2'],
  [{ Model_Solution_Steps: ['a', '', 'b'] }, 'steps are blank and not numbered'],
  [{ Model_Solution_Steps: ['Step 1: a', 'Step 3: b'] }, 'the first error is step 2'],
  [{ Model_Solution_Steps: 'def f():\n  pass' }, 'must be a list of steps (solutions in code are one text'],
])('%j is refused', (fields, fault) => {
  expect(() => read(fields)).toThrow(fault)
})

test('MR-GSM8K: numbers, and the answer apart from the solution', () => {
  const row = {
    uuid: 'u',
    question: 'P?',
    ground_truth_answer: 5,
    model_output_steps: ['Step 1: a', 'Step 2: #### 5'],
    model_output_answer_correctness: 'correct',
    model_output_solution_correctness: 'wrong',
    model_output_solution_first_error_step: 1,
    question_type: 'original',
  }
  expect(mrBen.read(row, { id: 'unused' })).toEqual([
    {
      id: 'u',
      problem: 'P?',
      steps: row.model_output_steps,
      correct: true,
      first_error: 0,
      truth: '5',
      task: 'original',
    },
  ])
})

realTest('MR-GSM8K as Claude 2 judged it', 'mr_gsm8k/Claude_eval_results.json', async (path) => {
  expect(await description(readSolutions(path))).toMatchObject({
    format: 'mr-ben',
    solutions: 326,
    right: 9,
    wrong: 317,
    right_with_error: 9,
    first_error: { at: [27, 81, 65, 62, 43, 21, 10, 14, 1, 0, 0, 1, 0, 1], none: 0 },
  })
})
