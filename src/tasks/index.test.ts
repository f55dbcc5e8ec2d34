import { expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'
import { problemAt, splitNamed, taskNamed, tasks, verifierFor, verify } from './index.ts'

const row = (id: string) => {
  const { task, problem } = problemAt(id)
  return { id, problem: problem.problem, steps: task.solve(problem, random(1)) }
}

test('an unknown task is answered with the known ones', () => {
  expect(() => taskNamed('chess')).toThrow(InputError)
  expect(() => taskNamed('chess')).toThrow(/arithmetic, word-problem, shuffled-objects/)
})

test('an unknown split too', () => {
  expect(splitNamed('harder')).toBe('harder')
  expect(() => splitNamed('exam')).toThrow('no split named exam\n  splits: train, validation, test, harder')
})

test('an id leads back to its problem', () => {
  for (const task of tasks)
    for (const problem of [
      task.problem('test', 3),
      task.problem('train', 12, 4),
      task.problem('harder', 0),
    ]) {
      expect(problemAt(problem.id).task).toBe(task)
      expect(problemAt(problem.id).problem).toMatchObject({ id: problem.id, problem: problem.problem })
    }
})

test("a sample's id names its problem", () => {
  const { id } = tasks[0].problem('harder', 4)
  for (const sample of ['#0', '#127']) expect(problemAt(id + sample).problem.id).toBe(id)
  const right = { ...row(id), id: `${id}#3` }
  expect(verify(right)).toMatchObject({ correct: true })
  expect(() => verify({ ...right, problem: 'Compute 1 + 1.' })).toThrow(`${id}#3: `)
})

test.each([
  '',
  'arithmetic/test/1#',
  'arithmetic/test/1#x',
  'arithmetic/test/1#1#2',
  'arithmetic',
  'arithmetic/test',
  'arithmetic/test/',
  'arithmetic/test/-1',
  'arithmetic/test/1.5',
  'arithmetic/test/01',
  'arithmetic/exam/1',
  'arithmetic/train@99/1',
  'arithmetic/train@0/1',
  'chess/test/1',
  'arithmetic/test/1/2',
])('%j is no problem', (id) => {
  expect(() => problemAt(id)).toThrow(InputError)
})

test('an id of no task is quoted, and the tasks are named', () => {
  expect(() => problemAt('1')).toThrow(
    /^"1" is not the id of a task problem\n {2}.*built-in tasks only \(arithmetic, word-problem/,
  )
})

test('rows are verified by their ids, again and again', () => {
  for (const { name } of tasks) {
    const right = row(`${name}/test/5`)
    const verifier = verifierFor(name)
    expect(verifier.verify(right)).toMatchObject({ correct: true, firstError: null })
    expect(verifier.verify({ ...right, steps: ['Answer: nothing'] })).toMatchObject({
      correct: false,
      firstError: 0,
    })
    expect(verify(right)).toMatchObject({ correct: true })
  }
})

test('a row whose problem is not the one its id names is refused', () => {
  const other = { ...row('arithmetic/test/5'), problem: 'Compute 1 + 1.' }
  expect(() => verify(other)).toThrow(InputError)
  expect(() => verify(other)).toThrow(/^arithmetic\/test\/5: /)
})

test('a verifier of one task refuses the others', () => {
  expect(() => verifierFor('arithmetic').verify(row('word-problem/test/5'))).toThrow(/not of arithmetic/)
})
