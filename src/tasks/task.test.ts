import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { random } from '../reasoning/random.ts'
import { splits, tasks } from './index.ts'
import type { Split, Task, TaskProblem } from './task.ts'

const indices = (count: number) => Array.from({ length: count }, (_, index) => index)
const solved = (task: Task, problem: TaskProblem, seed = 1) => task.solve(problem, random(seed, problem.id))

describe.each(tasks.map((task) => [task.name, task] as const))('%s', (_, task) => {
  test('a split, an index and a level always give the same problem, and a seed the same solution', () => {
    for (const split of splits) {
      const problem = task.problem(split, 7)
      expect(task.problem(split, 7)).toMatchObject({
        id: problem.id,
        problem: problem.problem,
        truth: problem.truth,
      })
      expect(solved(task, problem)).toEqual(solved(task, task.problem(split, 7)))
    }
  })

  test.each(['solve', 'practise'] as const)(
    'gold solutions are right, and every state in them too (%s)',
    (how) => {
      for (const split of splits)
        for (const index of indices(split === 'train' ? 2000 : 300)) {
          const problem = task.problem(split, index)
          const steps = task[how](problem, random(1, problem.id))
          expect(task.verify(problem, steps)).toEqual({
            correct: true,
            firstError: null,
            truth: problem.truth,
            answer: problem.truth.toLowerCase(),
          })
          const spoilt = [...steps.slice(0, -1), 'Answer: nothing']
          expect(task.verify(problem, spoilt), steps.join('\n')).toMatchObject({
            correct: false,
            firstError: steps.length - 1,
          })
        }
    },
  )

  test('no key is in two splits', () => {
    const owner = new Map<string, Split>()
    for (const split of splits)
      for (const index of indices(split === 'train' ? 3000 : 400)) {
        const { key } = task.problem(split, index)
        expect(owner.get(key) ?? split).toBe(split)
        owner.set(key, split)
      }
  })

  test('every level of every split has problems, and the drawn levels are the named ones', () => {
    for (const split of splits) {
      for (const level of task.levels[split])
        expect(task.problem(split, 0, level)).toMatchObject({ split, level })
      for (const index of indices(50)) expect(task.levels[split]).toContain(task.problem(split, index).level)
    }
    for (const level of task.levels.harder) expect(task.levels.train).not.toContain(level)
  })

  test('a problem with its solution is short', () => {
    for (const split of splits)
      for (const index of indices(300)) {
        const problem = task.problem(split, index)
        const text = [problem.problem, ...solved(task, problem)].join('\n')
        const tokens = text.match(/[a-z]+|\d|[^\sa-z\d]|\n/gi)?.length ?? 0
        expect(tokens, text).toBeLessThanOrEqual(split === 'harder' ? 300 : 220)
      }
  })

  test('solutions of one problem vary', () => {
    const [level] = task.levels.test.slice(-1)
    const problem = task.problem('test', 0, level)
    expect(new Set(indices(50).map((seed) => solved(task, problem, seed).join('\n'))).size).toBeGreaterThan(5)
  })

  test('whatever a model writes, verification gives a verdict that is consistent and quick', () => {
    const words = fc.constantFrom(
      ...[
        'Answer:',
        'Check:',
        'So far:',
        ', so ',
        ' = ',
        '(',
        ')',
        '-',
        '*',
        ' now',
        ' has ',
        ':',
        ',',
        '.',
        '1.',
        ' and ',
      ],
      ...[
        '7',
        '49',
        'Mia',
        'Tom',
        'red',
        '\n',
        ' ',
        '\\boxed{',
        '}',
        '\u0000',
        '９',
        '__proto__',
        'constructor',
      ],
    )
    const step = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(fc.nat(200), fc.array(step, { maxLength: 8 }), fc.boolean(), (index, noise, insert) => {
        const problem = task.problem('train', index)
        const gold = solved(task, problem)
        const steps = insert ? [...gold.slice(0, 1), ...noise, ...gold.slice(1, -1)] : noise
        const verdict = task.verify(problem, steps)
        expect(verdict.firstError === null).toBe(verdict.correct)
        if (verdict.firstError !== null) expect(verdict.firstError).toBeLessThan(Math.max(steps.length, 1))
      }),
      { numRuns: 1000 },
    )
  })

  test.each(['(', '-', '1 + ', '1 * (', ' ', 'a, ', '9', '= ', ': ', 'answer ', 'has ', ', so ', '\\boxed{'])(
    // what takes the square of its length here would not come back in time
    'three hundred thousand times %j in a step is no trap',
    (part) => {
      const problem = task.problem('test', 0)
      for (const step of [
        part.repeat(300_000),
        `So far: ${part.repeat(300_000)}`,
        `Answer: ${part.repeat(300_000)}x`,
      ])
        expect(task.verify(problem, [step, step, 'Answer: nothing']).correct).toBe(false)
    },
  )

  test('a solution of no steps fails at 0, one without an answer at its last step', () => {
    const problem = task.problem('test', 0)
    const steps = solved(task, problem).slice(0, -1)
    expect(task.verify(problem, [])).toMatchObject({ correct: false, firstError: 0, answer: null })
    expect(task.verify(problem, steps)).toMatchObject({
      correct: false,
      firstError: steps.length - 1,
      answer: null,
    })
  })

  test('a right answer outweighs a wrong step', () => {
    const problem = task.problem('test', 0)
    expect(task.verify(problem, ['?', `Answer: ${problem.truth}`])).toMatchObject({
      correct: true,
      firstError: null,
    })
  })

  test('an early answer is a wrong state only when it is wrong', () => {
    const problem = task.problem('test', 0)
    const early = (answer: string) =>
      task.verify(problem, [`Answer: ${answer}`, 'Answer: nothing']).firstError
    expect(early(problem.truth)).toBe(1)
    expect(early('999')).toBe(0)
  })

  test('a wrong check is a remark', () => {
    const problem = task.problem('test', 0)
    const steps = ['Check: 1 + 1 = 3', ...solved(task, problem).slice(0, -1), 'Answer: nothing']
    expect(task.verify(problem, steps).firstError).toBe(steps.length - 1)
  })
})
