import { expect, test } from 'vitest'
import { InputError } from '../../reasoning/errors.ts'
import { rewardNames } from './named-rewards.ts'

const source = (kind: string, where: string) => ({ kind, where, called: where.split('/').at(-1) as string })

test.each([
  ['one of a kind is called by it', [source('crm', 'a/x'), source('prm', 'a/y')], [], ['crm', 'prm']],
  ['two of a kind by their folders', [source('crm', 'a/x'), source('crm', 'a/y')], [], ['x', 'y']],
  ['of equal folders, by all of it', [source('crm', 'a/x'), source('crm', 'b/x')], [], ['a/x', 'b/x']],
  [
    'a folder called as another kind',
    [source('crm', 'a/prm'), source('crm', 'a/y'), source('prm', 'a/z')],
    [],
    ['a/prm', 'y', 'a/z'],
  ],
  ['beside one that was trained', [source('crm', 'models/crm')], ['crm'], ['models/crm']],
])('%s', (_, sources, taken, names) => expect(rewardNames(sources, taken)).toEqual(names))

test('the same one twice is refused', () =>
  expect(() => rewardNames([source('crm', 'a'), source('crm', 'a')])).toThrow(InputError))
