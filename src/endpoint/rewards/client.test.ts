import { expect, test, vi } from 'vitest'
import { InputError } from '../../reasoning/errors.ts'
import { Refused } from '../http.ts'
import { endsWithTest, withoutKeys } from '../with-test.fixture.ts'
import { type RewardClientOptions, rewardClient } from './client.ts'
import { dialectNamed } from './dialects.ts'
import { Unreadable } from './reading.ts'
import { opinion, played, type RewardServerOptions, rewardServer } from './reward-server.fixture.ts'

withoutKeys()
const start = endsWithTest(rewardServer)

async function open(
  name: string,
  server: RewardServerOptions = {},
  client: Partial<RewardClientOptions> = {},
) {
  const started = await start(played[name.split(':')[0]], server)
  const dialect = dialectNamed(name)
  const opened = await rewardClient({ urls: [started.url], dialect, pause: 0, tries: 2, ...client })
  // what the probe asked is no part of what follows
  started.requests.splice(0)
  started.texts.splice(0)
  const readAll = (solutions: Parameters<typeof opened.read>[0]) => Promise.all(opened.read(solutions))
  return { server: started, client: opened, readAll }
}

const solution = (i: number, ...steps: string[]) => ({ problem: `Compute ${i}.`, steps })

test('numbers are those of the model, by the configured column', async () => {
  const text = '<|problem|>Compute 1.<|solution|>a'
  const { readAll } = await open('hazard-head')
  expect(await readAll([solution(1, 'a', 'b')])).toEqual([[opinion(text), opinion(`${text}<|step|>b`)]])
  const shepherd = await open('math-shepherd')
  expect(await shepherd.readAll([solution(1, 'a')])).toEqual([[opinion('Compute 1. Step 1: a ки')]])
})

test('solutions that are asked about together share requests, as many as one takes', async () => {
  const { server, readAll } = await open('hazard-head')
  await readAll(Array.from({ length: 70 }, (_, i) => solution(i, 'a', 'b')))
  expect(server.requests.map(({ body }) => body.input.length).sort((a, b) => a - b)).toEqual([6, 32, 32])
})

test('documents of one query share a request, others do not', async () => {
  const { server, readAll } = await open('rerank-vllm')
  await readAll([solution(1, 'a'), solution(2, 'a'), solution(1, 'b'), solution(1, 'c')])
  const asked = server.requests.map(({ body }) => [body.query, body.documents])
  expect(asked.sort()).toEqual([
    ['Compute 1.', ['a', 'b', 'c']],
    ['Compute 2.', ['a']],
  ])
})

test('duplicates are asked once: together, under way, and later; also steps that solutions share', async () => {
  const { server, readAll, client } = await open('yes-no-vllm:chatml')
  const [a, b, c] = await readAll([solution(1, 'a', 'b'), solution(1, 'a', 'c'), solution(1, 'a', 'b')])
  expect(server.texts.length).toBe(3)
  expect(c).toEqual(a)
  expect(b[0]).toBe(a[0])
  await Promise.all([...client.read([solution(1, 'a', 'b')]), ...client.read([solution(1, 'a', 'b', 'd')])])
  expect(server.texts.length).toBe(4)
})

test('one refused text takes no other with it, and says why', async () => {
  const { server, client } = await open('hazard-head', { longest: 200 })
  const long = solution(2, 'x'.repeat(300))
  const [fine, refused, other] = await Promise.allSettled(
    client.read([solution(1, 'a'), long, solution(3, 'a', 'b')]),
  )
  expect([fine.status, other.status]).toEqual(['fulfilled', 'fulfilled'])
  const { reason } = refused as PromiseRejectedResult
  expect(reason).toBeInstanceOf(Unreadable)
  expect(reason.message).toMatch(
    /^a solution of "Compute 2\.": .*400: .*maximum context length is 200 tokens/,
  )
  expect(server.requests.map(({ body }) => body.input.length)).toEqual([3, 1, 1, 1])
})

test('more rows than steps: this text is not read; fewer: nothing is right any more', async () => {
  let rows = 1
  const spoil = (answer: { data: { data: number[][] }[] }) => {
    const [{ data }] = answer.data
    return { data: [{ index: 0, data: rows > 0 ? [...data, ...data.slice(0, rows)] : data.slice(-rows) }] }
  }
  const { client } = await open('hazard-head', {
    mishap: (index) => (index > 0 ? { spoilt: spoil } : undefined),
  })
  await expect(client.read([solution(1, 'a', 'b')])[0]).rejects.toThrow(Unreadable)
  rows = -1
  const fewer = client.read([solution(2, 'a', 'b')])[0]
  await expect(fewer).rejects.toThrow(
    /gives 1 row for 2 steps\n {2}Does it serve a model of the dialect hazard-head/,
  )
  await expect(fewer).rejects.not.toThrow(Unreadable)
})

test('an answer out of range is refused, one that was rounded is not', async () => {
  let number = 1.0000001
  const { client } = await open('hazard-head', {
    mishap: (index) =>
      index > 0 ? { spoilt: () => ({ data: [{ index: 0, data: [[number]] }] }) } : undefined,
  })
  expect(await client.read([solution(1, 'a')])[0]).toEqual([1])
  number = 2.5
  await expect(client.read([solution(2, 'a')])[0]).rejects.toThrow('gives 2.5, which is no probability')
})

