import { expect, test, vi } from 'vitest'
import { chatPolicy } from '../cli/remote.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { type Endpoints, type RewardServerOptions, rewardServer } from './rewards/reward-server.fixture.ts'
import { endsWithTest, withoutKeys } from './with-test.fixture.ts'
import { servedWriter } from './writer.ts'

withoutKeys()
const start = endsWithTest(rewardServer)

/** What is found wrong with a server. */
async function fault(endpoints: Endpoints, options: RewardServerOptions = {}): Promise<Error> {
  const { url } = await start(endpoints, { models: ['writer'], ...options })
  const error = await servedWriter({ urls: [url], pause: 0 }).catch((error) => error)
  expect(error).toBeInstanceOf(InputError)
  return error
}

test('one request for a few tokens', async () => {
  const server = await start(chatPolicy(), { models: ['writer'] })
  for (const url of [server.url, `${server.url}/v1`])
    expect(await servedWriter({ urls: [url] })).toEqual({ id: 'writer', context: 10_000 })
  expect(server.requests.slice(0, 2)).toMatchObject([
    { method: 'GET', path: '/v1/models' },
    { method: 'POST', path: '/v1/chat/completions', body: { model: 'writer', max_tokens: 16, seed: 1 } },
  ])
  expect(server.requests).toHaveLength(4)
})

test('a server of something else, and how language models are served', async () => {
  expect((await fault({})).message).toMatch(
    /^http:\S+: serves writer for something else than chats\n {2}Language models are served so: vllm serve MODEL$/,
  )
})

test('answers that do not count their tokens', async () => {
  const uncounted = (answer: object) => ({ ...answer, usage: null })
  const error = await fault(chatPolicy(), { mishap: () => ({ spoilt: uncounted }) })
  expect(error.message).toMatch(/does not say how many tokens it wrote\n {2}Use a server whose answers/)
})

test.each([
  ['a server that loads its model', { status: 503, body: 'loading' }, /503 loading\n {2}Language models/],
  [
    'a model without a chat template',
    { status: 400, body: { error: { message: 'no chat template' } } },
    /400: .*: no chat template$/,
  ],
  [
    'a key is wanted',
    { status: 401 },
    /the server wants a key\n {2}Set the environment variable ASSAY_API_KEY/,
  ],
] as const)('%s', async (_, mishap, message) => {
  expect((await fault(chatPolicy(), { mishap: () => mishap })).message).toMatch(message)
})

test('a signal ends it', async () => {
  const server = await start(chatPolicy(), { models: ['writer'], mishap: () => ({ hang: true }) })
  const stop = new AbortController()
  const opening = servedWriter({ urls: [server.url] }, { signal: stop.signal })
  opening.catch(() => {})
  await vi.waitFor(() => expect(server.requests.length).toBe(2))
  stop.abort(new Error('interrupted'))
  await expect(opening).rejects.toThrow('interrupted')
  await vi.waitFor(() => expect(server.abandoned).toBe(1))
})
