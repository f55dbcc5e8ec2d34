import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bracketed,
  canonical,
  type Expression,
  evaluate,
  operation,
  parseExpression,
  plain,
} from './expression.ts'

const expressions = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.integer({ min: -30, max: 30 }),
    fc
      .tuple(fc.constantFrom('+', '-', '*'), tie('tree'), tie('tree'))
      .map(([operator, left, right]) => operation(operator as '+' | '-' | '*', left, right)),
  ),
})).tree

test.each([
  ['2 + 3 * 4', 14],
  ['10 - 3 - 2', 5],
  ['2 - -5', 7],
  ['2--5', 7],
  ['-(3 + 4) * 2', -14],
  ['((7))', 7],
  ['2 × (4 − 6)', -4],
  ['-0', 0],
])('%s is %d', (text, value) => {
  expect(evaluate(parseExpression(text) as Expression)).toBe(value)
})

test.each([
  '',
  ' ',
  '+',
  '3 +',
  '3 4',
  '(3',
  '3)',
  '()',
  '3 ** 4',
  '3 / 4',
  'x',
  '3 + x',
  '1234567890',
  '1.5',
  '3 = 3',
])('%j is no expression', (text) => {
  expect(parseExpression(text)).toBeNull()
})

test('what is printed reads back', () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      expect(parseExpression(bracketed(expression))).toEqual(expression)
      expect(evaluate(parseExpression(plain(expression)) as Expression)).toBe(evaluate(expression))
    }),
  )
})

test('the canonical spelling ignores the order of sums and products, and nothing else', () => {
  const spelling = (text: string) => canonical(parseExpression(text) as Expression)
  expect(spelling('(3 + 4) * 2')).toBe(spelling('2 * (4 + 3)'))
  expect(spelling('3 - 4')).not.toBe(spelling('4 - 3'))
})
