import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { readJsonLines } from './jsonl.ts'
import { problemRow, solutionRow } from './rows.ts'
import { scratchFolder } from './scratch.fixture.ts'

const folder = scratchFolder()

const path = join(folder, 'rows.jsonl')
const anyRow = z.looseObject({})
const good = { id: 'a', problem: '1 + 1?', steps: ['1 + 1 = 2', 'Answer: 2'] }

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function read<Schema extends z.ZodType>(content: string | Uint8Array, schema: Schema) {
  writeFileSync(path, content)
  return collect(readJsonLines(path, schema))
}

async function faultOf(content: string | Uint8Array, schema: z.ZodType = solutionRow): Promise<string> {
  const error = await read(content, schema).then(
    () => expect.unreachable('no fault found'),
    (error) => error,
  )
  expect(error).toBeInstanceOf(InputError)
  return error.message.replace(path, 'rows.jsonl')
}

function solution(fields: object): string {
  return JSON.stringify({ ...good, ...fields })
}

test('rows come with their line; blank lines, CRLF, a byte order mark and a missing last newline are fine', async () => {
  expect(await read('\ufeff{"n":1}\r\n\r\n  \n{"n":2}\r\n{"n":3}', anyRow)).toEqual([
    { line: 1, where: `${path}:1`, row: { n: 1 } },
    { line: 4, where: `${path}:4`, row: { n: 2 } },
    { line: 5, where: `${path}:5`, row: { n: 3 } },
  ])
  expect(await read('', anyRow)).toEqual([])
})

test('what was written comes back, gzipped or not', async () => {
  const rows = fc.array(fc.record({ text: fc.string({ unit: 'binary', maxLength: 50 }), n: fc.integer() }))
  await fc.assert(
    fc.asyncProperty(rows, fc.boolean(), async (rows, zipped) => {
      const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      const read_ = await read(zipped ? gzipSync(text) : text, anyRow)
      expect(read_.map(({ row }) => row)).toEqual(JSON.parse(JSON.stringify(rows)))
    }),
    { numRuns: 50 },
  )
})

test('many lines, with characters cut by the ends of chunks', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ n, text: '€'.repeat(n % 30) }))
  const rows = await read(lines.join('\n'), anyRow)
  expect(rows.map(({ row }) => JSON.stringify(row))).toEqual(lines)
  expect(rows.at(-1)?.line).toBe(20_000)
})

test('lines far longer than a chunk, with characters cut by its end', async () => {
  const text = '€'.repeat(1_000_000)
  const rows = await read(`${JSON.stringify({ text })}\n${JSON.stringify({ text: `x${text}` })}\n`, anyRow)
  expect(rows.map(({ row }) => (row.text as string).length)).toEqual([1_000_000, 1_000_001])
})

test('gzip members one after the other are one file', async () => {
  const members = [gzipSync('{"n":1}\n'), gzipSync('{"n":2}\n')]
  expect(await read(Buffer.concat(members), anyRow)).toHaveLength(2)
})

test.each([
  ['{"n":1}\n{"n":', 'rows.jsonl:2: not valid JSON: the line ends in the middle of a value'],
  [
    '{"n":1 "m":2}',
    `rows.jsonl:1: not valid JSON at column 8: Expected ',' or '}' after property value near`,
  ],
  ['{n:1}', `rows.jsonl:1: not valid JSON at column 2: Expected property name or '}' near`],
  ['{"n":NaN}', `rows.jsonl:1: not valid JSON: Unexpected token 'N'`],
  [
    '[\n{"n":1}\n]',
    'rows.jsonl:1: not valid JSON: the line ends in the middle of a value\n  This looks like one JSON',
  ],
  ['[{"n":1}]', 'rows.jsonl:1: the row must be an object, not a list\n  This looks like one JSON array'],
  ['"n"', 'rows.jsonl:1: the row must be an object, not a string'],
])('%j is no row', async (text, fault) => {
  expect(await faultOf(text, anyRow)).toContain(fault)
})