test('log-odds may be anything finite', async () => {
  const { client } = await open('scalar-vllm', {
    mishap: (index) =>
      index > 3 ? { spoilt: () => ({ data: [{ index: 0, probs: [-1234.5] }] }) } : undefined,
  })
  expect(await client.read([solution(1, 'a')])[0]).toEqual([-1234.5])
})

test('what a server is down for is not held against the text', async () => {
  let down = false
  const { client } = await open('hazard-head', {
    mishap: () => (down ? { status: 503, body: 'loading' } : undefined),
  })
  down = true
  await expect(client.read([solution(1, 'a')])[0]).rejects.toThrow('no answer after 2 tries')
  down = false
  expect(await client.read([solution(1, 'a')])[0]).toHaveLength(1)
})

test('a key that is refused, and a model that is gone, are no texts that cannot be read', async () => {
  let status = 401
  const { client } = await open('hazard-head', {
    mishap: (index) => (index > 0 ? { status, body: { error: { message: 'no' } } } : undefined),
  })
  for (status of [401, 404]) {
    const answer = client.read([solution(1, 'a')])[0]
    await expect(answer).rejects.toThrow(Refused)
    await expect(answer).rejects.not.toThrow(Unreadable)
  }
})

test('requests run at once, as many as allowed', async () => {
  const { server, readAll } = await open('yes-no-chat', { delay: () => 5 }, { concurrency: 4 })
  await readAll(Array.from({ length: 20 }, (_, i) => solution(i, 'a')))
  expect(server.requests.length).toBe(20)
  expect(server.peak).toBe(4)
})

test('closing, and a signal, end what is under way', async () => {
  for (const end of ['close', 'signal'] as const) {
    const stop = new AbortController()
    const { server, client } = await open(
      'hazard-head',
      { mishap: (index) => (index > 0 ? { hang: true } : undefined) },
      { signal: stop.signal },
    )
    const answer = client.read([solution(1, 'a')])[0]
    answer.catch(() => {})
    await vi.waitFor(() => expect(server.requests.length).toBe(1))
    if (end === 'close') client.close()
    else stop.abort(new Error('interrupted'))
    await expect(answer).rejects.toThrow(end === 'close' ? 'is closed' : 'interrupted')
    await expect(client.read([solution(2, 'a')])[0]).rejects.toThrow()
    await vi.waitFor(() => expect(server.abandoned).toBe(1))
    expect(server.requests.length).toBe(1)
  }
})

test('no steps, no question', async () => {
  const { server, readAll } = await open('scalar-vllm')
  expect(await readAll([solution(1)])).toEqual([[]])
  expect(server.requests.length).toBe(0)
})

test('the endpoints stand beside /v1; the key goes along', async () => {
  vi.stubEnv('ASSAY_API_KEY', 'secret')
  const server = await start(played['hazard-head'])
  const dialect = dialectNamed('hazard-head')
  const client = await rewardClient({ urls: [`${server.url}/v1/`], dialect })
  expect(server.requests.map(({ method, path }) => [method, path])).toEqual([
    ['GET', '/v1/models'],
    ['POST', '/pooling'],
  ])
  expect([client.model, client.url]).toEqual(['prm', server.url])
})

test('a URL that is none', async () => {
  await expect(rewardClient({ urls: ['nowhere'], dialect: dialectNamed('hazard-head') })).rejects.toThrow(
    InputError,
  )
})

test('an abort ends the requests that nobody else waits for; what is asked again comes', async () => {
  const first = { hang: true } as const
  const { server, client } = await open('hazard-head', {
    mishap: (index) => (index === 1 ? first : undefined),
  })
  const stop = new AbortController()
  const [one] = client.read([solution(1, 'a')], { signal: stop.signal })
  await vi.waitFor(() => expect(server.requests).toHaveLength(1))
  stop.abort(new Error('enough'))
  await expect(one).rejects.toThrow('enough')
  await vi.waitFor(() => expect(server.abandoned).toBe(1))
  expect(await client.read([solution(1, 'a')])[0]).toEqual([opinion('<|problem|>Compute 1.<|solution|>a')])
  await expect(client.read([solution(3, 'a')], { signal: stop.signal })[0]).rejects.toThrow('enough')
})

test('an abort leaves others their answers, and what was not sent yet is not sent', async () => {
  const { server, client } = await open('hazard-head')
  const stop = new AbortController()
  const [shared] = client.read([solution(1, 'a')], { signal: stop.signal })
  const [alone] = client.read([solution(2, 'a')], { signal: stop.signal })
  const [other] = client.read([solution(1, 'a')])
  stop.abort(new Error('enough'))
  await expect(Promise.all([shared, alone])).rejects.toThrow('enough')
  await expect(alone).rejects.toThrow('enough')
  expect(await other).toEqual([opinion('<|problem|>Compute 1.<|solution|>a')])
  expect(server.texts).toHaveLength(1)
  expect(await client.read([solution(2, 'a')])[0]).toEqual([opinion('<|problem|>Compute 2.<|solution|>a')])
})
