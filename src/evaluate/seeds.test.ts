import { expect, test } from 'vitest'
import { trainingSeed } from './seeds.ts'

test.each([
  ['crm', 'crm', null],
  ['crm-s1', 'crm', 1],
  ['prm-s12 min', 'prm min', 12],
  ['masked-prm', 'masked-prm', null],
  ['known 10%-s2', 'known 10%', 2],
])('%s is %s of seed %s', (reading, name, seed) => {
  expect(trainingSeed(reading)).toEqual({ name, seed })
})
