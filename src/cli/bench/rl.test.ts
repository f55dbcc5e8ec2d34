import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { killWhen, linesIn } from '../kill.fixture.ts'
import { assayIn, startAssay } from '../run.fixture.ts'

const folder = scratchFolder()
writeTinyModels(folder, { contextLength: 512 })
const assay = assayIn(folder)
const runs = join(folder, 'out/runs')
const bench = [
  ...['bench', 'rl', '--policy', 'policy', '--arms', 'vr', '--task', 'arithmetic', '--seeds', '1'],
  ...['--steps', '8', '--step-problems', '4', '--tuning-steps', '1', '--problems', '6', '--threads', '1'],
]

test('killed and started again it ends, says what came of it, and can be put on a page', async () => {
  const isUnderWay = () =>
    existsSync(runs) &&
    readdirSync(runs).some(
      (name) => /^vr-/.test(name) && linesIn(join(runs, name, 'metrics.jsonl')).length > 2,
    )
  expect(await killWhen(startAssay(folder, [...bench, '--out', 'out']), isUnderWay)).toBe('SIGKILL')
  const { out, err, code } = await assay([...bench, '--out', 'out'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const part of [
    'arithmetic, test: 6 problems',
    'vr',
    'of each seed',
    'gamed from step',
    'too short to tell',
    'out/results.json',
  ])
    expect(out).toContain(part)
  const result = JSON.parse(readFileSync(join(folder, 'out/results.json'), 'utf8'))
  expect(result).toMatchObject({ bench: 'rl', left: 0, failed: [], settings: { steps: 8, problems: 4 } })
  expect(result.choices.vr.tried).toHaveLength(4)
  const report = await assay(['report', 'out'])
  expect(report.code, report.err).toBe(0)
  const page = readFileSync(join(folder, 'report.html'), 'utf8')
  for (const part of [
    'Reinforcement learning',
    'vr: its course',
    'Before: ',
    'After: ',
    'too short to tell',
    'Tuned on validation',
  ])
    expect(page).toContain(part)
}, 120_000)

test('an arm that is none is a usage error', async () => {
  const { err, code } = await assay(['bench', 'rl', '--arms', 'crm,luck'])
  expect(err).toMatch(/no reward is called luck.*prm-sum.*crm-unmerged/s)
  expect(code).toBe(2)
})
