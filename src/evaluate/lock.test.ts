import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { alone } from './lock.ts'

const scratch = scratchFolder()

test('while one is at work nobody else is; after it, whether it failed or not, the next', async () => {
  const folder = join(scratch, 'a', 'b')
  await alone(folder, async () => {
    await expect(alone(folder, async () => 1)).rejects.toThrow(InputError)
    await expect(alone(folder, async () => 1)).rejects.toThrow(`process ${process.pid} is at work here`)
  })
  const failed = alone(folder, async () => {
    throw new Error('broken')
  })
  await expect(failed).rejects.toThrow('broken')
  expect(await alone(folder, async () => 2)).toBe(2)
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})

test.each(['4194305', '', 'text', '-1'])('a process that was killed holds nothing (%j)', async (holder) => {
  const folder = join(scratch, 'killed')
  await alone(folder, async () => {})
  writeFileSync(join(folder, 'lock'), holder)
  expect(await alone(folder, async () => 3)).toBe(3)
})
