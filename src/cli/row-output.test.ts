import { linkSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { openRowOutput } from './row-output.ts'

test('--out - is no file of that name, but a teaching error', async () => {
  await expect(openRowOutput('-', 'rows.jsonl')).rejects.toThrow(InputError)
  await expect(openRowOutput('-', 'rows.jsonl')).rejects.toThrow('Leave out --out')
})

test('the input is not written over, by whatever name', async () => {
  await expect(openRowOutput('./rows.jsonl', 'rows.jsonl')).rejects.toThrow('is the input, too')
})

const scratch = scratchFolder()

test('a row is known by its id, what it was made from and the settings; of anything else it is refused', async () => {
  const path = join(scratch, 'rows.jsonl')
  const open = (settings: object) => openRowOutput(path, 'input.jsonl', settings)
  const first = await open({ reward: 'a' })
  expect(first.skip('1', 'text')).toBe(false)
  await first.write({ id: '1', score: 1 }, 'text')
  await first.write({ id: '1', score: 2 }, 'other text of the same id')
  await first.close()

  const again = await open({ reward: 'a' })
  expect(again.resumed).toBe(2)
  expect(['text', 'other text of the same id', 'a third'].map((text) => again.skip('1', text))).toEqual([
    true,
    true,
    false,
  ])
  expect(again.skip('2', 'text')).toBe(false)
  await again.close()

  for (const [settings, text] of [
    [{ reward: 'a' }, 'text, mended'],
    [{ reward: 'b' }, 'text'],
  ] as const) {
    const other = await open(settings)
    expect(() => other.skip('1', text)).toThrow('"1" is there, of another text or made with other settings')
    await other.close()
  }
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2)
})

test('nor through a link', async () => {
  const [input, soft, hard] = ['input.jsonl', 'soft.jsonl', 'hard.jsonl'].map((name) => join(scratch, name))
  writeFileSync(input, '{"id":"1"}\n')
  symlinkSync(input, soft)
  linkSync(input, hard)
  for (const out of [soft, hard]) await expect(openRowOutput(out, input)).rejects.toThrow('is the input, too')
})

test('an empty name is shown as one', async () => {
  await expect(openRowOutput('', 'rows.jsonl')).rejects.toThrow('--out "": names no file')
})

test('a file that another run writes to is refused, by whatever name, until that has closed it', async () => {
  const [path, link] = ['held.jsonl', 'link.jsonl'].map((name) => join(scratch, name))
  const first = await openRowOutput(path, 'input.jsonl')
  symlinkSync(path, link)
  for (const out of [path, link])
    await expect(openRowOutput(out, 'input.jsonl')).rejects.toThrow(`process ${process.pid} is at work here`)
  await first.close()
  await (await openRowOutput(link, 'input.jsonl')).close()
  expect(readdirSync(scratch).filter((name) => name.includes('lock'))).toEqual([])
})

test('a file that cannot be opened is not held', async () => {
  for (let i = 0; i < 2; i++)
    await expect(openRowOutput(scratch, 'input.jsonl')).rejects.toThrow('is a directory')
})
