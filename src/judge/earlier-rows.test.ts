import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { scratchFolder } from '../data/scratch.fixture.ts'
import type { InputError } from '../reasoning/errors.ts'
import { earlierRows, newRows, settingsName } from './earlier-rows.ts'

const folder = scratchFolder()

const row = z.object({ id: z.string(), settings: z.string() })

function file(...rows: object[]): string {
  const path = join(folder, 'rows.jsonl')
  writeFileSync(path, rows.map((each) => `${JSON.stringify(each)}\n`).join(''))
  return path
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

test('a name stands for all settings that are there', () => {
  expect(settingsName({ a: 1, b: undefined })).toBe(settingsName({ a: 1 }))
  expect(settingsName({ a: 1, b: 2 })).not.toBe(settingsName({ a: 1 }))
  expect(settingsName({ a: 1 })).toMatch(/^[0-9a-f]{8}$/)
})

test('rows of other settings are never gone on with', async () => {
  const rows = [
    { id: 'a', settings: 's' },
    { id: 'b', settings: 's' },
  ]
  expect(await all(earlierRows(file(...rows), row, 's'))).toEqual(rows)
  await expect(all(earlierRows(file(rows[0], { id: 'b', settings: 't' }), row, 's'))).rejects.toThrow(
    /rows\.jsonl:2: was made with other settings/,
  )
  await expect(all(earlierRows(file({ id: 'a' }), row, 's'))).rejects.toThrow(
    'rows.jsonl:1: settings is missing',
  )
})

test('what is there is left out, and an id that comes twice is told', async () => {
  const ids = ['a', 'b', 'c', 'b', 'a'].map((id) => ({ id, settings: '' }))
  const faults: string[] = []
  const onError = ({ message }: InputError) => faults.push(message)
  const rows = await all(newRows(file(...ids), row, { there: new Set(['a']), onError }))
  expect(rows.map(({ line, row: { id } }) => [line, id])).toEqual([
    [2, 'b'],
    [3, 'c'],
  ])
  expect(faults).toEqual([
    expect.stringContaining('rows.jsonl:4: the id "b" was there before'),
    expect.stringContaining('rows.jsonl:5: the id "a" was there before'),
  ])
})
