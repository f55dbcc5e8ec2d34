import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { played, type RewardServer, rewardServer } from '../endpoint/rewards/reward-server.fixture.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { chatPolicy, patient, severalCommands } from './remote.fixture.ts'
import { assayIn, ended, startAssay } from './run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)
let policy: RewardServer
let crm: RewardServer
let prm: RewardServer
beforeAll(async () => {
  writeTinyModels(folder)
  policy = await rewardServer(chatPolicy(), { models: ['writer'] })
  crm = await rewardServer(played['hazard-head'], { models: ['crm'] })
  prm = await rewardServer(played['qwen-math-prm'], { models: ['Qwen/Qwen2.5-Math-PRM-7B'] })
})
afterAll(async () => {
  await Promise.all([policy, crm, prm].map((server) => server.close()))
})

const policies = { embedded: () => ['--policy', 'policy'], remote: () => ['--generator', policy.url] }
const rewards = {
  embedded: () => ['--reward', 'reward'],
  remote: () => ['--reward', crm.url, '--dialect', 'hazard-head'],
}
const solve = (...args: string[]) =>
  assay(['solve', 'Compute 3 + 4.', '-n', '4', '--threads', '1', '--json', ...args])

const searches = ['best-of-n', 'beam', 'pruned', 'best-first']
const combinations = (['embedded', 'remote'] as const).flatMap((from) =>
  (['embedded', 'remote'] as const).map((by) => [from, by] as const),
)

describe.each(combinations)('a policy that is %s, a reward that is %s', (from, by) => {
  test('every search finds the best answer, and the same one again', {
    timeout: severalCommands,
  }, async () => {
    const [asked, scored] = [policy.requests.length, crm.requests.length]
    const runs = await Promise.all(
      searches.map((search) => solve('--search', search, ...policies[from](), ...rewards[by]())),
    )
    for (const [i, { out, err, code }] of runs.entries()) {
      expect([searches[i], patient(err), code]).toEqual([searches[i], '', 0])
      const { ranked, winner, made } = JSON.parse(out)
      expect(winner).toEqual(ranked[0])
      expect(winner.answer).toMatch(/^\d$/)
      expect(winner.hazards).toHaveLength(winner.steps.length)
      expect(winner.score).toBe(Math.max(...ranked.map(({ score }: { score: number }) => score)))
      expect(made).toMatchObject({
        policy: from === 'remote' ? 'chat of writer' : expect.stringMatching(/^[0-9a-f]{16}$/),
        reward: by === 'remote' ? 'hazard-head of crm' : expect.stringMatching(/^[0-9a-f]{16}$/),
        settings: { maxTokens: from === 'remote' ? 2048 : 384 },
      })
    }
    expect(policy.requests.length > asked).toBe(from === 'remote')
    expect(crm.requests.length > scored).toBe(by === 'remote')
    if (by === 'remote') {
      const again = await solve('--search', 'pruned', ...policies[from](), ...rewards[by]())
      expect(JSON.parse(again.out).ranked).toEqual(JSON.parse(runs[2].out).ranked)
    }
  })
})

test('a process reward model without hazards ranks and beams; what needs hazards says so', {
  timeout: severalCommands,
}, async () => {
  const reward = ['--reward', prm.url, '--dialect', 'qwen-math-prm']
  const [best, beam, pruned] = await Promise.all(
    ['best-of-n', 'beam', 'pruned'].map((search) =>
      solve('--search', search, ...reward, '--generator', policy.url),
    ),
  )
  for (const { out, code } of [best, beam]) {
    const { winner } = JSON.parse(out)
    expect([code, winner.read_outs.length, winner.hazards]).toEqual([0, winner.steps.length, undefined])
  }
  expect([pruned.code, pruned.err]).toEqual([
    2,
    expect.stringContaining('--search pruned needs hazards, and a prm has none'),
  ])
  const shown = await assay(['solve', 'Compute 3 + 4.', '-n', '4', ...reward, '--generator', policy.url])
  expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('Best: ')])
})

test('yes or no by the policy itself, from one server', async () => {
  const both = await rewardServer(
    {
      '/v1/chat/completions': {
        texts: () => [],
        answer: (body) =>
          (body.logprobs ? played['yes-no-chat'] : chatPolicy())['/v1/chat/completions'].answer(body),
      },
    },
    { models: ['qwen2.5:7b'] },
  )
  const url = `${both.url}/v1`
  const { out, err, code } = await solve('--generator', url, '--reward', url, '--dialect', 'yes-no-chat')
  await both.close()
  expect([patient(err), code]).toEqual(['', 0])
  expect(JSON.parse(out).made.reward).toBe('yes-no-chat of qwen2.5:7b')
})

