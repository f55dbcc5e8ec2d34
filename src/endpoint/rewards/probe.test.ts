import { expect, test, vi } from 'vitest'
import { InputError } from '../../reasoning/errors.ts'
import { endsWithTest, withoutKeys } from '../with-test.fixture.ts'
import { rewardClient } from './client.ts'
import { dialectNamed, dialectOf } from './dialects.ts'
import {
  type Endpoints,
  logit,
  opinion,
  played,
  type RewardServerOptions,
  rewardServer,
} from './reward-server.fixture.ts'
import type { Dialect } from './types.ts'

withoutKeys()
const start = endsWithTest(rewardServer)

/** What is found wrong with a server, or null. */
async function fault(
  dialect: Dialect | string,
  endpoints: Endpoints,
  options: RewardServerOptions = {},
  model?: string,
): Promise<Error | null> {
  const server = await start(endpoints, options)
  const asked = typeof dialect === 'string' ? dialectNamed(dialect) : dialect
  try {
    await rewardClient({ urls: [server.url], dialect: asked, model, pause: 0 })
    return null
  } catch (error) {
    return error as Error
  }
}

test('one request about a tiny solution and its beginning', async () => {
  const server = await start(played['qwen-math-prm'])
  await rewardClient({ urls: [server.url], dialect: dialectNamed('qwen-math-prm') })
  expect(server.requests.map(({ path, body }) => [path, body?.input.length])).toEqual([
    ['/v1/models', undefined],
    ['/pooling', 2],
  ])
})

test('nobody there', async () => {
  const server = await rewardServer({})
  await server.close()
  const error = await rewardClient({
    urls: [server.url],
    dialect: dialectNamed('qwen-math-prm'),
    pause: 0,
  }).catch((error) => error)
  expect(error).toBeInstanceOf(InputError)
  expect(error.message).toMatch(
    /ECONNREFUSED\n {2}Start the server, or check its URL\.\n {2}Models of .*vllm serve Qwen\//,
  )
})

test('a server of something else', async () => {
  const error = await fault('qwen-math-prm', {}, { models: null }, 'prm')
  expect(error?.message).toMatch(
    /\/pooling: the server has no such address: it serves its model for something else\n {2}Models of the dialect qwen-math-prm are served so: vllm serve Qwen/,
  )
})

test('a model that is not served: which ones are', async () => {
  const error = await fault('hazard-head', played['hazard-head'], { models: ['a', 'b'] }, 'c')
  expect(error).toBeInstanceOf(InputError)
  expect(error?.message).toMatch(/serves no model c\n {2}It serves: a, b\.$/)
})

test('the only model is meant where none is named; of several, or without a list, one must be', async () => {
  expect(await fault('hazard-head', played['hazard-head'], { models: ['one'] })).toBeNull()
  const several = await fault('hazard-head', played['hazard-head'], { models: ['a', 'b'] })
  expect(several?.message).toContain('serves 2 models, and which is meant is not said: a, b')
  const unlisted = await fault('hazard-head', played['hazard-head'], { models: null })
  expect(unlisted?.message).toContain('does not list its models')
  expect(await fault('hazard-head', played['hazard-head'], { models: null }, 'x')).toBeNull()
})

test('a key is wanted: the message of the key, and no serve command', async () => {
  const denied = { status: 401, body: { error: 'unauthorized' } }
  const error = await fault('hazard-head', played['hazard-head'], { mishap: () => denied })
  expect(error?.message).toMatch(/wants a key: unauthorized\n {2}Set the environment variable ASSAY_API_KEY/)
})

