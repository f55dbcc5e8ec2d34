import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { alone, inFolder } from './lock.ts'

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

test('a folder made for work that fails before it leaves anything in it goes again, and no other', async () => {
  const [top, folder] = [join(scratch, 'made'), join(scratch, 'made', 'here')]
  const failing = (leaves: () => void) => async () => {
    leaves()
    throw new Error('broken')
  }
  const nothing = failing(() => expect(existsSync(folder)).toBe(true))
  await expect(alone(folder, nothing)).rejects.toThrow('broken')
  expect(existsSync(top)).toBe(false)
  mkdirSync(top)
  await expect(inFolder(folder, nothing)).rejects.toThrow('broken')
  expect([existsSync(folder), existsSync(top)]).toEqual([false, true])
  const rows = failing(() => writeFileSync(join(folder, 'rows'), ''))
  await expect(inFolder(folder, rows)).rejects.toThrow('broken')
  await inFolder(join(top, 'used later'), async () => {})
  expect([folder, join(top, 'used later')].map((each) => existsSync(each))).toEqual([true, true])
})

test.each(['4194305', '', 'text', '-1'])('a process that was killed holds nothing (%j)', async (holder) => {
  const folder = join(scratch, 'killed')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'lock'), holder)
  expect(await alone(folder, async () => 3)).toBe(3)
})
