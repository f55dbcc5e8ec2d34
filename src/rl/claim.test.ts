import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { claimFolder } from './claim.ts'

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
