import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TinyModels, writeTinyModels } from '../transformer/tiny.fixture.ts'
import { killAssay, linesIn } from './kill.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-'))
let models: TinyModels
beforeAll(() => {
  models = writeTinyModels(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

const assay = assayIn(folder)
const bench = (...args: (string | number)[]) =>
  ['bench', 'best-of-n', '--policy', models.policy, '--reward', models.reward, '--threads', 1, ...args].map(
    String,
  )

function filesIn(directory: string): [string, string][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }): [string, string] => [name, readFileSync(join(parentPath, name), 'utf8')])
    .filter(([name]) => name !== 'results.json')
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

test('a killed run goes on: the same pools, the same results', async () => {
  const args = (out: string) =>
    bench('--problems', 150, '--counts', '1,4,16', '--seeds', 2, '--resamples', 20, '--out', out)
  const [whole, killed] = ['whole', 'killed'].map((name) => join(folder, name))
  const first = join(killed, 'pools', 'arithmetic-test-1.jsonl')
  const [{ out, code }, signal] = await Promise.all([
    assay([...args(whole), '--json']),
    killAssay(folder, args(killed), first, 32),
  ])
  expect([code, signal]).toEqual([0, 'SIGKILL'])
  const there = linesIn(first).length
  expect(there).toBeGreaterThan(0)
  const again = await assay([...args(killed), '--json'])
  expect(filesIn(killed)).toEqual(filesIn(whole))
  expect(JSON.parse(again.out).sets).toEqual(JSON.parse(out).sets)
  expect(JSON.parse(readFileSync(join(killed, 'results.json'), 'utf8'))).toEqual(JSON.parse(again.out))

  const { plan, settings, versions, sets } = JSON.parse(out)
  expect(plan).toMatchObject({ problems: 150, seeds: [1, 2] })
  expect(settings).toMatchObject({ samples: 16, temperature: 0.8 })
  expect(Object.keys(versions)).toContain('onnxruntime-node')
  expect(sets).toHaveLength(8)
  expect(sets[0]).toMatchObject({ task: 'arithmetic', split: 'test', samples: { total: 50 * 2 * 16 } })
  expect(filesIn(whole).filter(([name]) => name.endsWith('.svg'))).toHaveLength(8)

  const shown = await assay(args(whole))
  expect(shown.code).toBe(0)
  for (const part of ['all tasks, harder: 150 problems', 'right, %', 'crm minus pass@1 at 16: ', 'Results: '])
    expect(shown.out).toContain(part)
  const other = await assay([...args(whole), '--temperature', '1'])
  expect(other).toMatchObject({
    out: '',
    code: 2,
    err: expect.stringContaining('holds results of other settings (temperature)'),
  })
})

test.each([
  [['--splits', 'exam'], 'error: no split named exam\n  splits: '],
  [['--task', 'chess'], 'error: no task named chess\n  tasks: '],
  [
    ['--counts', '1,,2'],
    'Empty entry in the list.\n(assay bench best-of-n --help shows its options and examples)',
  ],
  [['--policy', 'nowhere'], 'error: nowhere: no such directory'],
])('%j is a usage error', async (args, message) => {
  const { out, err, code } = await assay(bench(...args))
  expect({ out, code }).toEqual({ out: '', code: 2 })
  expect(err).toContain(message)
})

test('help names the benchmarks, and shows the options and examples of one', async () => {
  expect((await assay(['bench', '--help'])).out).toContain('best-of-n')
  const { out, code } = await assay(['bench', 'best-of-n', '--help'])
  expect(code).toBe(0)
  for (const part of ['--json', '--seeds <count>', 'Examples:\n  assay bench best-of-n'])
    expect(out).toContain(part)
})
