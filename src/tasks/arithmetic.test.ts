import fc from 'fast-check'
import { expect, test } from 'vitest'
import { random } from '../reasoning/random.ts'
import { arithmetic } from './arithmetic.ts'
import { type Expression, evaluate, parseExpression } from './expression.ts'

const problemOf = (text: string) => {
  const world = parseExpression(text) as Expression
  return {
    id: '',
    problem: text,
    split: 'test' as const,
    level: 0,
    truth: `${evaluate(world)}`,
    key: '',
    world,
  }
}
const firstError = (text: string, ...steps: string[]) => arithmetic.verify(problemOf(text), steps).firstError

const problem = '(3 + 4) * (2 - -5)'

test.each<[string, number | null, string[]]>([
  ['all right', null, ['3 + 4 = 7, so 7 * (2 - -5)', '2 - -5 = 7, so 7 * 7', '7 * 7 = 49', 'Answer: 49']],
  [
    'a wrong value that is built on',
    0,
    ['3 + 4 = 8, so 8 * (2 - -5)', '2 - -5 = 7, so 8 * 7', '8 * 7 = 56', 'Answer: 56'],
  ],
  ['a copying slip', 1, ['3 + 4 = 7, so 7 * (2 - -5)', '2 - -5 = 7, so 7 + 7', '7 + 7 = 14', 'Answer: 14']],
  [
    'a false remark with a right state',
    2,
    ['3 + 4 = 8, so 7 * (2 - -5)', '2 - -5 = 7, so 7 * 7', '7 * 7 = 48', 'Answer: 48'],
  ],
  [
    'the second style',
    1,
    ['(3 + 4) * (2 - -5) = 7 * (2 - -5)', '7 * (2 - -5) = 7 * -3', '7 * -3 = -21', 'Answer: -21'],
  ],
  ['two at once', 1, ['3 + 4 = 7 and 2 - -5 = 7, so 7 * 7', '7 * 7 = 47', 'Answer: 47']],
  [
    'an unreadable state',
    1,
    ['3 + 4 = 7, so 7 * (2 - -5)', '2 - -5 = 7, so 7 * (7', '7 * 7 = 47', 'Answer: 47'],
  ],
  ['a wrong restatement', 1, ['3 + 4 = 7, so 7 * (2 - -5)', 'So far: 7 * (2 - 5)', 'Answer: -21']],
  ['only the answer', 2, ['3 + 4 = 7, so 7 * (2 - -5)', 'So far: 7 * (2 - -5)', 'Answer: 48']],
  ['a part worked out on the side', 2, ['3 + 4 = 7', '2 - -5 = 6', '(3 + 4) * (2 - -5) = 42', 'Answer: 42']],
  [
    'a part the other way round, in several steps, and in other signs',
    3,
    ['4 + 3 = 7', '2 - -5 = 2 + 5 = 7', '2 + 5 = 7', 'Answer: 48'],
  ],
  ['all of it in one go', 0, ['(3 + 4) * (2 - -5) = 7 * 7 = 48', 'Answer: 48']],
  ['a part that the state does not have', 0, ['3 + 5 = 8', '8 * 7 = 56', 'Answer: 56']],
  ['cut short', 1, ['3 + 4 = 7, so 7 * (2 - -5)', '2 - -5 = 7, so 7 *']],
  ['cut short after an error', 0, ['3 + 4 = 9, so 9 * (2 - -5)', '2 - -5 = 7, so 9 *']],
  ['no brackets where precedence does', 1, ['3 + 4 = 7, so 7 * 2 - -35', '49 = 48', 'Answer: 48']],
])('%s', (_, expected, steps) => {
  expect(firstError(problem, ...steps)).toBe(expected)
})

test('a changed number in a state is found where it stands', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 9 }), (index, seed, at, by) => {
      const problem = arithmetic.problem('train', index)
      const steps = arithmetic.solve(problem, random(seed))
      const states = [...steps.keys()].filter((step) => !/^(Check|Answer)/.test(steps[step]))
      const changed = states[at % states.length]
      const [, before, state] = /^(.*(?:, so |So far: | = ))(.*)$/.exec(steps[changed]) as RegExpExecArray
      const wrong = state.replace(/\d+/, (number) => `${Number(number) + by}`)
      fc.pre(evaluate(parseExpression(wrong) as Expression) !== evaluate(problem.world))
      const attempt = [...steps.slice(0, -1), 'Answer: nothing'].with(changed, before + wrong)
      expect(arithmetic.verify(problem, attempt).firstError).toBe(changed)
    }),
  )
})

test('every value of a problem is at most 30 in size', () => {
  const largest = (expression: Expression): number =>
    typeof expression === 'number'
      ? Math.abs(expression)
      : Math.max(largest(expression.left), largest(expression.right), Math.abs(evaluate(expression)))
  for (let index = 0; index < 500; index++)
    expect(largest(arithmetic.problem('harder', index).world)).toBeLessThanOrEqual(30)
})
