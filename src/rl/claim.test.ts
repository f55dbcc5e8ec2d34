import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { checkApart, claimFolder } from './claim.ts'

const folder = scratchFolder()

it('a folder of other options is refused by their names, and how it was called does not matter', async () => {
  await claimFolder(folder, { command: ['rl'], rate: 1, levels: null, penalty: undefined })
  await claimFolder(folder, { command: ['rl', '--json'], levels: null, rate: 1 })
  const other = claimFolder(folder, { rate: 2, levels: null, penalty: { merging: 1 } })
  await expect(other).rejects.toThrow('it differs in rate, penalty')
})

it.each(['', '{"rate": 1', 'null'])('a config that is damaged is bad input, no bug: %j', async (text) => {
  writeFileSync(join(folder, 'config.json'), text)
  await expect(claimFolder(folder, { rate: 1 })).rejects.toThrow(InputError)
})

it('what somebody else has made is neither overwritten nor added to', async () => {
  const theirs = join(folder, 'theirs')
  mkdirSync(join(theirs, 'policy'), { recursive: true })
  await expect(claimFolder(theirs, { rate: 1 })).rejects.toThrow('holds policy, and no config.json')
  writeFileSync(join(theirs, 'config.json'), '{"hidden_size": 128}')
  await expect(claimFolder(theirs, { rate: 1 })).rejects.toThrow('is not the config of a run')
  expect(readdirSync(theirs).sort()).toEqual(['config.json', 'policy'])
})

it('the policy that a run starts from does not lie in its folder', () => {
  const run = join(folder, 'run')
  const policy = join(run, 'policy')
  checkApart(policy, run) // the run is yet to be
  expect(existsSync(run)).toBe(false)
  mkdirSync(policy, { recursive: true })
  expect(() => checkApart(policy, run)).toThrow('would overwrite it')
  mkdirSync(join(folder, 'run-2'))
  checkApart(policy, join(folder, 'run-2'))
  expect(() => checkApart(join(folder, 'run-2'), join(folder, 'run-2'))).toThrow(InputError)
})
