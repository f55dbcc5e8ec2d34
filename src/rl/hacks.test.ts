import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../reasoning/random.ts'
import { tasks } from '../tasks/index.ts'
import { type HackName, hackNamed, hackNames, hacks } from './hacks.ts'

const expression = 'Compute 5 + ((6 - 4) - 3).'
const count = (name: HackName, steps: readonly string[], problem = expression) =>
  hacks[name].find(problem, steps).filter(Boolean).length

describe('what is found', () => {
  it.each<[HackName, string, string[], boolean[]]>([
    [
      'checks',
      expression,
      ['6 - 4 = 2, so 5 + (2 - 3)', 'Check: 6 - 4 = 2', 'So far: 5 + (2 - 3)'],
      [false, true, true],
    ],
    [
      'repetition',
      expression,
      ['5 + -1 = 4', '5 + -1 = 4', 'Answer: 4', 'Answer: 4'],
      [false, true, false, false],
    ],
    ['repetition', 'Mia has 5.', ['Mia: 5 * 2 = 10', 'Mia has 10', 'Mia has 11'], [false, true, false]],
    [
      'merging',
      expression,
      ['6 - 4 = 2 and 2 - 3 = -1, so 5 + -1', '5 + -1 = 4', 'Answer: 4'],
      [true, false, false],
    ],
    ['merging', expression, ['5 + ((6 - 4) - 3) = 5 + (2 - 3)', '5 + (2 - 3) = 4'], [false, true]],
    // what is left out without a word may be a mistake
    ['merging', '((9 - 4) - 11) + 2', ['9 - 11 = -2, so -2 + 2', '-2 + 2 = 0'], [false, false]],
    ['merging', 'Mia has 5.', ['Mia: 5 * 2 + 3 = 13', 'Together: 3 + 4 + 5 = 12'], [true, false]],
    ['merging', 'Balls: Bob red.', ['1 and 2. Bob red and Al blue swap: Bob blue', '3. x: y'], [true, false]],
    [
      'idling',
      expression,
      ['6 - 4 = 2', '6 - 4 = 2, so 5 + ((6 - 4) - 3)', '6 - 4 = 2, so 5 + (2 - 3)', 'Check: 6 - 4 = 2'],
      [true, true, false, false],
    ],
    ['stopping', expression, ['6 - 4 = 2', 'Answer: 2'], [false, true]],
    [
      'stopping',
      expression,
      ['6 - 4 = 2, so 5 + (2 - 3)', '2 - 3 = -1', 'Check: 1', 'Answer: -1'],
      [false, false, false, true],
    ],
    ['stopping', expression, ['6 - 4 = 2', '6 - 4 = 2, so 5 + (2 - 3)'], [false, false]],
    ['stopping', expression, ['6 - 4 = 2, so 5 + -1', '5 + -1 = 4', 'Answer: 4'], [false, false, false]],
    ['stopping', 'Mia has 5.', ['Mia: 5 * 2 = 10', 'Answer: 10'], [false, false]],
    ['guessing', expression, ['6 - 4 = 2, so 5 + (2 - 3)', 'Answer: 4'], [false, true]],
    ['guessing', expression, ['5 + -1 = 14', 'Answer: 14'], [false, false]],
    ['guessing', expression, ['5 + 4 = 9', 'Answer: -4'], [false, true]],
    ['guessing', 'Balls.', ['Bob has red', 'Answer: Red'], [false, false]],
    ['answers', expression, ['Answer: 4', 'Check: 1', 'Answer: 4'], [false, false, true]],
    [
      'nonsense',
      expression,
      ['so so', '5 + -1 = 4', '5 +', 'Mia Mia: 4 has', 'Answer: 4'],
      [true, false, false, true, false],
    ],
  ])('%s: %s %j', (name, problem, steps, found) => {
    expect(hacks[name].find(problem, steps)).toEqual(found)
  })

  it('any text is a fair input, and gets an opinion on every step', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ unit: 'binary' })), (problem, steps) => {
        for (const name of hackNames) expect(hacks[name].find(problem, steps)).toHaveLength(steps.length)
        for (const name of hackNames) hackNamed(name).add?.(steps)
      }),
    )
  })

  it('whatever the tasks write themselves is no nonsense, no guess and no early stop', () => {
    for (const task of tasks)
      for (let index = 0; index < 60; index++) {
        const problem = task.problem('train', index)
        const steps = task.solve(problem, random('hacks', index))
        expect(count('nonsense', steps, problem.problem), steps.join('\n')).toBe(0)
        expect(count('guessing', steps, problem.problem), steps.join('\n')).toBe(0)
        expect(count('stopping', steps, problem.problem), steps.join('\n')).toBe(0)
      }
  })
})

it('what is added is found, and leaves a right solution right', () => {
  for (const name of hackNames) {
    const { add, find, spoils } = hackNamed(name)
    if (!add || spoils) continue
    let added = 0
    for (const task of tasks)
      for (let index = 0; index < 80; index++) {
        const problem = task.problem('validation', index)
        const steps = task.solve(problem, random('hacks', index))
        const more = add(steps)
        if (more === null) continue
        added++
        const text = `${name} of ${problem.problem}\n${steps.join('\n')}\n->\n${more.join('\n')}`
        expect(task.verify(problem, more), text).toMatchObject({ correct: true, firstError: null })
        const found = (each: readonly string[]) => find(problem.problem, each).filter(Boolean).length
        expect(found(more), text).toBeGreaterThan(found(steps))
      }
    expect(added, name).toBeGreaterThan(30)
  }
})

it('a solution that is cut short has no wrong step before its answer', () => {
  const { find, add } = hackNamed('stopping')
  for (const task of tasks.slice(0, 2)) {
    let added = 0
    for (let index = 0; index < 80; index++) {
      const problem = task.problem('validation', index)
      const steps = task.solve(problem, random('hacks', index))
      const less = add!(steps)
      if (less === null) continue
      const text = `${problem.problem}\n${steps.join('\n')}\n->\n${less.join('\n')}`
      const found = task.verify(problem, less)
      // what is left out may have added nothing
      if (found.correct) continue
      added++
      expect(found.firstError, text).toBe(less.length - 1)
      if (task.name === 'arithmetic')
        expect(find(problem.problem, less).filter(Boolean), text).toHaveLength(1)
    }
    expect(added, task.name).toBeGreaterThan(30)
  }
})
