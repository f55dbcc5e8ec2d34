import { expect, test } from 'vitest'
import { percent } from './percent.ts'

test('only certainty is called 0% or 100%', () => {
  expect([0, 1e-9, 0.014, 0.5, 0.986, 0.9999, 1].map((share) => percent(share))).toEqual([
    '0%',
    '<1%',
    '1%',
    '50%',
    '99%',
    '>99%',
    '100%',
  ])
  expect([0.0004, 0.12345, 0.99951].map((share) => percent(share, 1))).toEqual(['<0.1%', '12.3%', '>99.9%'])
})
