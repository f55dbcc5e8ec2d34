import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { type RewardClientOptions, rewardClient } from '../endpoint/rewards/client.ts'
import { dialectNamed } from '../endpoint/rewards/dialects.ts'
import {
  type Mishap,
  played,
  type RewardServer,
  type RewardServerOptions,
  rewardServer,
} from '../endpoint/rewards/reward-server.fixture.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { remoteReward } from './remote.ts'
import { rewardConformance } from './remote-conformance.fixture.ts'
import { embeddedScorer } from './scorer.ts'

const folder = scratchFolder()
const servers: RewardServer[] = []
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
})

async function remote(
  name: string,
  server: RewardServerOptions = {},
  client: Partial<RewardClientOptions> = {},
) {
  const started = await rewardServer(played[name.split(':')[0]], server)
  servers.push(started)
  const dialect = dialectNamed(name)
  return remoteReward(await rewardClient({ urls: [started.url], dialect, pause: 0, ...client }))
}

rewardConformance(
  'an embedded model',
  async () => embeddedScorer(writeTinyModels(folder, { contextLength: 512 }).reward, { threads: 1 }),
  { digits: 4 },
)

const dialects = [
  'qwen-math-prm',
  'math-shepherd',
  'hazard-head',
  'yes-no-vllm:chatml',
  'rlhflow-prm',
  'yes-no-sglang:llama-3',
  'yes-no-llama-cpp:gemma',
  'yes-no-chat',
  'scalar-vllm',
  'scalar-vllm:chatml',
  'scalar-sglang:llama-3',
  'score-vllm',
  'rerank-vllm',
]
for (const name of dialects) rewardConformance(name, () => remote(name))

/** Each mishap in turn, and then, once, the answer. */
function mishaps(
  name: string,
  ...list: Mishap[]
): [string, RewardServerOptions, Partial<RewardClientOptions>] {
  // calls at once share the mishaps: any number of them can meet one call
  return [name, { mishap: (index) => list[index % (list.length + 1)] }, { tries: 200 }]
}

const moods = [
  [
    'a slow server, later answers before earlier ones',
    { delay: (index: number) => 12 - 4 * (index % 4) },
    {},
  ],
  mishaps('an overloaded server (429)', { status: 429, headers: { 'retry-after': '0' } }),
  mishaps('a server that cuts connections', { reset: true }),
  mishaps('a server that answers half', { cut: '{"data": [{"index": 0' }),
  mishaps('a server that answers with wrong JSON', { status: 200, body: '<html>busy</html>' }),
  mishaps('a server that is down now and then', { status: 503, body: 'starting' }),
] as const

describe.each(moods)('%s', (mood, server, client) => {
  for (const name of ['hazard-head', 'yes-no-vllm:chatml', 'scalar-vllm'])
    rewardConformance(`${mood}: ${name}`, () => remote(name, server, client), { texts: [] })
})

// numbers that no model gives must come out as errors, in whatever dialect
const spoilers: [string, (numbers: unknown) => unknown][] = [
  ['NaN, as Python writes it', () => 'NaN'],
  ['null', () => null],
  ['a text', () => '"0.5"'],
  ['above 1', () => 1.5],
  ['below 0', () => -0.5],
]
const probabilities = [
  'qwen-math-prm',
  'hazard-head',
  'yes-no-vllm:chatml',
  'yes-no-sglang:chatml',
  'score-vllm',
  'rerank-vllm',
]

/** The answer with its first number, or row of numbers, in another shape. */
function spoiltBy(change: (number: unknown) => unknown) {
  return (answer: unknown): unknown => {
    const text = JSON.stringify(answer)
    const at = /"(?:data|score|scores|relevance_score)":\[*(-?\d[\d.e-]*)/.exec(text)
    if (at === null) throw new Error(`no number in ${text}`)
    const start = at.index + at[0].length - at[1].length
    return text.slice(0, start) + change(at[1]) + text.slice(start + at[1].length)
  }
}

describe.each(probabilities)('%s: a failure is an error, never a number', (name) => {
  const open: RewardServer[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
  })
  const solutions = [1, 2, 3].map((i) => ({ problem: `Compute ${i} + 1.`, steps: ['a', `b${i}`] }))

  /** A model that goes wrong as soon as it is probed. */
  async function failing(mishap: Mishap) {
    let probed = false
    const server = await rewardServer(played[name.split(':')[0]], {
      mishap: () => (probed ? mishap : undefined),
    })
    open.push(server)
    const options = { urls: [server.url], dialect: dialectNamed(name), pause: 0, tries: 2 }
    const model = remoteReward(await rewardClient(options))
    probed = true
    return model
  }

  test.each(spoilers)('%s', async (_, change) => {
    const model = await failing({ spoilt: spoiltBy(change) })
    await expect(model.logits(solutions)).rejects.toThrow()
    await expect(model.scores(solutions)).rejects.toThrow()
    // the failure is not remembered as an answer
    await expect(model.logits(solutions)).rejects.toThrow()
  })

  test('fewer answers than questions', async () => {
    const model = await failing({
      spoilt: (answer) => {
        const rows = answer.data ?? answer.results ?? answer.scores
        rows.pop()
        return answer
      },
    })
    await expect(model.logits(solutions)).rejects.toThrow()
  })

  test.each<[string, Mishap]>([
    ['429 for ever', { status: 429, headers: { 'retry-after': '0' } }],
    ['500 for ever', { status: 500 }],
    ['no connection lives', { reset: true }],
    ['no answer is whole', { cut: '{' }],
    ['not JSON', { status: 200, body: 'busy' }],
    [
      'an error in the place of an answer',
      { status: 200, body: { object: 'error', message: 'busy', code: 503 } },
    ],
    ['a key is wanted', { status: 401 }],
  ])('%s', async (_, mishap) => {
    const model = await failing(mishap)
    await expect(model.logits(solutions)).rejects.toThrow()
  })
})
