import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { sampleSeed } from '../data/samples.ts'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { taskNamed } from '../tasks/index.ts'
import { type TinyModels, writeTinyModels } from '../transformer/tiny.fixture.ts'
import { killAssay, linesIn } from './kill.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
let models: TinyModels
beforeAll(() => {
  models = writeTinyModels(folder)
})

const assay = assayIn(folder)
const sample = (...args: (string | number)[]) =>
  ['sample', '--policy', models.policy, '--threads', 1, ...args].map(String)

test('rows of a task on standard output, each sample the same alone as among others', async () => {
  const { out, err, code } = await assay(sample('--task', 'arithmetic', '--count', 3, '--n', 4))
  expect({ err, code }).toEqual({ err: expect.stringMatching(/^12 sampled: \d+ tokens\n$/), code: 0 })
  const rows = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.map(({ id }) => id)).toEqual(
    [0, 1, 2].flatMap((i) => [0, 1, 2, 3].map((k) => `arithmetic/test/${i}#${k}`)),
  )
  const { id, problem } = taskNamed('arithmetic').problem('test', 2)
  expect(rows[8]).toMatchObject({ problem, seed: sampleSeed(1, id, 0), finish: 'end' })
  const alone = await assay(sample('-', '--n', 2), JSON.stringify({ id, problem, more: 1 }))
  expect(alone.out).toBe(out.split('\n').slice(8, 10).join('\n').concat('\n'))
})

test('a killed run goes on: nothing twice, nothing lost, the same bytes', async () => {
  const args = (file: string) =>
    sample('--task', 'arithmetic', '--count', 700, '--n', 8, '--out', file, '--json')
  const [whole, killed] = ['whole.jsonl', 'killed.jsonl'].map((name) => join(folder, name))
  const [{ out }, signal] = await Promise.all([
    assay(args(whole)),
    killAssay(folder, args(killed), killed, 300),
  ])
  expect(JSON.parse(out)).toMatchObject({ rows: 5600, resumed: 0 })
  expect(signal).toBe('SIGKILL')
  const there = linesIn(killed).length
  expect(there).toBeLessThan(5600)
  appendFileSync(killed, '{"id":"arithmetic/te')
  const resumed = JSON.parse((await assay(args(killed))).out)
  expect(resumed).toMatchObject({ rows: 5600 - there, resumed: there })
  expect(readFileSync(killed, 'utf8')).toBe(readFileSync(whole, 'utf8'))

  const other = await assay([...args(killed), '--seed', '2'])
  expect(other).toMatchObject({
    out: '',
    code: 2,
    err: expect.stringContaining(
      'is there, of another text or made with other settings\n  Name another file',
    ),
  })
})

test.each([
  [[], 'error: name either a file of problems or a --task\n  assay sample --task arithmetic\n'],
  [['x.jsonl', '--task', 'arithmetic'], 'error: name either a file of problems or a --task\n'],
  [['--task', 'chess'], 'error: no task named chess\n  tasks: arithmetic, word-problem, shuffled-objects\n'],
  [['--task', 'arithmetic', '--levels', '99'], 'error: arithmetic: no level 99 in test\n'],
  [['--task', 'arithmetic', '--n', '0'], 'Must be at least 1.'],
  [['--task', 'arithmetic', '--n', '1000000000'], 'Must be at most 100000.'],
  [['--task', 'arithmetic', '--count', '1000000000'], 'Must be at most 100000.'],
  [
    ['x.jsonl', '--split', 'test'],
    'error: --split would do nothing: the problems are of a file\n  Leave it out',
  ],
  [['x.jsonl', '--count', '3', '--levels', '1'], 'error: --count and --levels would do nothing'],
  [['nowhere.jsonl'], 'error: nowhere.jsonl: no such file\n'],
])('%j is a usage error', async (args, message) => {
  const { out, err, code } = await assay(sample(...args))
  expect({ out, code }).toEqual({ out: '', code: 2 })
  expect(err).toContain(message)
})

test('a reward model is no policy', async () => {
  writeFileSync(join(folder, 'problems.jsonl'), '{"id":"a","problem":"b"}\n')
  const { err, code } = await assay(['sample', 'problems.jsonl', '--policy', models.reward])
  expect({ err, code }).toEqual({ err: expect.stringContaining('is a reward model'), code: 2 })
})
