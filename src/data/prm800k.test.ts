import { expect, test } from 'vitest'
import { prm800k } from './prm800k.ts'
import { all, realTest } from './shared-data.fixture.ts'
import { readSolutions } from './solutions.ts'

const completion = (text: string, rating: number | null) => ({ text, rating, flagged: false })
const chosen = (completions: object[], chosen_completion: number | null = 0) => ({
  completions,
  human_completion: null,
  chosen_completion,
})
function read(steps: object[], finish_reason: string, question: object = {}, options: object = {}) {
  const row = {
    labeler: 'x',
    question: { problem: 'P?', ground_truth_answer: '2', ...question },
    label: { steps, total_time: 1, finish_reason },
  }
  return prm800k.read(row, { id: 'p-0', ...options })
}
const base = { problem: 'P?', truth: '2' }

test('the solution that was followed, then one for each other completion that is bad', () => {
  const steps = [
    chosen([completion('a', 1), completion('z', -1)]),
    {
      completions: [completion('y', -1), completion('x', null)],
      human_completion: { text: 'b', rating: null },
      chosen_completion: null,
    },
    chosen([completion('w', 1), completion('# Answer\n\n2', 1)], 1),
  ]
  expect(read(steps, 'solution')).toEqual([
    {
      ...base,
      id: 'p-0#0',
      steps: ['a', 'b', '# Answer\n\n2'],
      answer: '2',
      correct: true,
      first_error: null,
    },
    { ...base, id: 'p-0#1', steps: ['z'], correct: false, first_error: 0 },
    { ...base, id: 'p-0#2', steps: ['a', 'y'], correct: false, first_error: 1 },
  ])
})

test('second phase: labelling stops at the error, the solution goes on', () => {
  const question = { pre_generated_steps: ['a', 'b', '# Answer\n\n3'], pre_generated_answer: '3' }
  const steps = [chosen([completion('a', 1)]), chosen([completion('b', -1), completion('c', 1)], null)]
  const row = { ...base, id: 'p-0#0', steps: question.pre_generated_steps, answer: '3', first_error: 1 }
  expect(read(steps, 'found_error', question)).toEqual([{ ...row, correct: false }])
  // a wrong step, and the right answer all the same
  expect(read(steps, 'found_error', { ...question, ground_truth_answer: '3' })).toEqual([
    { ...row, truth: '3', correct: true },
  ])
})

test('a rating of 0 is what --neutral says, and nothing without it', () => {
  const steps = [chosen([completion('a', 1), completion('n', 0)]), chosen([completion('b', 0)])]
  expect(() => read(steps, 'solution')).toThrow(
    'a completion of label.steps[0] is rated 0, neutral\n  Say what',
  )
  expect(read(steps, 'solution', {}, { neutral: 'good' })).toMatchObject([{ first_error: null }])
  expect(read(steps, 'solution', {}, { neutral: 'bad' })).toMatchObject([
    { steps: ['a', 'b'], first_error: 1, correct: true },
    { steps: ['n'], first_error: 0, correct: false },
  ])
})

test('where labels end or are missing, nothing is made up', () => {
  const ended = { completions: null, human_completion: null, chosen_completion: null }
  const gaveUp = read([chosen([completion('a', 1)]), chosen([completion('y', -1)], null), ended], 'give_up')
  expect(gaveUp).toEqual([
    { ...base, id: 'p-0#0', steps: ['a'] },
    { ...base, id: 'p-0#1', steps: ['a', 'y'], correct: false, first_error: 1 },
  ])
  const unrated = [
    chosen([completion('a', null)]),
    chosen([completion('b', -1)]),
    chosen([completion('c', 1)]),
  ]
  expect(read(unrated, 'solution')).toEqual([{ ...base, id: 'p-0#0', steps: ['a', 'b', 'c'], correct: true }])
})

test.each([
  [[chosen([completion('a', 1)])], 'bad_problem', 'the labeller called the problem bad'],
  [[chosen([completion('a', 1)], 1)], 'solution', 'label.steps[0].chosen_completion is 1 of 1'],
  [
    [chosen([completion('a', 2)])],
    'solution',
    'label.steps[0].completions[0].rating must be one of -1, 0, 1',
  ],
  [[chosen([completion(' ', 1)])], 'solution', 'steps[0] must be a non-empty string'],
  [[], 'done', 'label.finish_reason must be one of'],
])('%j %s is refused', (steps, finish, fault) => {
  expect(() => read(steps, finish)).toThrow(fault)
})

realTest('the samples of OpenR', 'openr/samples_prm800k.jsonl', async (path) => {
  await expect(all(readSolutions(path))).rejects.toThrow(
    'samples_prm800k.jsonl:1: a completion of label.steps[5]',
  )
  const rows = (await all(readSolutions(path, { neutral: 'good' }))).map(({ row }) => row)
  const followed = rows.filter(({ id }) => id.endsWith('#0'))
  expect(followed.map(({ steps, correct, first_error }) => [steps.length, correct, first_error])).toEqual([
    [6, true, null],
    [13, false, 6],
    [5, true, null],
    [7, true, null],
    [8, undefined, undefined],
    [12, true, null],
  ])
  expect(rows).toHaveLength(20)
  const bad = await all(readSolutions(path, { neutral: 'bad' }))
  expect(bad[7].row).toMatchObject({
    id: 'samples_prm800k-1#0',
    first_error: 1,
    answer: '7200',
    truth: '28800',
  })
})
