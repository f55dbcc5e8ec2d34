import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { writeTinyJudge } from '../../judge/embedded/tiny-judge.fixture.ts'
import { type TinyModels, writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { killAssay, linesIn } from '../kill.fixture.ts'
import { assayIn } from '../run.fixture.ts'

const folder = scratchFolder()
let models: TinyModels
beforeAll(() => {
  models = writeTinyModels(folder, { contextLength: 512 })
  const judge = (name: string, forFirst: number) =>
    writeTinyJudge(join(folder, name), models.policy, { forFirst })
  judge('base', 2)
  judge('judge-s1/policy', 0)
  judge('judge-s2/policy', 0.5)
  judge('direct', -1)
  for (const name of ['judge-s1', 'judge-s2']) {
    mkdirSync(join(folder, name), { recursive: true })
    const row = { step: 0, accuracy: 0.5, unparseable: 0.1, kl: 0, tokens: 20, tokens_by_level: { 3: 20 } }
    const rows = Array.from({ length: 8 }, (_, step) => `${JSON.stringify({ ...row, step })}\n`)
    writeFileSync(join(folder, name, 'metrics.jsonl'), rows.join(''))
  }
})

const assay = assayIn(folder)
const bench = (...args: (string | number)[]) =>
  [
    ...['bench', 'judge', '--policy', models.policy, '--crm', models.reward, '--threads', 1],
    ...['--base', 'base', '--judge', 'judge-s1/policy,judge-s2/policy', '--direct', 'direct'],
    ...['--task', 'arithmetic,word-problem', '--splits', 'test', '--problems', 240, '--contests', 4],
    ...['--votes', 5, '--thinking', 24, '--budgets', '8', '--resamples', 50, ...args],
  ].map(String)

/** All that was kept, by file; the order of rows in a file of judgments is that in which they were made. */
function keptIn(directory: string): [string, string[]][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'results.json')
    .map(({ name, parentPath }): [string, string[]] => [
      join(parentPath, name).slice(directory.length),
      readFileSync(join(parentPath, name), 'utf8').split('\n'),
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

test('a killed bench goes on: nothing is judged twice, and the results are the same', async () => {
  const [whole, killed] = ['whole', 'killed'].map((name) => join(folder, name))
  const { out, err, code } = await assay(bench('--out', whole, '--json'))
  expect({ err, code }).toMatchObject({ code: 0 })
  const judgments = readdirSync(join(whole, 'judgments'))
  // a base, two judges with three kinds and a budget, one that does not think
  expect(judgments).toHaveLength(1 + 2 * 4 + 1)
  const kinds = ['gap-arithmetic', 'gap-word-problem', 'pairs-arithmetic-test', 'pairs-word-problem-test']
  const files = [...kinds, 'pools-arithmetic-test', 'pools-word-problem-test'].map((name) => `${name}.jsonl`)
  expect(readdirSync(join(whole, 'samples')).sort()).toEqual(files)
  for (const { id } of linesIn(join(whole, 'samples', 'gap-arithmetic.jsonl')).map((line) =>
    JSON.parse(line),
  ))
    expect(id).toMatch(/^arithmetic\/validation@[345]\/1\d{3}#[0-7]$/)
  const results = JSON.parse(out)
  const first = join(killed, 'judgments', `${results.arms[0].hash}-thinking-24-temperature-0.6-pairs.jsonl`)
  expect(await killAssay(folder, bench('--out', killed), first, 1)).toBe('SIGKILL')
  expect(linesIn(first).length).toBeGreaterThan(0)
  const again = await assay(bench('--out', killed, '--json'))
  expect(again.code).toBe(0)
  expect({ ...JSON.parse(again.out), command: results.command }).toEqual(results)
  expect(keptIn(killed)).toEqual(keptIn(whole))

  const { arms, accuracy, budgets, votes, swapped, bestOf, learning, reading, pairs } = results
  expect(arms.map(({ name }: { name: string }) => name)).toEqual(['base', 'judge-s1', 'judge-s2', 'direct'])
  const [test] = accuracy
  expect(test.arms.map(({ arm }: { arm: string }) => arm)).toEqual(['base', 'judge', 'direct'])
  expect(test.arms[1].seeds).toHaveLength(2)
  expect(test.differences.map(({ minus }: { minus: string }) => minus)).toEqual(['base', 'direct'])
  // they say what they say whatever they are shown, the base mostly the first
  expect(test.arms[0].firstSlot.mean).toBeGreaterThan(0.7)
  expect(test.arms[2].firstSlot.mean).toBeLessThan(0.5)
  expect(test.arms[2].tokens.mean).toBeLessThanOrEqual(8)
  expect(budgets[0].points.map(({ budget }: { budget: number }) => budget)).toEqual([8, 24])
  expect(votes[0].fixed.map(({ rule }: { rule: string }) => rule)).toEqual(['votes@1', 'votes@3', 'votes@5'])
  expect(swapped[0].pairs).toBeGreaterThan(0)
  const sets = bestOf.map(({ split, task }: { split: string; task: string }) => `${task} ${split}`)
  expect(sets).toEqual(['all test', 'arithmetic test', 'word-problem test'])
  const methods = bestOf[0].methods.map(({ name }: { name: string }) => name)
  const plays = ['knockout', 'swiss', 'elo', 'elo of teams', 'cascade']
  expect(methods).toEqual(['pass@1', 'majority', 'crm', ...plays, 'oracle'])
  expect(learning).toHaveLength(2)
  const used = pairs.reduce((sum: number, { used }: { used: number }) => sum + used, 0)
  expect(reading).toHaveLength(Math.min(30, used))
  expect(readFileSync(join(whole, 'samples.md'), 'utf8')).toContain('Before: ')

  const shown = await assay(bench('--out', whole))
  expect(shown.code).toBe(0)
  for (const part of [
    'test: ',
    'judge minus base: ',
    'votes, test',
    'best of 8, all tasks, test: 4 problems',
  ])
    expect(shown.out).toContain(part)
  expect(keptIn(whole)).toEqual(keptIn(killed))
  const page = await assay(['report', whole, '--out', join(folder, 'page.html')])
  expect(page.code).toBe(0)
  expect(readFileSync(join(folder, 'page.html'), 'utf8')).toContain('The reasoning judge')

  const other = await assay(bench('--out', whole, '--seed', 2))
  expect(other).toMatchObject({ code: 2, err: expect.stringContaining('other settings (seed)') })
}, 600_000)

test.each([
  [['--judge', 'nowhere'], 'error: nowhere: no such directory'],
  [['--direct', 'base'], 'two arms would be called base'],
  [['--votes', '1'], 'Must be at least 2.'],
  [['--problems', '1'], 'has a right and a wrong solution'],
])('%j is a usage error', async (args, message) => {
  const { out, err, code } = await assay(bench('--out', join(folder, 'errors'), ...args))
  expect({ out, code }).toEqual({ out: '', code: 2 })
  expect(err).toContain(message)
})

test('what the cascade is fitted on is not measured, and a folder that another bench is at work in is left alone', async () => {
  const out = join(folder, 'refused')
  const fitted = await assay(bench('--out', out, '--splits', 'test,validation'))
  expect(fitted).toMatchObject({
    code: 2,
    err: expect.stringContaining('the cascade is fitted on validation'),
  })
  expect(existsSync(out)).toBe(false)
  mkdirSync(out)
  writeFileSync(join(out, 'lock'), `${process.pid}`)
  const busy = await assay(bench('--out', out))
  expect(busy).toMatchObject({ code: 2, err: expect.stringContaining(`process ${process.pid} is at work`) })
  expect(readdirSync(out)).toEqual(['lock'])
})

test('help shows options and examples', async () => {
  const { out, code } = await assay(['bench', 'judge', '--help'])
  expect(code).toBe(0)
  for (const part of ['--json', '--budgets <tokens>', 'Examples:\n  assay bench judge'])
    expect(out).toContain(part)
})
