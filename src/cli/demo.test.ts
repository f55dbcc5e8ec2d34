import { once } from 'node:events'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { tasks } from '../tasks/index.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { assayIn, ended, startAssay } from './run.fixture.ts'

const folder = scratchFolder()
writeTinyModels(folder)
const assay = assayIn(folder)
const few = ['--problems', '4', '--policy', 'policy', '--reward', 'reward', '--threads', '1']

test('every task, a table and what to do next, at 80 columns', async () => {
  const { out, err, code } = await assay(['demo', ...few])
  expect({ err, code }).toEqual({ err: 'sampling and scoring 192 solutions on 1 thread ...\n', code: 0 })
  for (const { name } of tasks) expect(out).toContain(`── ${name} ──`)
  for (const part of [
    'pass@1',
    'majority@16',
    'CRM@16',
    'CRM vote@16',
    'assay bench best-of-n',
    "  assay solve '",
  ])
    expect(out).toContain(part)
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('--json is the same as data', async () => {
  const { out, code } = await assay(['demo', '--json', ...few])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    problems: 4,
    samples: 16,
    tasks: tasks.map(({ name }) => ({ task: name })),
    reward: 'CRM',
    made: {
      command: ['demo', '--json', ...few],
      versions: { node: process.versions.node },
      policy: expect.stringMatching(/^[0-9a-f]{16}$/),
      reward: expect.stringMatching(/^[0-9a-f]{16}$/),
    },
  })
})

test('Ctrl-C ends it with 130', async () => {
  const child = startAssay(folder, ['demo', '--problems', '10000', ...few.slice(2)])
  const done = ended(child)
  await once(child.stderr!, 'data')
  child.kill('SIGINT')
  expect(await done).toMatchObject({ out: '', code: 130 })
})
