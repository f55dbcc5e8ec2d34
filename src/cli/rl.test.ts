import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { writeTinyJudge } from '../judge/embedded/tiny-judge.fixture.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { killAssay, linesIn } from './kill.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
writeTinyJudge(join(folder, 'judge'), writeTinyModels(folder, { contextLength: 512 }).policy)
const assay = assayIn(folder)
const small = [
  '--policy',
  'policy',
  '--problems',
  '4',
  '--max-tokens',
  '40',
  '--probe',
  '4',
  '--threads',
  '1',
]
const rl = (...more: string[]) => ['rl', ...small, '--reward', 'reward', '--task', 'arithmetic', ...more]

const metrics = (out: string) =>
  linesIn(join(folder, out, 'metrics.jsonl')).map((line) => ({ ...JSON.parse(line), seconds: null }))
const policyIn = (out: string) => readFileSync(join(folder, out, 'policy', 'model.safetensors'))

test('killed, and started again, it ends as a run that was left alone', async () => {
  const { code, err } = await assay(rl('--steps', '30', '--out', 'whole'))
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(
    await killAssay(folder, rl('--steps', '30', '--out', 'killed'), join(folder, 'killed/metrics.jsonl'), 3),
  ).toBe('SIGKILL')
  await assay(rl('--steps', '30', '--out', 'killed', '--json'))
  expect(metrics('killed')).toEqual(metrics('whole'))
  expect(policyIn('killed')).toEqual(policyIn('whole'))
})

test('a majority vote is a reward, of whole solutions, and cannot be shaped', async () => {
  const voted = [
    'rl',
    ...small,
    '--reward',
    'majority',
    '--task',
    'arithmetic',
    '--steps',
    '2',
    '--out',
    'voted',
  ]
  const { code, err } = await assay(voted)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const { proxy } of metrics('voted')) expect(proxy).toBeGreaterThanOrEqual(0)
  expect(await assay([...voted, '--shaping', 'crm'])).toMatchObject({ code: 2 })
  expect(await assay([...voted, '--dialect', 'vllm'])).toMatchObject({ code: 2 })
})

test('says what came of it; the trained policy can be sampled from', async () => {
  const { out, code } = await assay(
    rl(
      '--steps',
      '3',
      '--shaping',
      'crm-zero',
      '--vr',
      '--estimator',
      'grpo',
      '--penalty',
      'checks=0.1',
      '--out',
      'vr',
    ),
  )
  expect(code).toBe(0)
  for (const part of ['gold', 'KL', 'redundant', 'before', 'can be seen from 20 steps on', 'vr/policy'])
    expect(out).toContain(part)
  const config = JSON.parse(readFileSync(join(folder, 'vr/config.json'), 'utf8'))
  expect(config).toMatchObject({
    verifiable: 1,
    estimator: 'grpo',
    shaping: { name: 'crm-zero' },
    penalty: { checks: 0.1 },
  })
  const sampled = await assay([
    'sample',
    '--policy',
    'vr/policy',
    '--task',
    'arithmetic',
    '--count',
    '1',
    '--n',
    '2',
  ])
  expect(sampled.out.trim().split('\n')).toHaveLength(2)
})

test.each<[string, string[], RegExp]>([
  ['nothing to learn from', ['--no-reward'], /--no-reward without --vr leaves nothing to learn from/],
  ['the truth for nothing', ['--no-reward', '--vr', '0'], /with --vr 0 leaves nothing.*a weight above 0/s],
  ['a shaping for another kind', ['--shaping', 'pqm'], /the shaping pqm does not understand a crm/],
  [
    'the same for the crm that comes with assay',
    ['--reward', 'crm', '--shaping', 'pqm'],
    /does not understand a crm/,
  ],
  ['a penalty on no reward', ['--no-reward', '--vr', '--penalty', 'checks=1'], /--penalty would do nothing/],
  ['a shaping of no reward', ['--no-reward', '--vr', '--shaping', 'crm'], /--shaping would do nothing/],
  ['an alarm that cannot ring', ['--no-reward', '--vr', '--stop-on-hacking'], /--stop-on-hacking would do/],
  ['a wrong answer that pays', ['--vr=-1'], /Must be at least 0/],
  ['a policy that cannot write', ['--policy', 'reward'], /is a reward model/],
  ['a shaping there is not', ['--shaping', 'best'], /Allowed choices are crm, /],
  ['a shaping of nothing', ['--shaping', 'crm-zero'], /add up to nothing.*add --vr/s],
  ['a penalty of nothing', ['--penalty', 'luck=1'], /Expected a hack and its cost, checks=0.5.*merging/s],
  ['a penalty that pays', ['--penalty', 'merging=-1'], /Must be at least 0/],
  ['a penalty twice', ['--penalty', 'merging=.5,merging=.9'], /A hack has two costs/],
  ['an alarm that has no time to ring', ['--stop-on-hacking'], /can be seen from 20 steps on/],
  ['a clip that leaves nothing', ['--clip', '0'], /Must be at least/],
  ['an estimator that takes no KL', ['--estimator', 'grpo', '--kl-reward', '0.1'], /--kl-loss/],
  ['a level the tasks lack', ['--levels', '9'], /no level 9 in/],
  ['a reward that is none', ['--reward', 'policy'], /policy/],
])('%s is a usage error', async (_, options, error) => {
  const { err, code } = await assay(rl('--steps', '1', '--out', 'bad', ...options))
  expect(err).toMatch(error)
  expect(code).toBe(2)
})

test('a reward that is not there leaves no folder', async () => {
  const { code } = await assay(rl('--reward', 'nowhere', '--out', 'none'))
  expect([code, existsSync(join(folder, 'none'))]).toEqual([2, false])
})

test('a folder in which another process is at work is left alone', async () => {
  mkdirSync(join(folder, 'busy'))
  writeFileSync(join(folder, 'busy', 'lock'), `${process.pid}`)
  const { err, code } = await assay(rl('--steps', '1', '--out', 'busy'))
  expect(err).toContain(`process ${process.pid} is at work here`)
  expect(code).toBe(2)
})

test('a judge is all the reward: shares of matches won, and no other beside it', async () => {
  const judged = [
    'rl',
    ...small,
    '--task',
    'arithmetic',
    '--judge',
    'judge',
    '--steps',
    '2',
    '--out',
    'judged',
  ]
  const { err, code } = await assay(judged)
  expect(code, err).toBe(0)
  // half of all matches are won, whatever the policy does
  for (const { proxy } of metrics('judged')) expect(proxy).toBeNull()
  const config = JSON.parse(readFileSync(join(folder, 'judged/config.json'), 'utf8'))
  expect(config.reward).toMatch(/^[0-9a-f]{16}$/)
  expect(config).not.toHaveProperty('shaping')
  for (const idle of [['--reward', 'reward'], ['--stop-on-hacking'], ['--dialect', 'vllm']]) {
    const { err, code } = await assay([...judged, ...idle])
    expect(code).toBe(2)
    expect(err).toContain(`${idle[0]} would do nothing: by --judge`)
  }
})
