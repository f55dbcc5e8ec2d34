import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendJsonLines } from './append.ts'
import { scratchFolder } from './scratch.fixture.ts'

const folder = scratchFolder()
const path = join(folder, 'out.jsonl')

test('a new file is made, rows land in call order, and a second opening finds them', async () => {
  rmSync(path, { force: true })
  const out = await appendJsonLines(path)
  expect(out.count).toBe(0)
  await Promise.all([out.append([{ id: 'a' }, { id: 'b' }]), out.append([{ id: 'a' }]), out.append([])])
  await out.close()
  expect(readFileSync(path, 'utf8')).toBe('{"id":"a"}\n{"id":"b"}\n{"id":"a"}\n')
  const again = await appendJsonLines(path)
  expect(again.count).toBe(3)
  expect([...again.ids]).toEqual([
    ['a', 2],
    ['b', 1],
  ])
  await again.close()
})

test('a file cut anywhere by kill -9 goes on after its last complete row', async () => {
  const rows = ['a', 'ü', 'c'].map((id) => ({ id, text: `{ "${id}" }\n` }))
  const whole = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
      writeFileSync(path, whole.subarray(0, cut))
      const out = await appendJsonLines(path)
      await out.append(rows.slice(out.count))
      await out.close()
      expect(readFileSync(path)).toEqual(whole)
    }),
    { numRuns: whole.length },
  )
})

test('a complete last row without its newline is kept', async () => {
  writeFileSync(path, '{"id":"a"}\r\n{"id":"b"}')
  const out = await appendJsonLines(path)
  await out.append([{ id: 'c' }])
  await out.close()
  expect(out.count).toBe(2)
  expect(readFileSync(path, 'utf8')).toBe('{"id":"a"}\r\n{"id":"b"}\n{"id":"c"}\n')
})

test('a complete last row behind a byte order mark is kept, and one that a kill cut short is not', async () => {
  for (const [text, count] of [
    ['\ufeff{"id":"a"}', 1],
    ['{"id":"a', 0],
    ['{', 0],
    ['', 0],
  ] as const) {
    writeFileSync(path, text)
    const out = await appendJsonLines(path)
    await out.close()
    expect([out.count, readFileSync(path, 'utf8')]).toEqual([count, count === 0 ? '' : `${text}\n`])
  }
})

test.each([
  '{\\rtf1\\ansi hello}',
  '{ const a = 1; f(a) }',
  'a note of mine',
  'notes\n{"id":"a"}\n',
  '{"id":"a"}\n{"id":\n{"id":"b"}\n',
  '[1]\n',
  '12',
])('%j is not ours, and stays as it is', async (text) => {
  writeFileSync(path, text)
  await expect(appendJsonLines(path)).rejects.toThrow(/out\.jsonl:\d: is not a JSON object/)
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test('a folder that is missing, and a directory or a device in the place of the file', async () => {
  await expect(appendJsonLines(join(folder, 'no', 'out.jsonl'))).rejects.toThrow('its folder does not exist')
  await expect(appendJsonLines(folder)).rejects.toThrow('is a directory, not a file')
  if (process.platform !== 'win32')
    await expect(appendJsonLines('/dev/null')).rejects.toThrow('no file that rows can be kept in')
})
