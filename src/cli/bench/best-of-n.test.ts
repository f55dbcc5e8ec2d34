import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { type TinyModels, writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { killWhen, linesIn } from '../kill.fixture.ts'
import { assayIn, startAssay } from '../run.fixture.ts'

const folder = scratchFolder()
let models: TinyModels
beforeAll(() => {
  models = writeTinyModels(folder)
})

const assay = assayIn(folder)
const bench = (...args: (string | number)[]) =>
  ['bench', 'best-of-n', '--policy', models.policy, '--reward', models.reward, '--threads', 1, ...args].map(
    String,
  )

function filesIn(directory: string): [string, string][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }): [string, string] => {
      const path = join(parentPath, name)
      return [path.slice(directory.length), readFileSync(path, 'utf8')]
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The rows that a lab has of its first samples. */
function firstRows(lab: string): string[] {
  const pools = join(lab, 'pools')
  const [pool] = existsSync(pools) ? readdirSync(pools) : []
  return pool === undefined ? [] : linesIn(join(pools, pool, 'samples', 'arithmetic-test-1.jsonl'))
}

test('a killed run goes on: the same pools, the same results', async () => {
  const args = (name: string) =>
    bench('--problems', 60, '--counts', '1,4,16', '--seeds', 2, '--resamples', 20).concat([
      ...['--lab', join(folder, name, 'lab'), '--out', join(folder, name, 'out')],
    ])
  const killed = startAssay(folder, args('killed'))
  const [{ out, code }, signal] = await Promise.all([
    assay([...args('whole'), '--json']),
    killWhen(killed, () => firstRows(join(folder, 'killed', 'lab')).length >= 10),
  ])
  expect([code, signal]).toEqual([0, 'SIGKILL'])
  const again = await assay([...args('killed'), '--json'])
  expect([again.code, again.err]).toEqual([0, ''])
  const [whole, resumed] = ['whole', 'killed'].map((name) => filesIn(join(folder, name, 'lab')))
  expect(resumed).toEqual(whole)
  expect(JSON.parse(again.out).sets).toEqual(JSON.parse(out).sets)
  const results = join(folder, 'killed', 'out', 'results.json')
  expect(JSON.parse(readFileSync(results, 'utf8'))).toEqual(JSON.parse(again.out))

  const { plan, settings, versions, sets } = JSON.parse(out)
  expect(plan).toMatchObject({ problems: 60, seeds: [1, 2] })
  expect(settings).toMatchObject({ samples: 16, temperature: 0.8 })
  expect(Object.keys(versions)).toContain('onnxruntime-node')
  expect(sets).toHaveLength(8)
  expect(sets[0]).toMatchObject({ task: 'arithmetic', split: 'test', samples: { total: 20 * 2 * 16 } })
  const plots = filesIn(join(folder, 'whole', 'out')).filter(([name]) => name.endsWith('.svg'))
  expect(plots).toHaveLength(8)

  const shown = await assay(args('whole'))
  expect(shown.code).toBe(0)
  for (const part of ['all tasks, harder: 60 problems', 'right, %', 'crm minus pass@1 at 16: ', 'Results: '])
    expect(shown.out).toContain(part)
  // other settings have pools of their own
  const other = await assay([...args('whole'), '--temperature', '1', '--problems', '3', '--json'])
  expect(JSON.parse(other.out).settings.temperature).toBe(1)
  expect(readdirSync(join(folder, 'whole', 'lab', 'pools'))).toHaveLength(2)
}, 120_000)

test('kinds are tuned and trained, each seed is measured with its own; another bench trains nothing again', async () => {
  const small = (name: string, ...args: (string | number)[]) =>
    ['bench', name, '--policy', models.policy, '--backbone', models.policy, '--threads', 1, '--seeds', 2]
      .concat(['--training-problems', 40, '--problems', 12, '--splits', 'test', '--resamples', 20])
      .concat(['--lab', 'lab', '--out', name, '--json', ...args])
      .map(String)
  const { out, code } = await assay(
    small('best-of-n', '--counts', '1,4', '--reward', `${models.reward},orm,prm`),
  )
  expect(code).toBe(0)
  const { settings, sets } = JSON.parse(out)
  expect(Object.keys(settings.rewards)).toEqual([
    'crm',
    'orm, seed 1',
    'prm, seed 1',
    'orm, seed 2',
    'prm, seed 2',
  ])
  expect(Object.keys(settings.tuned)).toEqual(['orm', 'prm'])
  for (const { tried } of Object.values<{ tried: unknown[] }>(settings.tuned))
    expect(tried.length).toBeGreaterThanOrEqual(3)
  expect(Object.keys(sets[0].quality)).toEqual(['crm', 'orm', 'prm min', 'prm prod', 'prm mean', 'prm last'])
  expect(Object.keys(sets[0].accuracy.methods.orm.points[0].versus)).toContain('crm')
  const trained = () => readdirSync(join(folder, 'lab', 'rewards')).sort()
  const before = trained()
  // all that was tried, and two seeds of each kind
  const { orm, prm } = settings.tuned
  expect(before).toHaveLength(orm.tried.length + prm.tried.length + 2 * 2)
  const cross = await assay(small('cross-sample', '--samples', 4, '--reward', 'orm'))
  expect(cross.code).toBe(0)
  expect(JSON.parse(cross.out).settings.rewards).toMatchObject({
    'orm, seed 1': settings.rewards['orm, seed 1'],
  })
  expect(trained()).toEqual(before)
}, 120_000)

test('majority vote needs no reward', async () => {
  const args = ['bench', 'best-of-n', '--policy', models.policy, '--threads', '1', '--reward', 'majority']
    .concat(['--task', 'arithmetic', '--splits', 'test', '--problems', '3', '--seeds', '1'])
    .concat(['--counts', '1,2', '--resamples', '5', '--lab', 'alone', '--out', 'majority', '--json'])
  const { out, code } = await assay(args)
  expect(code).toBe(0)
  const [{ accuracy, quality }] = JSON.parse(out).sets
  expect([Object.keys(accuracy.methods), quality]).toEqual([['pass@1', 'majority', 'pass@N'], {}])
})

test.each([
  [['--splits', 'exam'], 'error: no split named exam\n  splits: '],
  [['--task', 'chess'], 'error: no task named chess\n  tasks: '],
  [
    ['--counts', '1,,2'],
    'Empty entry in the list.\n(assay bench best-of-n --help shows its options and examples)',
  ],
  [['--policy', 'nowhere'], 'error: nowhere: no such directory'],
  [['--reward', 'nowhere'], 'error: nowhere'],
  [['--problems', 1e9], 'Must be at most 100000.'],
  [['--seeds', 1e9], 'Must be at most 1000.'],
  [['--resamples', 1e9], 'Must be at most 100000.'],
])('%j is a usage error', async (args, message) => {
  const { out, err, code } = await assay(bench(...args))
  expect({ out, code }).toEqual({ out: '', code: 2 })
  expect(err).toContain(message)
  expect(existsSync(join(folder, 'bench-best-of-n'))).toBe(false)
})

test('help names the benchmarks, and shows the options and examples of one', async () => {
  expect((await assay(['bench', '--help'])).out).toContain('best-of-n')
  const { out, code } = await assay(['bench', 'best-of-n', '--help'])
  expect(code).toBe(0)
  for (const part of ['--json', '--seeds <count>', 'Examples:\n  assay bench best-of-n'])
    expect(out).toContain(part)
})