test('sample from a server: the same rows again, whatever else was sampled', async () => {
  const args = ['sample', '--task', 'arithmetic', '--count', '3', '--n', '4', '--generator', policy.url]
  const { out, err, code } = await assay(args)
  expect([patient(err), code]).toEqual([expect.stringMatching(/^12 sampled: \d+ tokens\n$/), 0])
  const rows = out.trim().split('\n')
  expect(JSON.parse(rows[11])).toMatchObject({ id: 'arithmetic/test/2#3', finish: 'end' })
  const fewer = await assay(args.with(4, '2'))
  expect(fewer.out).toBe(`${rows.slice(0, 8).join('\n')}\n`)
})

describe('what is wrong is said at once, with what to do', () => {
  const cases: [string, () => string[], string[]][] = [
    [
      'no dialect',
      () => ['--reward', prm.url],
      ['what it runs is not said', 'Say it with --dialect: qwen-math-prm, '],
    ],
    [
      'an unknown dialect',
      () => ['--reward', prm.url, '--dialect', 'gpt'],
      ['no dialect is called gpt', 'dialects: qwen-math-prm, '],
    ],
    [
      'a dialect for a checkpoint',
      () => ['--reward', 'reward', '--dialect', 'hazard-head'],
      ['are for a reward model on a server', '--reward http://127.0.0.1:8000'],
    ],
    [
      'another dialect',
      () => ['--reward', prm.url, '--dialect', 'hazard-head'],
      ['gives 0 rows for 2 steps', 'are served so: vllm serve'],
    ],
    [
      'a task that is not enabled',
      () => ['--reward', policy.url, '--dialect', 'qwen-math-prm'],
      ['/pooling: the server has no such address', 'vllm serve Qwen/Qwen2.5-Math-PRM-7B --runner pooling'],
    ],
    [
      'a model that is not served',
      () => ['--reward', prm.url, '--dialect', 'qwen-math-prm', '--reward-model', 'qwen'],
      ['serves no model qwen', 'It serves: Qwen/Qwen2.5-Math-PRM-7B.'],
    ],
    [
      'nobody there',
      () => ['--reward', 'http://127.0.0.1:9', '--dialect', 'qwen-math-prm'],
      ['ECONNREFUSED', 'Start the server, or check its URL.'],
    ],
    [
      'a chat family that is needed',
      () => ['--reward', prm.url, '--dialect', 'yes-no-vllm'],
      ['does not say how its model writes a chat down', 'yes-no-vllm:chatml'],
    ],
    [
      'two policies',
      () => ['--generator', policy.url, '--policy', 'policy', '--reward', 'reward'],
      ['--policy and --generator name two policies', 'Leave one of them out'],
    ],
    [
      'a policy that is not served',
      () => ['--generator', policy.url, '--generator-model', 'gpt', '--reward', 'reward'],
      ['serves no model gpt', 'It serves: writer.'],
    ],
    [
      'a reward model for a policy',
      () => ['--generator', crm.url, '--reward', 'reward'],
      ['serves crm for something else than chats', 'Language models are served so: vllm serve MODEL'],
    ],
    [
      'no policy there',
      () => ['--generator', 'http://127.0.0.1:9', '--reward', 'reward'],
      ['ECONNREFUSED', 'Start the server'],
    ],
  ]
  test.each(cases)('%s', async (_, args, parts) => {
    const { out, err, code } = await solve(...args())
    expect([out, code]).toEqual(['', 2])
    for (const part of parts) expect(err).toContain(part)
    expect(err).not.toContain('bug')
  })
})

test('a slow server is named while it is waited for, and Ctrl-C ends it', async () => {
  const slow = await rewardServer(played['hazard-head'], { mishap: () => ({ hang: true }) })
  const child = startAssay(folder, [
    'solve',
    'Compute 3 + 4.',
    '--reward',
    slow.url,
    '--dialect',
    'hazard-head',
  ])
  const done = ended(child)
  const [said] = await once(child.stderr!, 'data')
  expect(String(said)).toBe(`waiting for ${slow.url} ...\n`)
  child.kill('SIGINT')
  expect(await done).toMatchObject({ out: '', code: 130 })
  await slow.close()
})
