import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { labelledSamples } from '../judge/embedded/samples.fixture.ts'
import { writeTinyJudge } from '../judge/embedded/tiny-judge.fixture.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { killAssay, linesIn } from './kill.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
const inFolder = (name: string) => join(folder, name)
beforeAll(() => {
  const { policy } = writeTinyModels(folder, { contextLength: 512 })
  writeTinyJudge(inFolder('base'), policy)
  const text = labelledSamples(24)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('')
  for (const name of ['samples.jsonl', 'held.jsonl']) writeFileSync(inFolder(name), text)
  writeFileSync(inFolder('alone.jsonl'), text.split('\n')[0])
})

const assay = assayIn(folder)
const samples = ['--train', 'samples.jsonl', '--validation', 'held.jsonl', '--threads', '1']
const judge = (steps: number, ...more: string[]) => [
  ...[
    'train',
    'judge',
    ...samples,
    '--base',
    'base',
    '--steps',
    String(steps),
    '--pairs',
    '2',
    '--judgments',
    '4',
  ],
  ...['--max-tokens', '24', '--probe', '2', '--probe-every', '10', ...more],
]
const untimed = (out: string) =>
  linesIn(inFolder(`${out}/metrics.jsonl`)).map((line) => ({ ...JSON.parse(line), seconds: null }))
const weights = (out: string) => readFileSync(inFolder(`${out}/policy/model.safetensors`))

test('a base, from a language model and labelled solutions, can be judged with', async () => {
  const schedule = ['--steps', '3', '--batch-tokens', '2048', '--out', 'own-base']
  const made = await assay(['train', 'judge-base', ...samples, '--backbone', 'policy', ...schedule])
  expect(made.code, made.err).toBe(0)
  const pair = { id: 'p', query: 'Compute 2 + 2.', responses: ['2 + 2 = 4', '2 + 2 = 5'] }
  const judged = await assay(['judge', '-', '--judge', 'own-base', '--thinking', '8'], JSON.stringify(pair))
  expect(JSON.parse(judged.out)).toHaveProperty('winner')
})

test('killed, and started again, a judge ends as one that was left alone', async () => {
  const whole = await assay(judge(24, '--out', 'whole'))
  expect(whole.code, whole.err).toBe(0)
  expect(whole.out).toContain('Held-out pairs right')
  const killed = judge(24, '--out', 'killed')
  expect(await killAssay(folder, killed, inFolder('killed/metrics.jsonl'), 3)).toBe('SIGKILL')
  expect((await assay(killed)).code).toBe(0)
  expect(untimed('killed')).toEqual(untimed('whole'))
  expect(weights('killed')).toEqual(weights('whole'))
  expect(linesIn(inFolder('killed/difficulty.jsonl'))).toEqual(linesIn(inFolder('whole/difficulty.jsonl')))
})

test('other labels, two judgments for two orders, and a second process in the folder are refused', async () => {
  const first = judge(1, '--out', 'taught')
  expect(await assay(first)).toMatchObject({ code: 0 })
  const flipped = linesIn(inFolder('samples.jsonl')).map((line) => {
    const row = JSON.parse(line)
    return `${JSON.stringify({ ...row, correct: !row.correct })}\n`
  })
  writeFileSync(inFolder('flipped.jsonl'), flipped.join(''))
  const other = first.with(first.indexOf('--train') + 1, 'flipped.jsonl')
  expect(await assay(other)).toMatchObject({
    code: 2,
    err: expect.stringContaining('taught/difficulty.jsonl:1: was tried'),
  })
  const all = [...judge(1, '--out', 'kept', '--drop-solved', '0')]
  expect(await assay(all)).toMatchObject({ code: 0 })
  const again = all.with(all.indexOf('--train') + 1, 'flipped.jsonl')
  expect(await assay(again)).toMatchObject({
    code: 2,
    err: expect.stringContaining('another run: it differs in data'),
  })

  expect(await assay(judge(1, '--out', 'few', '--judgments', '2'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('one order has but one'),
  })
  writeFileSync(inFolder('taught/lock'), `${process.pid}`)
  expect(await assay(first)).toMatchObject({ code: 2, err: expect.stringContaining('is at work here') })
})

test('what the base always gets right is left out, unless all is to be kept', async () => {
  const settings = (out: string) => JSON.parse(readFileSync(inFolder(`${out}/config.json`), 'utf8')).data
  await assay(judge(6, '--drop-solved', '1', '--pairs', '8', '--out', 'dropped'))
  await assay(judge(6, '--drop-solved', '0', '--pairs', '8', '--out', 'all'))
  const [dropped, all] = [settings('dropped'), settings('all')]
  expect(all.practised).toBe(all.pairs)
  expect(dropped.practised).toBeLessThan(dropped.pairs)
  const solved = linesIn(inFolder('dropped/difficulty.jsonl')).filter((line) => JSON.parse(line).solved)
  expect(dropped.pairs - dropped.practised).toBe(solved.length)
})

test.each([
  ['judge', '--out', 'same'],
  ['judge-base', '--out', 'same'],
  ['direct-judge', '--base', 'base', '--out', 'same'],
])('what it learned from is nothing to validate a %s on', async (...args) => {
  const { out, err, code } = await assay(['train', ...args, ...samples, '--validation', 'samples.jsonl'])
  expect({ out, code }).toEqual({ out: '', code: 2 })
  expect(err).toContain('samples.jsonl: --train and --validation are the same file')
})

test('nothing to compare is a usage error', async () => {
  const run = judge(2, '--out', 'none')
  run[run.indexOf('--train') + 1] = 'alone.jsonl'
  const { code, err } = await assay(run)
  expect(code).toBe(2)
  expect(err).toContain('there is no problem with a right and a wrong solution')
})
