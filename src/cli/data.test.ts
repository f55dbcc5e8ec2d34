import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)
const lines = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const parsed = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

const trl = [
  { prompt: 'P?', completions: ['x', 'y'], labels: [true, false] },
  { prompt: 'P?', completions: ['x', 'z'], labels: [true, true] },
  { prompt: 'Q?', completions: ['w'], labels: [false] },
]
writeFileSync(join(folder, 'trl.json.gz'), gzipSync(JSON.stringify(trl, null, 1)))

test('convert tells the format itself, and options reach it', async () => {
  const { out, err, code } = await assay(['data', 'convert', 'trl.json.gz', '--outcome', 'last-step'])
  expect({ err, code }).toEqual({ err: '3 rows of trl as assay\n', code: 0 })
  expect(parsed(out)).toMatchObject([
    { id: 'trl-0', correct: false, first_error: 1 },
    { id: 'trl-1', correct: true, first_error: null },
    { id: 'trl-2', correct: false, first_error: 0 },
  ])
  const back = await assay(['data', 'convert', '-', '--to', 'trl'], out)
  expect(parsed(back.out)).toEqual(trl)
  const grouped = await assay(['data', 'convert', '-', '--to', 'best-of-n'], out)
  expect(grouped.err).toBe('2 rows of assay as best-of-n\n')
  expect(parsed(grouped.out)[0]).toMatchObject({ prompt: 'P?', labels: [0, 1] })
})

test('a bad row ends it, or is left out', async () => {
  const input = lines(trl[0], { ...trl[1], labels: [true] }, trl[2])
  const stopped = await assay(['data', 'convert', '-'], input)
  expect([stopped.code, parsed(stopped.out)]).toEqual([2, [expect.objectContaining({ id: 'trl-0' })]])
  expect(stopped.err).toBe(
    'error: standard input:2: labels holds 1 labels for 2 completions\n  --keep-going leaves bad rows out.\n',
  )
  const { out, err, code } = await assay(['data', 'convert', '-', '--keep-going'], input)
  expect([code, parsed(out).map(({ id }) => id)]).toEqual([1, ['trl-0', 'trl-2']])
  expect(err).toContain('error: standard input:2: labels holds 1')
  expect(err).toContain('2 rows of trl as assay; 1 bad rows left out')
})

test('--out goes on after a cut, also in a format without ids, and adds to no other rows', async () => {
  const args = ['data', 'convert', 'trl.json.gz', '--to', 'trl', '--out', 'out.jsonl', '--json']
  expect(JSON.parse((await assay(args)).out)).toEqual({ from: 'trl', to: 'trl', rows: 3, bad: 0, resumed: 0 })
  const path = join(folder, 'out.jsonl')
  const whole = readFileSync(path, 'utf8')
  expect(parsed(whole)).toEqual(trl)
  writeFileSync(path, whole.slice(0, whole.length * 0.6))
  expect(JSON.parse((await assay(args)).out)).toMatchObject({ rows: 2, resumed: 1 })
  expect(readFileSync(path, 'utf8')).toBe(whole)
  for (const other of [lines({ other: 1 }), whole + lines(trl[0])]) {
    writeFileSync(path, other)
    const { err, code } = await assay(args)
    expect([code, err]).toEqual([2, expect.stringContaining('is not what this conversion writes')])
    expect(readFileSync(path, 'utf8')).toBe(other)
  }
})

test('describe', async () => {
  const { out, code } = await assay(['data', 'describe', 'trl.json.gz'])
  expect(code).toBe(0)
  expect(out).toMatch(/^trl: 3 solutions of 2 problems, 5 steps\nanswers: 0 right, 0 wrong, 3 unknown\n/)
  expect(out).toMatch(/\nstep 0 +1 +33\.3\nstep 1 +1 +33\.3\nnone +1 +33\.3\n$/)
  const bad = await assay(['data', 'describe', '-', '--json'], lines(trl[0], { prompt: 'P?' }))
  expect([bad.code, JSON.parse(bad.out)]).toMatchObject([1, { format: 'trl', solutions: 1, bad: 1 }])
  expect(bad.err).toContain('error: standard input:2: completions is missing')
})

test('usage errors', async () => {
  const cases: [args: string[], fault: string][] = [
    [['describe', 'nowhere.jsonl'], 'nowhere.jsonl: no such file'],
    [['describe', '-'], '-: has no rows'],
    [['convert', '-', '--to', 'prmbench'], "argument 'prmbench' is invalid"],
    [['convert', 'trl.json.gz', '--out', 'trl.json.gz'], 'is the input, too'],
  ]
  const found = await Promise.all(cases.map(([args]) => assay(['data', ...args])))
  for (const [i, { err, code }] of found.entries())
    expect([code, err]).toEqual([2, expect.stringContaining(cases[i][1])])
})
