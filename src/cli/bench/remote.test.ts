import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { played, type RewardServer, rewardServer } from '../../endpoint/rewards/reward-server.fixture.ts'
import { writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { linesIn } from '../kill.fixture.ts'
import { chatPolicy, patient, severalCommands } from '../remote.fixture.ts'
import { assayIn } from '../run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)
let policy: RewardServer
let crm: RewardServer
let prm: RewardServer
beforeAll(async () => {
  writeTinyModels(folder)
  policy = await rewardServer(chatPolicy(), { models: ['writer'] })
  crm = await rewardServer(played['hazard-head'], { models: ['org/their-crm'] })
  prm = await rewardServer(played['qwen-math-prm'], { models: ['org/their-prm'], longest: 1100 })
})
afterAll(async () => {
  await Promise.all([policy, crm, prm].map((server) => server.close()))
})

const bench = (name: string, ...args: (string | number)[]) =>
  assay(
    ['bench', name, '--task', 'arithmetic', '--resamples', 20, '--lab', `lab-${name}`]
      .concat(['--out', name, '--json', ...args])
      .map(String),
  )
const remotePolicy = () => ['--generator', policy.url]
const remoteCrm = () => ['--reward', crm.url, '--dialect', 'hazard-head']

test('best-of-n: a policy on a server, and rewards here and there', {
  timeout: severalCommands,
}, async () => {
  const args = ['--problems', 6, '--counts', '1,4', '--seeds', 1, '--splits', 'test', ...remotePolicy()]
  const rewards = ['--reward', `reward,${crm.url},${prm.url}`, '--dialect', 'hazard-head,qwen-math-prm']
  const { out, err, code } = await bench('best-of-n', ...args, ...rewards)
  expect([patient(err), code]).toEqual(['', 0])
  const { settings, sets } = JSON.parse(out)
  expect(settings).toEqual({
    samples: 4,
    temperature: 0.8,
    topP: 1,
    maxTokens: 2048,
    policy: 'chat of writer',
    rewards: {
      reward: expect.stringMatching(/^[0-9a-f]{16}$/),
      'their-crm': 'hazard-head of org/their-crm',
      prm: 'qwen-math-prm of org/their-prm',
    },
  })
  expect(Object.keys(sets[0].quality)).toEqual([
    'reward',
    'their-crm',
    'prm min',
    'prm prod',
    'prm mean',
    'prm last',
  ])
  // a text that the server refuses has no score, and takes no other with it
  const [pool] = readdirSync(join(folder, 'lab-best-of-n', 'pools'))
  const scores = (kind: string) => {
    const folders = join(folder, 'lab-best-of-n', 'pools', pool, 'scores')
    const rows = readdirSync(folders)
      .filter((name) => name.startsWith(`${kind}-`))
      .flatMap((name) => linesIn(join(folders, name, 'arithmetic-test-1.jsonl')))
    return rows.flatMap((row) => JSON.parse(row).columns[0].score as (number | null)[])
  }
  expect(scores('crm')).not.toContain(null)
  expect(scores('prm').some((score) => score !== null)).toBe(true)
  // the same again asks nobody but the probes
  const asked = [policy, crm, prm].map(({ requests }) => requests.length)
  expect((await bench('best-of-n', ...args, ...rewards)).code).toBe(0)
  expect([policy, crm, prm].map(({ requests }, i) => requests.length - asked[i])).toEqual([2, 2, 2])
})

test('beam, pruned and cross-sample by a reward on a server', { timeout: severalCommands }, async () => {
  const args = ['--problems', 3, '--splits', 'test', ...remoteCrm(), ...remotePolicy()]
  const once = ['--seeds', 1]
  const [beam, pruned, cross] = await Promise.all([
    bench('beam', '--widths', '4/2', ...args, ...once),
    bench('pruned', '--counts', '4', ...args),
    bench('cross-sample', '--samples', 3, ...args, ...once),
  ])
  expect([beam, pruned, cross].map(({ err, code }) => [patient(err), code])).toEqual(Array(3).fill(['', 0]))
  expect(JSON.parse(beam.out).sets[0].points[0].beam.mean).toBeGreaterThanOrEqual(0)
  const [point] = JSON.parse(pruned.out).sets[0].points
  expect([point.same, point.pruned]).toEqual([1, point.full])
  expect(JSON.parse(cross.out).sets[0].rewards[0].reward).toBe('crm')
})

test('confidence: promises that solve holds to, of models on servers', {
  timeout: severalCommands,
}, async () => {
  const models = [...remoteCrm(), ...remotePolicy()]
  const { err, code } = await bench('confidence', '--problems', 8, '--n', 2, '--errors', '0.5', ...models)
  expect([patient(err), code]).toEqual(['', 0])
  const calibration = JSON.parse(readFileSync(join(folder, 'confidence', 'calibration.json'), 'utf8'))
  expect(calibration).toMatchObject({ policy: 'chat of writer', reward: 'hazard-head of org/their-crm' })
  const solve = await assay(
    ['solve', 'Compute 1 + 1.', '-n', '2', '--min-confidence', '0.5', ...models].concat([
      '--calibration',
      join('confidence', 'calibration.json'),
    ]),
  )
  expect(solve.err + solve.out).toMatch(/cannot be promised|Sure enough: |Not sure: /)
})

test('rl by a reward on a server; a demo by its hazards', { timeout: severalCommands }, async () => {
  const rl = [
    'rl',
    '--task',
    'arithmetic',
    '--steps',
    '2',
    '--problems',
    '2',
    '--rollouts',
    '2',
    '--probe',
    '2',
  ]
  const [run, demo] = await Promise.all([
    assay([...rl, '--policy', 'policy', '--threads', '1', '--out', 'rl', '--json', ...remoteCrm()]),
    assay(['demo', '--problems', '2', '--policy', 'policy', '--threads', '1', '--json', ...remoteCrm()]),
  ])
  expect([patient(run.err), run.code]).toEqual(['', 0])
  expect(JSON.parse(readFileSync(join(folder, 'rl', 'config.json'), 'utf8'))).toMatchObject({
    reward: 'hazard-head of org/their-crm',
    shaping: { name: 'crm' },
  })
  expect(JSON.parse(run.out).rows[0].proxy).toBeLessThan(0)
  expect([JSON.parse(demo.out).samples, demo.code]).toEqual([16, 0])
  // a reward without hazards is shown without them
  const other = await assay(
    ['demo', '--problems', '2', '--policy', 'policy', '--threads', '1'].concat([
      '--reward',
      prm.url,
      '--dialect',
      'qwen-math-prm',
    ]),
  )
  expect([other.code, other.out]).toEqual([0, expect.stringContaining('PRM@16')])
})

test.each([
  [
    () => ['--reward', `${crm.url},${prm.url}`, '--dialect', 'a,b,c'],
    '--dialect names 3, and --reward 2 URLs',
  ],
  [() => ['--reward', 'reward', '--dialect', 'hazard-head'], '--dialect names 1, and --reward 0 URLs'],
  [() => ['--reward', 'crm', ...remotePolicy()], 'samples of a checkpoint, not of a server'],
])('options that do not go together (%#)', async (args, message) => {
  const { err, code } = await bench('best-of-n', ...args())
  expect([code, err]).toEqual([2, expect.stringContaining(message)])
})
