import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { writeTinyJudge } from '../judge/embedded/tiny-judge.fixture.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
beforeAll(() => {
  const { policy } = writeTinyModels(folder, { contextLength: 512 })
  writeTinyJudge(join(folder, 'judge'), policy)
  const responses = ['2 + 2 = 4\nAnswer: 4', '2 + 2 = 5\nAnswer: 5']
  const pairs = Array.from({ length: 40 }, (_, i) => ({
    id: `p${i}`,
    query: 'Compute 2 + 2.',
    responses,
    label: 0,
  }))
  const long = { id: 'long', query: 'Compute 2 + 2.', responses: [responses[0], '7 '.repeat(600)] }
  const write = (name: string, rows: object[]) =>
    writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  write('pairs.jsonl', pairs)
  write('with-long.jsonl', [...pairs.slice(0, 2), long])
  write('contests.jsonl', [
    { id: 'c', query: 'Compute 2 + 2.', responses: ['2 + 2 = 4', '2 + 2 = 5', '2 + 2 = 6', '2 + 2 = 7'] },
  ])
})

const assay = assayIn(folder)
const shipped = fileURLToPath(new URL('../../models/judge/config.json', import.meta.url))
const rowsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('a judge on this machine: the same verdicts by any number of threads, pair by pair or together', async () => {
  const at = ['--judge', 'judge', '--thinking', '24']
  const { out, err, code } = await assay(['judge', 'pairs.jsonl', ...at, '--threads', '1'])
  expect(code, err).toBe(0)
  const rows = rowsOf(out)
  expect(rows).toHaveLength(40)
  expect(new Set(rows.map(({ winner }) => winner))).toEqual(new Set([0, 1]))
  for (const { reasoning, winner, tokens, correct } of rows) {
    expect(reasoning).toMatch(new RegExp(`Better: ${winner + 1}$`))
    expect(tokens).toBeGreaterThan(0)
    expect(correct).toBe(winner === 0)
  }
  expect((await assay(['judge', 'pairs.jsonl', ...at, '--threads', '3'])).out).toBe(out)
  const alone = await assay(
    ['judge', '-', ...at],
    readFileSync(join(folder, 'pairs.jsonl'), 'utf8').split('\n')[7],
  )
  expect(rowsOf(alone.out)).toEqual([rows[7]])
})

test('a pair that is too long for it is told, and not written', async () => {
  const { out, err, code } = await assay(['judge', 'with-long.jsonl', '--judge', 'judge', '--thinking', '24'])
  expect(code).toBe(1)
  expect(rowsOf(out).map(({ id }) => id)).toEqual(['p0', 'p1'])
  expect(err).toContain('with-long.jsonl:3: "long" is not judged: the pair takes')
})

test('it votes, plays tournaments, and knows its own rows from those of another budget', async () => {
  const voted = await assay([
    'judge',
    'pairs.jsonl',
    '--judge',
    'judge',
    '--votes',
    '3',
    '-o',
    'voted.jsonl',
    '--json',
  ])
  expect(voted.code, voted.err).toBe(0)
  expect(JSON.parse(voted.out)).toMatchObject({ pairs: 40, failed: 0 })
  const other = await assay([
    'judge',
    'pairs.jsonl',
    '--judge',
    'judge',
    '--votes',
    '3',
    '-o',
    'voted.jsonl',
    '--thinking',
    '9',
  ])
  expect(other.code).toBe(2)
  const { out, err, code } = await assay([
    'rank',
    'contests.jsonl',
    '--judge',
    'judge',
    '-t',
    'elo',
    '--json',
  ])
  expect(code, err).toBe(0)
  expect(rowsOf(out)[0].ranking).toHaveLength(4)
})

test('a reward model is no judge', async () => {
  const { out, err, code } = await assay(['rank', 'contests.jsonl', '--judge', 'reward'])
  expect({ out, code }).toEqual({ out: '', code: 2 })
  expect(err).toContain('reward: is a reward model: it scores solutions and cannot write them')
})

test.runIf(existsSync(shipped))('the judge that comes with assay goes by its name', async () => {
  const elsewhere = assayIn(scratchFolder())
  const pairs = readFileSync(join(folder, 'pairs.jsonl'), 'utf8').split('\n').slice(0, 2).join('\n')
  const named = await elsewhere(['judge', '-', '--judge', 'judge', '--thinking', '24'], pairs)
  expect(named.code, named.err).toBe(0)
  expect(rowsOf(named.out)).toEqual(rowsOf((await elsewhere(['judge', '-', '--thinking', '24'], pairs)).out))
  const unknown = await elsewhere(['judge', '-', '--judge', 'crm'], pairs)
  expect([unknown.code, unknown.err]).toEqual([
    2,
    expect.stringContaining('crm: is neither a folder with a judge'),
  ])
})

test('help says which options are for servers alone', async () => {
  const { out } = await assay(['judge', '--help'])
  const [, ofServers] = out.split('Options of a judge on a server:')
  for (const name of 'model key-from template dialect verdict-tokens max-tokens cache record replay'.split(
    ' ',
  ))
    expect(ofServers).toContain(`  --${name} <`)
  expect(ofServers).not.toContain('--votes <')
})
