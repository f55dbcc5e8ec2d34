import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import type { RewardApp } from './app.ts'
import { blocked, endServers, serve } from './serve.fixture.ts'
import { startServer } from './server.ts'

endServers()

const one = { solutions: [{ problem: 'Compute 3 + 4.', response: '3 + 4 = 7\nAnswer: 7' }] }

async function socketTo(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

const head = (length: number, more = '') =>
  `POST /v1/score HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`

test('clients that send a byte now and then are cut off, and others do not notice', async () => {
  const { url, post } = await serve({ headersTimeout: 200, requestTimeout: 400 })
  const slow = await Promise.all(Array.from({ length: 30 }, () => socketTo(url)))
  const half = await Promise.all(Array.from({ length: 30 }, () => socketTo(url)))
  for (const socket of slow) socket.write('POST /v1/score HTTP/1.1\r\nhost: a\r\nx-')
  for (const socket of half) socket.write(`${head(100)}{`)
  const answers = Promise.all([...slow, ...half].map((socket) => text(socket).catch(() => 'reset')))
  expect((await post('/v1/score', one)).status).toBe(200)
  for (const answer of await answers) expect(answer).toMatch(/^(HTTP\/1.1 4\d\d |reset$|$)/)
  expect((await post('/v1/score', one)).status).toBe(200)
})

test.each([
  ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a header of 100 kB', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
  ['two lengths', `POST /v1/score HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}}`],
  ['a length and chunks', `${head(5, 'transfer-encoding: chunked\r\n')}0\r\n\r\n`],
  ['a host that is none', 'GET /healthz HTTP/1.1\r\nhost: a b<>\r\n\r\n'],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['an address that is none', 'GET http://[ HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['chunks that are none', `${head(5).replace('content-length: 5', 'transfer-encoding: chunked')}zz\r\n`],
  ['an address of 100 kB', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
])('%s: a 4xx or the end of the connection, and the server lives', async (_, bytes) => {
  const { url, post } = await serve({ headersTimeout: 200, requestTimeout: 400 })
  const socket = await socketTo(url)
  const answer = Promise.race([once(socket, 'data').then(String), once(socket, 'close').then(() => 'closed')])
  socket.write(bytes, 'latin1')
  expect(await answer).toMatch(/^(HTTP\/1.1 4\d\d |closed$)/)
  socket.destroy()
  expect((await post('/v1/score', one)).status).toBe(200)
})

test('a client that hangs up in the middle of its body is no fault', async () => {
  const { url, post, bugs } = await serve()
  for (let i = 0; i < 20; i++) {
    const socket = await socketTo(url)
    socket.write(`${head(1000)}{"solutions": [`)
    await new Promise(setImmediate)
    socket.destroy()
  }
  expect((await post('/v1/score', one)).status).toBe(200)
  expect(bugs).toEqual([])
})

test('a drain answers what was accepted, refuses the rest, and ends; half a request does not hold it up', async () => {
  const { url, post, get, reward, drain } = await serve()
  const { under } = await blocked({ post, reward })
  const waiting = post('/v1/score', one)
  while ((await get('/healthz')).body.waiting === 0);
  const half = await socketTo(url)
  half.write(`${head(100)}{`)
  const halfway = text(half).catch(() => 'reset')
  const drained = drain()
  const refused = await post('/v1/score', one)
  expect([refused.status, refused.body.error.type]).toEqual([503, 'draining'])
  expect(refused.headers.get('retry-after')).toBe('5')
  expect(await get('/healthz')).toMatchObject({ status: 503, body: { status: 'draining' } })
  reward.gate.open()
  for (const { status, headers } of [...(await under), await waiting])
    expect([status, headers.get('connection')]).toEqual([200, 'close'])
  await drained
  await halfway
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})

const nothing: RewardApp = { fetch: () => new Response('ok'), drain: async () => {} }

test('a port that is in use, or not to be had, is said with what to do', async () => {
  const first = await startServer(nothing, { port: 0 })
  const port = Number(new URL(first.url).port)
  const fault = await startServer(nothing, { port }).catch((error) => error)
  expect(fault).toBeInstanceOf(InputError)
  expect(fault.message).toBe(`127.0.0.1:${port}: is in use\n  Take another port, or 0 for any that is free.`)
  await first.drain()
  await expect(startServer(nothing, { host: '203.0.113.1', port: 0 })).rejects.toThrow(
    'is no address of this machine',
  )
})

test('by default it listens on this machine alone', async () => {
  const { url } = await serve()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})
