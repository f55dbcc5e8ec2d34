import { afterAll, expect, test, vi } from 'vitest'
import { chatPolicy } from './cli/remote.fixture.ts'
import { scratchFolder } from './data/scratch.fixture.ts'
import {
  played,
  type RewardServer,
  type RewardServerOptions,
  rewardServer,
} from './endpoint/rewards/reward-server.fixture.ts'
import {
  beamSearch,
  bestOfN,
  embeddedGenerator,
  embeddedScorer,
  InputError,
  judge,
  rank,
  remoteGenerator,
  remoteJudge,
  remoteScorer,
  score,
} from './index.ts'
import { writeTinyModels } from './transformer/tiny.fixture.ts'

const folder = scratchFolder()
const tiny = writeTinyModels(folder)
const servers: RewardServer[] = []
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
})

async function start(...[endpoints, options]: Parameters<typeof rewardServer>): Promise<RewardServer> {
  const server = await rewardServer(endpoints, options)
  servers.push(server)
  return server
}
const policy = (options?: RewardServerOptions) => start(chatPolicy(), { models: ['writer'], ...options })
const crm = (options?: RewardServerOptions) => start(played['hazard-head'], options)

/** A judge that prefers the longer of two responses, which are runs of a. */
const chatJudge = (options?: RewardServerOptions) =>
  start(
    {
      '/v1/chat/completions': {
        texts: () => [],
        answer: ({ messages }) => {
          const [first, second] = messages.at(-1).content.match(/a{3,}/g)
          return {
            object: 'chat.completion',
            choices: [
              {
                index: 0,
                finish_reason: 'stop',
                message: {
                  role: 'assistant',
                  content: `\\boxed{Assistant ${first.length > second.length ? 1 : 2}}`,
                },
              },
            ],
            usage: { prompt_tokens: 10, completion_tokens: 5 },
          }
        },
      },
    },
    { models: ['judge'], ...options },
  )

const problem = 'Compute 3 + 4.'

test('generator and scorer are a URL each, or models on this machine, in any mixture', async () => {
  const generators = {
    remote: await remoteGenerator((await policy()).url),
    embedded: embeddedGenerator(tiny.policy, { threads: 1 }),
  }
  const scorers = {
    remote: await remoteScorer((await crm()).url, { dialect: 'hazard-head' }),
    embedded: embeddedScorer(tiny.reward, { threads: 1 }),
  }
  for (const generator of Object.values(generators))
    for (const scorer of Object.values(scorers))
      for (const search of [bestOfN, beamSearch]) {
        const { winner, ranked } = await search(problem, { generator, scorer, n: 4 })
        expect(winner?.answer).toMatch(/^\d$/)
        expect(winner?.hazards).toHaveLength(winner?.steps.length as number)
        expect(ranked.map(({ p_correct }) => p_correct)).toEqual(
          ranked.map(({ p_correct }) => p_correct).sort((a, b) => b - a),
        )
      }
  const solution = { problem, steps: ['3 + 4 = 8', 'Answer: 8'] }
  expect((await score(solution, { scorer: scorers.remote })).hazards).toHaveLength(2)
  for (const each of [generators.embedded, ...Object.values(scorers)]) await each[Symbol.asyncDispose]()
  await expect(score(solution, { scorer: scorers.remote })).resolves.toBeDefined() // it remembers
  await expect(score(solution, { scorer: scorers.embedded })).rejects.toThrow('closed')
})

test('a judge by its URL judges and ranks', async () => {
  const server = await chatJudge()
  const by = await remoteJudge(server.url, { maxTokens: 100 })
  expect(await judge({ query: '?', responses: ['aaaa', 'aaaaaa'] }, { judge: by })).toMatchObject({
    winner: 1,
  })
  const { ranking } = await rank({ query: '?', responses: ['aaaaa', 'aaa', 'aaaaaaa'] }, { judge: by })
  expect(ranking[0]).toBe(2)
  expect(server.requests[1].body).toMatchObject({ model: 'judge', max_tokens: 100 })
})

test('remote actors close as those on this machine do', async () => {
  const by = await remoteJudge((await chatJudge()).url)
  const generator = await remoteGenerator((await policy()).url)
  expect(generator.model).toBe('writer')
  for (const each of [by, generator]) await each[Symbol.asyncDispose]()
  await expect(judge({ query: '?', responses: ['aaa', 'aaaa'] }, { judge: by })).rejects.toThrow('closed')
  await expect(bestOfN('a', { generator, n: 1 })).rejects.toThrow('closed')
})

test('without a judge: the one that comes with assay', async () => {
  const first = '7 - 2 = 5, so 5 * 3'
  const responses = [`${first}\n5 * 3 = 18\nAnswer: 18`, `${first}\n5 * 3 = 15\nAnswer: 15`] as const
  expect(await judge({ query: 'Compute (7 - 2) * 3.', responses })).toMatchObject({ winner: 1 })
})

test('a URL where nothing is, another model or another dialect: said at once, and what to do', async () => {
  const { url } = await policy()
  const nowhere = 'http://127.0.0.1:9'
  for (const open of [
    () => remoteGenerator(nowhere),
    () => remoteJudge(nowhere),
    () => remoteScorer(nowhere, { dialect: 'hazard-head' }),
    () => remoteGenerator(url, { model: 'other' }),
    () => remoteScorer(url, { dialect: 'hazard-head' }),
    () => remoteScorer(url, { dialect: 'no-such-dialect' }),
  ])
    await expect(open()).rejects.toThrow(InputError)
})

test('an abort reaches the servers: they are left, and nothing more is asked of them', async () => {
  const hang = (index: number) => (index > 0 ? { hang: true as const } : undefined)
  const [writing, scoring, judging] = [
    await policy({ mishap: hang }),
    await crm({ mishap: hang }),
    await chatJudge({ mishap: () => ({ hang: true }) }),
  ]
  const fine = embeddedGenerator(tiny.policy, { threads: 1 })
  const scorer = await remoteScorer(scoring.url, { dialect: 'hazard-head' })
  const by = await remoteJudge(judging.url)
  const generator = await remoteGenerator(writing.url)
  const calls: [RewardServer, (signal: AbortSignal) => Promise<unknown>][] = [
    [writing, (signal) => bestOfN(problem, { generator, scorer, n: 4, signal })],
    [writing, (signal) => beamSearch(problem, { generator, scorer, n: 4, signal })],
    [scoring, (signal) => bestOfN(problem, { generator: fine, scorer, n: 4, signal })],
    [scoring, (signal) => score({ problem, steps: ['a'] }, { scorer, signal })],
    [judging, (signal) => judge({ query: '?', responses: ['aaa', 'aaaa'] }, { judge: by, signal })],
    [judging, (signal) => rank({ query: '?', responses: ['aaa', 'aaaa', 'a'] }, { judge: by, signal })],
  ]
  for (const [server, call] of calls) {
    const [asked, left] = [server.requests.length, server.abandoned]
    const abort = new AbortController()
    const waiting = call(abort.signal)
    waiting.catch(() => {})
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(asked), { timeout: 20_000 })
    const reached = server.requests.length
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await vi.waitFor(() => expect(server.abandoned - left).toBe(reached - asked), { timeout: 20_000 })
    expect(server.requests.length).toBe(reached)
  }
  await Promise.all([fine.close(), scorer.close()])
})
