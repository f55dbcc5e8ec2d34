import { expect, test } from 'vitest'
import { evaluate, parseExpression } from '../expression.ts'
import { sheetOfSums } from './sums.ts'

test('a sheet of sums is right, and the same for the same index', () => {
  const lengths = new Set<number>()
  for (let index = 0; index < 100; index++) {
    const { steps } = sheetOfSums(index)
    expect(sheetOfSums(index).steps).toEqual(steps)
    for (const step of steps) {
      const values = step
        .replace(/\.$/, '')
        .split(' = ')
        .map((side) => {
          const expression = parseExpression(side)
          return expression && evaluate(expression)
        })
      expect(values.length, step).toBeGreaterThan(1)
      expect(new Set(values).size, step).toBe(1)
      expect(values[0], step).not.toBeNull()
      lengths.add(step.split(' = ')[0].match(/\d+/g)?.length ?? 0)
    }
  }
  expect([...lengths].sort()).toEqual([2, 3, 4])
  expect(sheetOfSums(0).steps).not.toEqual(sheetOfSums(1).steps)
})
