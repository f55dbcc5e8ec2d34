import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { scratchFolder } from '../data/scratch.fixture.ts'
import type { InputError } from '../reasoning/errors.ts'
import { earlierRows, madeOf, newRows, settingsName } from './earlier-rows.ts'

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
  const rows = await all(newRows(file(...ids), row, { there: new Map([['a', madeOf({})]]), onError }))
  expect(rows.map(({ line, row: { id } }) => [line, id])).toEqual([
    [2, 'b'],
    [3, 'c'],
  ])
  expect(faults).toEqual([
    expect.stringContaining('rows.jsonl:4: the id "b" was there before'),
    expect.stringContaining('rows.jsonl:5: the id "a" was there before'),
  ])
})

test('a row that is there of another text is not passed over', async () => {
  const pair = z.object({
    id: z.string(),
    query: z.string(),
    responses: z.array(z.string()),
    label: z.number().optional(),
  })
  const rows = [{ id: 'a', query: 'q', responses: ['x', 'y'], label: 0 }]
  const onError = () => expect.unreachable()
  const there = new Map([['a', madeOf(rows[0])]])
  expect(await all(newRows(file(...rows), pair, { there, onError }))).toEqual([])
  for (const other of [{ query: 'r' }, { responses: ['y', 'x'] }, { label: 1 }, { label: undefined }])
    await expect(all(newRows(file({ ...rows[0], ...other }), pair, { there, onError }))).rejects.toThrow(
      /rows\.jsonl:1: "a" is there, of another query, responses or label/,
    )
})
