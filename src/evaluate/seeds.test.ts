import { expect, test } from 'vitest'
import { repeatedBySeed, trainingSeed } from './seeds.ts'

test.each([
  ['crm', 'crm', null],
  ['crm-s1', 'crm', 1],
  ['prm-s12 min', 'prm min', 12],
  ['masked-prm', 'masked-prm', null],
  ['known 10%-s2', 'known 10%', 2],
])('%s is %s of seed %s', (reading, name, seed) => {
  expect(trainingSeed(reading)).toEqual({ name, seed })
})

test('a row for each seed; a reward with fewer takes them in turn', () => {
  const rows = [
    { id: 'a', values: { 'crm-s1': 1, 'crm-s2': 2, orm: 9 } },
    { id: 'b', values: { 'crm-s1': 3, 'crm-s2': 4, orm: 8 } },
  ]
  const repeated = repeatedBySeed(
    rows,
    ({ values }) => values as Record<string, number>,
    (row, values) => ({ ...row, values }) as (typeof rows)[number],
  )
  expect(repeated).toEqual([
    { id: 'a', values: { crm: 1, orm: 9 } },
    { id: 'b', values: { crm: 3, orm: 8 } },
    { id: 'a', values: { crm: 2, orm: 9 } },
    { id: 'b', values: { crm: 4, orm: 8 } },
  ])
})

test('without seeds nothing is repeated', () => {
  const rows = [{ crm: 1, prm: 2 }]
  expect(
    repeatedBySeed(
      rows,
      (row) => row,
      (_, values) => values as (typeof rows)[number],
    ),
  ).toEqual(rows)
})
