import { expect, test } from 'vitest'
import { examples, integer, list, number } from './options.ts'

test('whole numbers', () => {
  expect(integer()('1_000')).toBe(1000)
  expect(integer()('1e3')).toBe(1000)
  for (const text of ['', ' ', '1.5', 'x', 'Infinity', '9007199254740993'])
    expect(() => integer()(text)).toThrow('Not a whole number.')
  expect(() => integer({ min: 1 })('0')).toThrow('Must be at least 1.')
  expect(() => integer({ max: 9 })('10')).toThrow('Must be at most 9.')
})

test('numbers', () => {
  expect(number()('1e-4')).toBe(1e-4)
  for (const text of ['', 'x', 'NaN', 'Infinity']) expect(() => number()(text)).toThrow('Not a number.')
  expect(() => number({ min: 0, max: 1 })('1.5')).toThrow('Must be at most 1.')
})

test('lists', () => {
  expect(list()('a, b')).toEqual(['a', 'b'])
  expect(list(integer({ min: 1 }))('1,2')).toEqual([1, 2])
  expect(() => list()('a,,b')).toThrow('Empty entry')
  expect(() => list(integer())('1,x')).toThrow('Not a whole number.')
})

test('examples line up', () => {
  expect(examples(['assay a', 'one'], ['assay bcd', 'two'])).toBe(
    '\nExamples:\n  assay a    one\n  assay bcd  two',
  )
})
