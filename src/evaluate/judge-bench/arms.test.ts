import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { InputError } from '../../reasoning/errors.ts'
import { writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { judgeArms } from './arms.ts'

const folder = scratchFolder()
const { policy } = writeTinyModels(join(folder, 'models'))

function at(...path: string[]): string {
  const directory = join(folder, ...path)
  mkdirSync(directory, { recursive: true })
  cpSync(policy, directory, { recursive: true })
  return directory
}

const base = at('base')
const judges = ['judge-s1', 'judge-s2'].map((name) => at(name, 'policy'))

test('arms are called by their folders, a run by its own; seeds make a group', async () => {
  const directs = [at('direct-rl-s1', 'policy'), at('direct-rl-s2', 'policy'), at('direct')]
  const arms = await judgeArms({ base, judges, directs })
  expect(arms.map(({ role, name, group }) => [role, name, group])).toEqual([
    ['base', 'base', 'base'],
    ['judge', 'judge-s1', 'judge'],
    ['judge', 'judge-s2', 'judge'],
    ['direct', 'direct-rl-s1', 'direct-rl'],
    ['direct', 'direct-rl-s2', 'direct-rl'],
    ['direct', 'direct', 'direct'],
  ])
  const [{ hash, size }] = arms
  expect(hash).toMatch(/^[0-9a-f]{16}$/)
  expect(size).toBeGreaterThan(1000)
})

test.each([
  ['two of one name', { base, judges: [judges[0], at('other', 'judge-s1')], directs: [] }],
  ['one that does not think called as one that does', { base, judges, directs: [at('judge')] }],
  ['the same twice', { base, judges: [judges[0], judges[0]], directs: [] }],
  ['a reward', { base, judges: [join(folder, 'models', 'nothing')], directs: [] }],
])('%s is refused', async (_, directories) => {
  await expect(judgeArms(directories)).rejects.toThrow(InputError)
})
