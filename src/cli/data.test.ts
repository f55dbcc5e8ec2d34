import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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

test('of a problem only its bad solution is left out; an answer that was right in spite of a bad step forges no label', async () => {
  const solution = (k: number, steps: string[], fields: object = {}) => ({
    ...{ id: `p#${k}`, problem: 'P', steps, correct: true, ...fields },
  })
  const four = lines(...['x', 'y', 'a\n\nb', 'z'].map((step, k) => solution(k, [step, 'Answer: 1'])))
  const mended = lines(solution(0, ['a', 'b', 'Answer: 1'], { first_error: 0 }))
  const [grouped, ...refused] = await Promise.all([
    assay(['data', 'convert', '-', '--to', 'best-of-n', '--keep-going'], four),
    ...['math-shepherd', 'trl'].map((to) => assay(['data', 'convert', '-', '--to', to], mended)),
  ])
  expect(grouped.err).toContain('error: standard input:3, p#2: its 2 steps would come back as 3')
  expect(grouped.err).toContain('1 rows of assay as best-of-n; 1 bad rows left out')
  expect([grouped.code, parsed(grouped.out)[0].labels]).toEqual([1, [1, 1, 1]])
  for (const { out, err, code } of refused) {
    expect([out, code]).toEqual(['', 2])
    expect(err).toContain('standard input:1, p#0: its answer is right in spite of step 0')
  }
})

test('a conversion that writes no row makes no file', async () => {
  const out = join(folder, 'none.jsonl')
  const args = ['data', 'convert', '-', '--to', 'trl', '--out', 'none.jsonl']
  const unknown = lines({ id: 'a', problem: 'P', steps: ['x'] })
  expect((await assay(args, unknown)).code).toBe(2)
  expect(existsSync(out)).toBe(false)
  const { out: told, code } = await assay([...args, '--keep-going'], unknown)
  expect([code, told]).toEqual([1, '0 rows of assay as trl; 1 bad rows left out\n'])
  expect(existsSync(out)).toBe(false)
  writeFileSync(out, '')
  expect((await assay(args, unknown)).code).toBe(2)
  expect(readFileSync(out, 'utf8')).toBe('')
})

test('a file of another kind is one error', async () => {
  writeFileSync(join(folder, 'rows.csv'), 'id,problem,steps\n'.repeat(1363))
  for (const args of [['describe'], ['convert', '--keep-going']]) {
    const { out, err, code } = await assay(['data', ...args, 'rows.csv'])
    expect([out, code]).toEqual(['', 2])
    expect(err).toMatch(
      /^error: rows\.csv: the first 20 rows are not JSON: [^\n]*\n {2}Give JSON Lines [^\n]*\n$/,
    )
  }
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
  writeFileSync(join(folder, 'own.jsonl'), lines({ id: 'a', problem: 'P', steps: ['x'] }))
  const cases: [args: string[], fault: string][] = [
    [['describe', 'nowhere.jsonl'], 'nowhere.jsonl: no such file'],
    [['describe', '-'], '-: has no rows'],
    [['convert', '-'], '-: has no rows'],
    [
      ['describe', 'trl.json.gz', '--neutral', 'good'],
      '--neutral: does nothing for rows of trl\n  Leave it out: it is for prm800k.',
    ],
    [['convert', 'own.jsonl', '--outcome', 'last-step'], '--outcome: does nothing for rows of assay'],
    [['convert', '-', '--to', 'prmbench'], "argument 'prmbench' is invalid"],
    [['convert', 'trl.json.gz', '--out', 'trl.json.gz'], 'is the input, too'],
  ]
  const found = await Promise.all(cases.map(([args]) => assay(['data', ...args])))
  for (const [i, { err, code }] of found.entries())
    expect([code, err]).toEqual([2, expect.stringContaining(cases[i][1])])
})