test.each<[string, string, string, string]>([
  ['another step tag: no rows', 'qwen-math-prm', 'hazard-head', 'gives 0 rows for 2 steps'],
  ['two columns for one', 'hazard-head', 'qwen', 'a step has 2 columns, and this dialect 1'],
  ['one column for two', 'qwen-math-prm', 'one', 'a step has 1 columns, and this dialect 2'],
  ['a row for every token', 'hazard-head', 'every', 'gives 3 rows for 2 steps'],
  ['raw scores for probabilities', 'hazard-head', 'raw', 'is no probability'],
  ['embeddings', 'hazard-head', 'embedding', 'numbers of a whole text, where each step should have a row'],
  ['a model that looks ahead', 'hazard-head', 'ahead', 'changes when a second one follows'],
])('%s', async (_, name, server, message) => {
  /** A server that gives these rows to a text. */
  const rows = (of: (text: string) => unknown): Endpoints => ({
    '/pooling': {
      texts: ({ input }) => input,
      answer: ({ input }) => ({
        data: input.map((text: string, index: number) => ({ index, data: of(text) })),
      }),
    },
  })
  const two = (text: string) => text.split('<|step|>').slice(1)
  const others: Record<string, Endpoints> = {
    qwen: rows((text) => two(text).map(() => [0.5, 0.5])),
    one: rows((text) =>
      text
        .split('<extra_0>')
        .slice(1)
        .map(() => [0.5]),
    ),
    every: rows((text) => [...two(text), ''].map(() => [0.5])),
    raw: rows((text) => two(text).map(() => [-3.5])),
    embedding: rows(() => [0.1, 0.2, 0.3]),
    ahead: rows((text) => two(text).map((_, t, all) => [t === 0 && all.length > 1 ? 0.9 : 0.1])),
  }
  const error = await fault(name, others[server] ?? played[server])
  expect(error).toBeInstanceOf(InputError)
  expect(error?.message).toContain(message)
  expect(error?.message).toContain('are served so: vllm serve')
})

test('labels that are several tokens of the model, and a server that cannot say', async () => {
  const labels = ['right', 'wrong']
  const several = await fault(
    dialectOf({ dialect: 'yes-no-vllm', chat: 'chatml', labels }, ''),
    played['yes-no-vllm'],
  )
  expect(several?.message).toContain('"right" is 2 tokens of the model, and a label is one')
  const { '/tokenize': _, ...rest } = played['yes-no-vllm']
  const silent = await fault('yes-no-vllm:chatml', rest)
  expect(silent?.message).toMatch(/\/tokenize: the server has no such address/)
  expect(silent?.message).toContain('"labels": [')
  expect(
    await fault(dialectOf({ dialect: 'yes-no-vllm', chat: 'chatml', labels: [5, 6] }, ''), rest),
  ).toBeNull()
})

test('a server that cuts long texts must say how long they may be', async () => {
  const error = await fault('yes-no-vllm:chatml', played['yes-no-vllm'], { models: null }, 'm')
  expect(error?.message).toContain('does not say how long')
  const dialect = dialectOf({ dialect: 'yes-no-vllm', chat: 'chatml', context: 4096 }, '')
  expect(await fault(dialect, played['yes-no-vllm'], { models: null }, 'm')).toBeNull()
})

test('a server that ignores use_activation gives no log-odds', async () => {
  const old = (activation: boolean): Endpoints => ({
    '/classify': {
      texts: () => [],
      answer: ({ messages, use_activation }) => {
        const p = opinion(JSON.stringify(messages))
        const raw = activation && use_activation === false
        return { data: [{ index: 0, probs: [raw ? logit(p) : p] }] }
      },
    },
  })
  expect(await fault('scalar-vllm', old(true))).toBeNull()
  const error = await fault('scalar-vllm', old(false))
  expect(error?.message).toMatch(
    /does not heed use_activation.*\n {2}Update vLLM, or say "scale": "probability"/,
  )
  expect(await fault(dialectOf({ dialect: 'scalar-vllm', scale: 'probability' }, ''), old(false))).toBeNull()
})

test.each([
  ['an overloaded server', { status: 503, body: 'loading' }, '503 loading'],
  [
    'a task that is not enabled',
    { status: 400, body: { error: { message: 'Task token_classify is not supported' } } },
    'Task token_classify is not supported',
  ],
  ['a failure of the server', { status: 500, body: { error: { message: 'boom' } } }, '500 boom'],
])('%s', async (_, mishap, message) => {
  const error = await fault('hazard-head', played['hazard-head'], { mishap: () => mishap })
  expect(error).toBeInstanceOf(InputError)
  expect(error?.message).toContain(message)
  expect(error?.message).toContain('are served so: vllm serve')
})

test('a signal ends the probe', async () => {
  const server = await start(played['hazard-head'], { mishap: () => ({ hang: true }) })
  const stop = new AbortController()
  const opening = rewardClient({
    urls: [server.url],
    dialect: dialectNamed('hazard-head'),
    signal: stop.signal,
  })
  opening.catch(() => {})
  await vi.waitFor(() => expect(server.requests.length).toBe(2))
  stop.abort(new Error('interrupted'))
  await expect(opening).rejects.toThrow('interrupted')
  await vi.waitFor(() => expect(server.abandoned).toBe(1))
})
