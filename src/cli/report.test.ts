import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
writeTinyModels(folder)
const assay = assayIn(folder)
const models = ['--policy', 'policy', '--reward', 'reward', '--threads', '1']

test('a page of what benches, solve and demo wrote', async () => {
  const small = [...models, '--task', 'arithmetic', '--splits', 'test', '--problems', '2', '--resamples', '5']
  const bench = (name: string, ...args: string[]) =>
    assay(['bench', name, ...small, '--lab', `lab-${name}`, '--out', `benches-${name}`, ...args])
  const made = await Promise.all([
    bench('best-of-n', '--counts', '1,2', '--seeds', '1'),
    bench('beam', '--widths', '2/1', '--seeds', '1'),
    bench('cross-sample', '--samples', '3', '--problems', '30', '--seeds', '1'),
    bench('pruned', '--counts', '2'),
    bench('confidence', '--n', '2'),
  ])
  expect(made.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
  const solved = await assay(['solve', 'Compute 3 + 4.', '-n', '8', '--json', ...models])
  writeFileSync(join(folder, 'solve.json'), solved.out)
  const demo = await assay(['demo', '--problems', '1', '--json', ...models])
  writeFileSync(join(folder, 'demo.json'), demo.out)
  const { out, err, code } = await assay(['report', '.', 'solve.json', 'demo.json', '--title', 'All & more'])
  expect([err, code]).toEqual(['', 0])
  expect(out).toBe(
    `report.html: ${['beam', 'best-of-n', 'confidence', 'cross-sample', 'pruned']
      .map((name) => join(`benches-${name}`, 'results.json'))
      .join(', ')}, solve.json, demo.json\n`,
  )
  const page = readFileSync(join(folder, 'report.html'), 'utf8')
  expect(page).toMatch(/^<!doctype html>/)
  for (const part of [
    '<h1>All &#38; more</h1>',
    'assay bench beam --policy policy',
    'Solved problem',
    'Demonstration',
  ])
    expect(page).toContain(part)
}, 180_000)

test('a folder without results is a usage error, and so is none', async () => {
  mkdirSync(join(folder, 'empty'))
  expect(await assay(['report', 'empty'])).toMatchObject({
    out: '',
    code: 2,
    err: expect.stringContaining('error: empty: no results.json in it'),
  })
  expect((await assay(['report'])).code).toBe(2)
})

test('what is there is not written over, and a path that will not do is bad input', async () => {
  const results = JSON.stringify({ bench: 'rl' })
  mkdirSync(join(folder, 'taken'))
  writeFileSync(join(folder, 'taken', 'results.json'), results)
  writeFileSync(join(folder, 'solved.json'), '{}')
  for (const [args, said] of [
    [['report', 'solved.json', '--out', './solved.json'], './solved.json: is one of the results'],
    [['bench', 'best-of-n', '--out', 'taken'], 'taken/results.json: holds results of bench rl'],
    [
      ['bench', 'best-of-n', ...models, '--out', 'solved.json'],
      'solved.json: is a file, and a folder is needed here',
    ],
    [
      ['rl', '--policy', 'policy', '--out', 'solved.json'],
      'solved.json: is a file, and a folder is needed here',
    ],
  ] as const) {
    const { out, err, code } = await assay([...args])
    expect([out, code], err).toEqual(['', 2])
    expect(err.replaceAll('\\', '/')).toContain(said)
  }
  expect(readFileSync(join(folder, 'taken', 'results.json'), 'utf8')).toBe(results)
})