test('bytes that are not UTF-8, and damaged gzip', async () => {
  expect(await faultOf(Buffer.from([0x7b, 0xff, 0x7d]))).toBe('rows.jsonl: is not UTF-8 text')
  expect(await faultOf(Buffer.from([0x7b, 0xe2, 0x82]))).toBe(
    'rows.jsonl: is not UTF-8 text: it ends in the middle of a character',
  )
  const zipped = gzipSync(`${solution({})}\n`.repeat(1000))
  expect(await faultOf(zipped.subarray(0, -12))).toBe('rows.jsonl: the gzip data is cut off')
  zipped[20] ^= 0xff
  expect(await faultOf(zipped)).toBe('rows.jsonl: the gzip data is damaged')
})

test('a file that is missing, and a directory', async () => {
  const missing = collect(readJsonLines(join(folder, 'nowhere.jsonl'), anyRow))
  await expect(missing).rejects.toThrow('nowhere.jsonl: no such file')
  await expect(collect(readJsonLines('', anyRow))).rejects.toThrow('"": no such file')
  await expect(collect(readJsonLines(folder, anyRow))).rejects.toThrow('is a directory, not a file')
})

test.each([
  [{ steps: [''] }, 'steps[0] must be a non-empty string'],
  [{ steps: ['1 + 1 = 2', ' \n'] }, 'steps[1] must be a non-empty string'],
  [{ steps: ['1 + 1 = 2', 2] }, 'steps[1] must be a string, not a number'],
  [{ steps: [] }, 'steps must hold at least one step'],
  [{ steps: 'one text' }, 'steps must be a list, not a string'],
  [{ steps: undefined }, 'steps is missing'],
  [{ id: undefined, steps: null }, 'id is missing; steps must be a list, not null'],
  [{ id: 3 }, 'id must be a string, not a number\n  Give each row an "id" that is a string'],
  [{ id: undefined }, 'id is missing\n  Give each row an "id"'],
  [{ problem: ' ' }, 'problem must be a non-empty string'],
  [{ correct: 'yes' }, 'correct must be true or false, not a string'],
  [{ first_error: 2 }, 'first_error must be below 2, the number of steps (0 is the first step)'],
  [{ first_error: -1 }, 'first_error must not be negative (0 is the first step; null means none)'],
  [{ first_error: 0.5 }, 'first_error must be a whole number (0 is the first step) or null'],
  [{ first_error: '1' }, 'first_error must be a whole number (0 is the first step) or null'],
  [{ steps: [1, 2, 3, 4, 5] }, 'steps[2] must be a string, not a number; and 2 more'],
])('a solution with %j is refused in words', async (fields, fault) => {
  const message = await faultOf(`${solution({})}\n\n${solution(fields)}\n`)
  expect(message).toMatch(/^rows\.jsonl:3: /)
  expect(message).toContain(fault)
})

test('a row keeps the fields that we do not know, and steps keep their line ends', async () => {
  const row = { ...good, steps: ['a\nb'], first_error: null, source: { model: 'x' } }
  expect((await read(JSON.stringify(row), solutionRow))[0].row).toEqual(row)
  expect((await read(JSON.stringify(row), problemRow))[0].row).toEqual(row)
})

test('with onError bad rows are told and left out', async () => {
  writeFileSync(path, `${solution({})}\n{\n${solution({ steps: [] })}\n${solution({ id: 'b' })}\n`)
  const faults: string[] = []
  const onError = (error: InputError) => faults.push(error.message.replace(path, 'rows.jsonl'))
  const rows = await collect(readJsonLines(path, solutionRow, { onError }))
  expect(rows.map(({ line }) => line)).toEqual([1, 4])
  expect(faults.map((fault) => fault.slice(0, 13))).toEqual(['rows.jsonl:2:', 'rows.jsonl:3:'])
})

test('leaving early closes the file', async () => {
  writeFileSync(path, `${solution({})}\n`.repeat(10_000))
  for await (const { line } of readJsonLines(path, solutionRow)) if (line === 2) break
})

test('an abort ends the reading with its reason', async () => {
  writeFileSync(path, `${solution({})}\n`.repeat(3))
  const controller = new AbortController()
  const reason = new Error('enough')
  let rows = 0
  const reading = async () => {
    for await (const _ of readJsonLines(path, solutionRow, { signal: controller.signal }))
      if (++rows === 2) controller.abort(reason)
  }
  await expect(reading()).rejects.toBe(reason)
  expect(rows).toBe(2)
})
