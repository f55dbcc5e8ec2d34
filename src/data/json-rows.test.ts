import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { readJsonRows } from './json-rows.ts'
import { repeatedKeys } from './repeated-keys.ts'
import { scratchFolder } from './scratch.fixture.ts'
import { all } from './shared-data.fixture.ts'

const folder = scratchFolder()

async function read(content: string | Uint8Array, name = 'rows.json') {
  writeFileSync(join(folder, name), content)
  const faults: string[] = []
  const onError = (error: InputError) => faults.push(error.message.replaceAll(`${folder}/`, ''))
  const rows = await all(readJsonRows(join(folder, name), { onError }))
  const places = rows.map(({ index, where }) => `${index} ${where.replace(`${folder}/`, '')}`)
  return { values: rows.map(({ value }) => value), places, faults }
}

const rows = [{ n: 1 }, { n: 2, list: ['a, b', '{'] }]

test.each([
  ['JSON Lines under a .json name', '{"n":1}\n\n{"n":2,"list":["a, b","{"]}\n', [':1', ':3']],
  [
    'with CRLF, a byte order mark and no last newline',
    '\ufeff{"n":1}\r\n{"n":2,"list":["a, b","{"]}',
    [':1', ':2'],
  ],
  ['a list on one line', JSON.stringify(rows), [', row 1', ', row 2']],
  ['a list over many lines', JSON.stringify(rows, null, 2), [', row 1', ', row 2']],
  [
    'an object of lists over many lines',
    JSON.stringify({ q: [rows[0]], r: [rows[1]] }, null, 2),
    [', row 1', ', row 2'],
  ],
  ['an object of lists on one line', JSON.stringify({ q: rows }), [', row 1', ', row 2']],
])('%s', async (_, text, places) => {
  const found = await read(text)
  expect(found.values).toEqual(rows)
  expect(found.places).toEqual(places.map((place, i) => `${i} rows.json${place}`))
  expect(found.faults).toEqual([])
})

test('one row over many lines is that row; a row of lists of texts is no object of rows', async () => {
  expect((await read(JSON.stringify(rows[1], null, 2))).values).toEqual([rows[1]])
  expect((await read('{"answers":["a"]}\n')).values).toEqual([{ answers: ['a'] }])
})

test('bad lines are told and keep their place', async () => {
  const { values, places, faults } = await read('{"n":\n{"n":2}\n{"n":3,"m":{"a":1,"a":2}}\n{"n":4}\n')
  expect(values).toEqual([{ n: 2 }, { n: 4 }])
  expect(places).toEqual(['1 rows.json:2', '3 rows.json:4'])
  expect(faults).toEqual([
    expect.stringMatching(/^rows\.json:1: not valid JSON: /),
    'rows.json:3: the key "a" stands twice in one object at m',
  ])
})

test('rows that are not JSON wait for one that is; a file without any has one error', async () => {
  const csv = (rows: number) => Array.from({ length: rows }, (_, i) => `p${i},1 + 1,"x"\n`).join('')
  const { values, faults } = await read(`${csv(19)}{"n":1}\n${csv(30)}`)
  expect(values).toEqual([{ n: 1 }])
  const lines = faults.map((fault) => /^rows\.json:(\d+): not valid JSON: /.exec(fault)?.[1])
  expect(lines.map(Number)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1).filter((line) => line !== 20))
  const refused = (text: string) => {
    writeFileSync(join(folder, 'rows.csv'), text)
    return expect(all(readJsonRows(join(folder, 'rows.csv'), { onError: () => expect.unreachable() })))
      .rejects
  }
  await refused(csv(1000)).toThrow(/rows\.csv: the first 20 rows are not JSON: .*\n {2}Give JSON Lines/)
  await refused(`${csv(20)}{"n":1}\n`).toThrow('the first 20 rows are not JSON')
  await refused(csv(3)).toThrow('rows.csv: all 3 rows are not JSON')
  await refused('{"n":').toThrow('rows.csv:1: not valid JSON')
  await refused('[{"n":1},\n{"n"').toThrow('rows.csv: not valid JSON')
})

test('without onError the first bad row ends the reading', async () => {
  writeFileSync(join(folder, 'bad.jsonl'), '{"a":1,"a":1}\n')
  await expect(all(readJsonRows(join(folder, 'bad.jsonl')))).rejects.toThrow(InputError)
})

test('a key that stands twice: in a list its row is bad, among questions it is told', async () => {
  const list = await read('[{"n":1},{"n":2,"n":3},{"n":4}]')
  expect([list.values, list.places]).toEqual([
    [{ n: 1 }, { n: 4 }],
    ['0 rows.json, row 1', '2 rows.json, row 3'],
  ])
  const questions = await read('{"q":[{"n":1}],"r":[{"n":2}],"q":[{"n":3}]}')
  expect(questions.faults).toEqual(['rows.json:1: the key "q" stands twice in one object'])
})

test('gzip, whatever the name, and files that cannot be read', async () => {
  const zipped = gzipSync('{"n":1}\n{"n":2}\n')
  expect((await read(zipped, 'rows.jsonl')).values).toEqual([{ n: 1 }, { n: 2 }])
  await expect(read(zipped.subarray(0, -12), 'cut.gz')).rejects.toThrow('the gzip data is cut off')
  await expect(read(zipped.fill(0, 12, 20), 'bad.gz')).rejects.toThrow('the gzip data is damaged')
  await expect(read(Buffer.from([0x7b, 0xff]))).rejects.toThrow('is not UTF-8 text')
  await expect(all(readJsonRows(join(folder, 'nowhere')))).rejects.toThrow('nowhere: no such file')
})

test('lines cut by the ends of chunks, and an abort', async () => {
  const lines = Array.from({ length: 3000 }, (_, n) => ({ n, text: '€'.repeat(n % 50) }))
  const { values } = await read(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  expect(values).toEqual(lines)
  const controller = new AbortController()
  const reading = all(readJsonRows(join(folder, 'rows.json'), { signal: controller.signal }))
  controller.abort(new Error('enough'))
  await expect(reading).rejects.toThrow('enough')
})

test('repeated keys are found wherever they are, whatever the texts hold', () => {
  // no text is too long, whatever is escaped in it
  expect(repeatedKeys(`{"a":"${'\\\\\\"'.repeat(2_000_000)}","b":1}`)).toEqual([])
  expect(repeatedKeys('{"a":[{"b":"{\\"b\\":1,","c":{"d":1,"\\u0064":2}}]}')).toEqual([
    { path: ['a', 0, 'c'], key: 'd' },
  ])
  const [deep] = repeatedKeys(`${'{"a":1,"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`).slice(-1)
  expect(deep.path.length).toBeLessThan(10)
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(repeatedKeys(JSON.stringify(JSON.parse(json)))).toEqual([])
    }),
  )
})
