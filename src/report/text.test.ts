import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnsOf, neutralise, truncate, wrap } from './text.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 60 })

describe('neutralise', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
    ['a\u009b31mb', 'a\ufffd31mb'],
    ['bell\u0007 null\u0000 delete\u007f', 'bell␇ null␀ delete␡'],
    ['one\r\ntwo\tthree\rfour', 'one two three four'],
    ['a\u202eb\u2066c', 'a\ufffdb\ufffdc'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
    ['7 × 2 = 14 ✓ 例 👩‍👩‍👧', '7 × 2 = 14 ✓ 例 👩‍👩‍👧'],
  ])('%j', (given, expected) => expect(neutralise(given)).toBe(expected))
  test('keepLines keeps line breaks, and only those', () => {
    expect(neutralise('a\r\nb\u2028c\td\u001b', { keepLines: true })).toBe('a\nb\nc d␛')
  })
  test('leaves no control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (given) => {
        expect(neutralise(given)).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u202e]/u)
      }),
    )
  })
})

test('columns', () => {
  expect(columnsOf('abc')).toBe(3)
  expect(columnsOf('日本')).toBe(4)
  expect(columnsOf('é e\u0301')).toBe(3)
  expect(columnsOf('👩‍👩‍👧')).toBe(2)
  expect(columnsOf('× − ✓')).toBe(5)
})

describe('truncate and wrap', () => {
  test('truncate marks what it cut', () => {
    expect(truncate('abcdef', 6)).toBe('abcdef')
    expect(truncate('abcdefg', 6)).toBe('abcde…')
    expect(truncate('日本語', 4)).toBe('日…')
  })
  test('wrap breaks at spaces, then inside words', () => {
    expect(wrap('the cat sat on it', 7)).toEqual(['the cat', 'sat on', 'it'])
    expect(wrap('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl'])
    expect(wrap('a\nb', 9)).toEqual(['a', 'b'])
    expect(wrap('', 9)).toEqual([''])
    expect(wrap('the cat sat on it', 7, 2)).toEqual(['the cat', 'sat on…'])
    expect(wrap('the cat sat on it', 7, 1)).toEqual(['the ca…'])
  })
  test('never wider than asked, and nothing is lost', () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 2, max: 30 }),
        fc.integer({ min: 1, max: 3 }),
        (given, columns, maxLines) => {
          const clean = neutralise(given)
          for (const line of [
            ...wrap(clean, columns),
            ...wrap(clean, columns, maxLines),
            truncate(clean, columns),
          ])
            expect(columnsOf(line)).toBeLessThanOrEqual(columns)
          expect(wrap(clean, columns).join('').replaceAll(' ', '')).toBe(clean.replaceAll(' ', ''))
          expect(wrap(clean, columns, maxLines).length).toBeLessThanOrEqual(maxLines)
        },
      ),
      { numRuns: 300 },
    )
  })
})
