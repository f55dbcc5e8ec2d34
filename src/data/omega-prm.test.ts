import { expect, test } from 'vitest'
import { description } from './description.ts'
import { omegaPrm } from './omega-prm.ts'
import { realTest } from './shared-data.fixture.ts'
import { readSolutions } from './solutions.ts'

const node = (text: string, mc_value: number, children: object[] = []) => ({ text, mc_value, children })
const question = 'P?\n'
const read = (reasoning_steps: unknown) =>
  omegaPrm.read({ question, final_answer: '4', reasoning_steps, question_id: 1 }, { id: 'o-0' })

const tree = node('P?', 0.5, [
  node('all at once, the answer is 4', 1),
  node('a', 0.5, [node('b\n\nc', 0), node('d. The answer is 4', 1)]),
  node('e', 0.25),
])
const list = [
  ['P?', 0.5],
  ['P?\n\n\nall at once, the answer is 4', 1],
  ['P?\n\na', 0.5],
  ['P?\n\na\n\nb\n\nc', 0],
  ['P?\n\na\n\nd. The answer is 4', 1],
  ['P?\n\ne', 0.25],
].map(([solution_prefix, mc_value]) => ({ solution_prefix, mc_value }))

const base = { problem: question, truth: '4' }
const rows = [
  {
    ...base,
    id: 'o-0#0',
    steps: ['all at once, the answer is 4'],
    values: [1],
    correct: true,
    first_error: null,
    answer: '4',
  },
  { ...base, id: 'o-0#1', steps: ['a', 'b\n\nc'], values: [0.5, 0], correct: false, first_error: 1 },
  {
    ...base,
    id: 'o-0#2',
    steps: ['a', 'd. The answer is 4'],
    values: [0.5, 1],
    correct: true,
    first_error: null,
    answer: '4',
  },
  { ...base, id: 'o-0#3', steps: ['e'], values: [0.25] },
]

test('a path to a leaf is a solution, the same from tree and list', () => {
  expect(read(tree)).toEqual(rows)
  expect(read(list)).toEqual(rows)
})

test('a prefix that was tried twice has the mean, so no error where one try went well', () => {
  const twice = [node('a', 0), node('a', 0.5, [node('b', 0)])]
  expect(read(node('P?', 0.5, twice))).toMatchObject([
    { steps: ['a', 'b'], values: [0.25, 0], first_error: 1 },
  ])
})

test('an error is behind the last prefix that a rollout saved', () => {
  const found = read(node('P?', 0.5, [node('a', 0, [node('b', 0.1, [node('c', 0)])])]))
  expect(found).toMatchObject([{ values: [0, 0.1, 0], first_error: 2 }])
})

function chain(depth: number): object {
  let last = node('x', 0)
  for (let i = 1; i < depth; i++) last = node('x', 0.5, [last])
  return node('P?', 0.5, [last])
}

test.each([
  [
    [{ solution_prefix: 'Q?', mc_value: 1 }],
    'reasoning_steps[0].solution_prefix does not begin with the question',
  ],
  [node('P?', 1, [node('a', 2)]), 'mc_value must not be above 1'],
  [node('P?', 1, [node(' ', 1)]), 'steps[0] must be a non-empty string'],
  [{ text: 'P?', mc_value: 1 }, 'children is missing'],
  [null, 'the row must be an object, not null'],
])('%j is refused', (steps, fault) => {
  expect(() => read(steps)).toThrow(fault)
})

test('a tree too deep for any search is refused, not followed', () => {
  expect(read(chain(1000))).toHaveLength(1)
  expect(() => read(chain(5000))).toThrow('reasoning_steps is deeper than 1000 steps')
})

realTest('a tree of OpenR', 'openr/samples_math-aps-tree.jsonl', async (path) => {
  expect(await description(readSolutions(path))).toMatchObject({
    format: 'omegaprm',
    solutions: 158,
    problems: 3,
    right: 153,
    wrong: 5,
    first_error: { at: [2, 0, 1, 2], none: 153, unknown: 0 },
  })
})

realTest(
  'a list of OpenR, two of its searches with the same question_id',
  'openr/samples_math-aps.jsonl',
  async (path) => {
    expect(await description(readSolutions(path))).toMatchObject({
      solutions: 124,
      problems: 3,
      right: 120,
      wrong: 4,
      first_error: { at: [0, 1, 2, 1], none: 120 },
    })
  },
)
