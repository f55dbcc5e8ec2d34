import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { type CallOptions, Refused, type ServersOptions, serversAt } from './http.ts'
import { type Behaviour, scriptedServer } from './scripted-server.fixture.ts'
import { endsWithTest, withoutKeys } from './with-test.fixture.ts'

const schema = z.object({ ok: z.literal(true) })
const fine: Behaviour = { status: 200, body: { ok: true } }
withoutKeys()
const start = endsWithTest(scriptedServer)

/** Pauses of a millisecond, where nothing else is said. */
function poster(servers: { url: string }[], options: Partial<ServersOptions> = {}) {
  const urls = servers.map(({ url }) => url)
  const { post } = serversAt({ urls, model: 'm', pause: 1, ...options })
  return (call?: CallOptions, body: object = { a: 1 }) => post('/x', body, schema, call)
}

/** An address where nobody listens. */
async function nobody(): Promise<{ url: string }> {
  const server = await scriptedServer([fine])
  await server.close()
  return server
}

const passing: [string, Behaviour][] = [
  ...[408, 409, 429, 500, 502, 503, 504, 529].map((status): [string, Behaviour] => [`${status}`, { status }]),
  ['a connection that ends without an answer', { reset: true }],
  ['an answer that is cut in the middle', { cut: '{"ok":' }],
  ['an answer that is not JSON', { status: 200, body: '<html>busy</html>' }],
  ['an answer of another shape', { status: 200, body: { error: 'busy' } }],
]

test.each(passing)('%s is tried again', async (_, behaviour) => {
  const server = await start([behaviour, behaviour, fine])
  expect(await poster([server])()).toEqual({ ok: true })
  expect(server.requests.map(({ path, body }) => [path, body])).toEqual(Array(3).fill(['/x', { a: 1 }]))
})

test.each([400, 401, 403, 404, 405, 413, 422])('%i is not tried again', async (status) => {
  const server = await start([{ status, body: { error: { message: 'no such thing' } } }, fine])
  const error = await poster([server])().catch((error) => error)
  expect(error).toBeInstanceOf(Refused)
  expect(error).toBeInstanceOf(InputError)
  expect(error.status).toBe(status)
  expect(error.message).toContain(`${server.url}/x: ${status}: `)
  expect(error.message).toContain('no such thing')
  expect(server.requests.length).toBe(1)
})

test('a refusal says what to mend', async () => {
  const statuses = [401, 403, 404, 308]
  const server = await start((_, index) => ({
    status: statuses[index % 4],
    headers: { location: 'http://elsewhere.invalid/' },
  }))
  const post = poster([server], { model: 'qwen' })
  await expect(post()).rejects.toThrow(/wants a key\n {2}Set the environment variable ASSAY_API_KEY to it/)
  vi.stubEnv('MY_KEY', 'secret')
  const withKey = poster([server], { keyFrom: 'MY_KEY' })
  await expect(withKey()).rejects.toThrow(
    /refuses the key in MY_KEY\n {2}Check the environment variable MY_KEY/,
  )
  await expect(post()).rejects.toThrow(`${server.url}/x: 404: no such address, or no model qwen there`)
  // the key stays with the server it was meant for
  await expect(post()).rejects.toThrow('308: the server is elsewhere')
})

test('a server that stays down is given up, with what it said', async () => {
  const server = await start([{ status: 503, body: 'loading the model' }])
  const error = await poster([server], { tries: 3 })().catch((error) => error)
  expect(error).not.toBeInstanceOf(InputError)
  expect(error.message).toBe(`no answer after 3 tries: ${server.url}/x: 503 loading the model`)
  expect(server.requests.length).toBe(3)
  const away = await nobody()
  await expect(poster([away], { tries: 2 })()).rejects.toThrow(
    `no answer after 2 tries: ${away.url}/x: ECONNREFUSED`,
  )
})

test.each([
  ['seconds', () => '3600'],
  ['a date', () => new Date(Date.now() + 3_600_000).toUTCString()],
])('a Retry-After of %s beyond the deadline ends the call at once', async (_, value) => {
  const server = await start([{ status: 429, headers: { 'retry-after': value() } }, fine])
  await expect(poster([server])()).rejects.toThrow('429')
  expect(server.requests.length).toBe(1)
})

test('the deadline ends a call that would be tried for ever', async () => {
  const server = await start([{ status: 500 }])
  await expect(poster([server], { deadline: 40, tries: 1e9 })()).rejects.toThrow('no answer after')
  const silent = await start([{ hang: true }])
  await expect(poster([silent], { deadline: 40, tries: 1e9 })()).rejects.toThrow('no whole answer within')
  await vi.waitFor(() => expect(silent.abandoned).toBe(silent.requests.length))
})

test('waiting for a turn does not count for the deadline', async () => {
  const server = await start([{ ...fine, after: 25 }])
  const post = poster([server], { concurrency: 1, deadline: 1000 })
  await Promise.all(Array.from({ length: 50 }, () => post()))
  expect(server.requests.length).toBe(50)
})

test('a try that takes too long is given up for another one, and its connection closed', async () => {
  const server = await start([{ hang: true }, { hang: true }, fine])
  expect(await poster([server], { timeout: 200 })()).toEqual({ ok: true })
  expect(server.requests.length).toBe(3)
  await vi.waitFor(() => expect(server.abandoned).toBe(2))
})

test('an abort ends a call at once, whatever it is doing, and closes its connection', async () => {
  const server = await start((_, index) => (index === 0 ? { status: 500 } : { hang: true }))
  const post = poster([server], { concurrency: 1, pause: 60_000 })
  const [pausing, working, queueing] = [1, 2, 3].map(() => new AbortController())
  const inPause = post({ signal: pausing.signal })
  await vi.waitFor(() => expect(server.requests.length).toBe(1))
  const atWork = post({ signal: working.signal })
  await vi.waitFor(() => expect(server.requests.length).toBe(2))
  const inQueue = post({ signal: queueing.signal })
  for (const [stop, call] of [
    [queueing, inQueue],
    [pausing, inPause],
    [working, atWork],
  ] as const) {
    const reason = new Error('that will do')
    stop.abort(reason)
    await expect(call).rejects.toBe(reason)
  }
  await vi.waitFor(() => expect(server.abandoned).toBe(1))
  expect(server.requests.length).toBe(2)
  await expect(post({ signal: working.signal })).rejects.toThrow('that will do')
})

test('one signal may end hundreds of calls without a warning', async () => {
  const warned = vi.fn()
  process.on('warning', warned)
  const server = await start([{ hang: true }])
  const stop = new AbortController()
  const post = poster([server])
  const calls = Array.from({ length: 200 }, () => post({ signal: stop.signal }))
  await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(0))
  stop.abort(new Error('stop'))
  const ends = await Promise.allSettled(calls)
  expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['rejected']))
  await sleep(1)
  process.off('warning', warned)
  expect(warned).not.toHaveBeenCalled()
})

test('an answer without end is not read to its end, nor asked for again', async () => {
  const server = await start([{ huge: 2 ** 40 }])
  await expect(poster([server], { maxBytes: 1_000_000 })()).rejects.toThrow('longer than 1000000 bytes')
  expect(server.requests.length).toBe(1)
  await vi.waitFor(() => expect(server.abandoned).toBe(1))
})

test('a key keeps to its server, and keys are spread over all', async () => {
  const servers = [await start([fine]), await start([fine]), await start([fine])]
  const post = poster(servers)
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 30; i++) await post({ affinity: `problem ${i}` }, { i })
  const seen = servers.map(({ requests }) => requests.map(({ body }) => body.i as number))
  for (const each of seen) {
    expect(new Set(each).size).toBeGreaterThan(2)
    expect(each.length).toBe(2 * new Set(each).size)
  }
  // a server less: only its own keys move
  const [without] = servers.splice(0, 1)
  const before = servers.map(({ requests }) => new Set(requests.map(({ body }) => body.i)))
  const fewer = poster(servers)
  for (let i = 0; i < 30; i++) await fewer({ affinity: `problem ${i}` }, { i })
  for (const [s, { requests }] of servers.entries()) {
    const now = new Set(requests.map(({ body }) => body.i))
    for (const i of before[s]) expect(now).toContain(i)
  }
  expect(without.requests.length).toBe(seen[0].length)
})

test('calls without a key are spread', async () => {
  const servers = [await start([fine]), await start([fine])]
  const post = poster(servers)
  for (let i = 0; i < 20; i++) await post()
  for (const { requests } of servers) expect(requests.length).toBeGreaterThan(2)
})

test.each<[string, Behaviour | null]>([
  ['nobody at the address', null],
  ['500', { status: 500 }],
  ['503 with a long Retry-After', { status: 503, headers: { 'retry-after': '3600' } }],
  ['a connection that ends', { reset: true }],
  ['an answer of another shape', { status: 200, body: {} }],
])('%s: the next server is asked, without a pause', async (_, behaviour) => {
  const bad = behaviour ? await start([behaviour]) : await nobody()
  const good = await start([fine])
  const post = poster([bad, good], { pause: 1e9 })
  for (let i = 0; i < 10; i++) expect(await post({ affinity: `${i}` })).toEqual({ ok: true })
  expect(good.requests.length).toBe(10)
})

test('a server too busy for a key keeps it', async () => {
  const script: Behaviour[] = [{ status: 429, headers: { 'retry-after': '0' } }, fine]
  const servers = [await start(script), await start(script)]
  await poster(servers)({ affinity: 'a' })
  expect(servers.map(({ requests }) => requests.length).toSorted()).toEqual([0, 2])
})

test('no more calls are at a server than it may have', async () => {
  const server = await start([{ ...fine, after: 5 }])
  const post = poster([server], { concurrency: 3 })
  await Promise.all(Array.from({ length: 20 }, () => post()))
  expect(server.peak).toBeLessThanOrEqual(3)
})

test('a server that refuses more than two calls at a time gets all of them answered in the end', async () => {
  let underWay = 0
  const server = await start(() => {
    if (underWay >= 2) return { status: 429, headers: { 'retry-after': '0' } }
    underWay++
    setTimeout(() => underWay--, 2)
    return { ...fine, after: 3 }
  })
  const post = poster([server], { tries: 200 })
  expect(await Promise.all(Array.from({ length: 40 }, () => post()))).toHaveLength(40)
})

test('the key is sent, and stands in no error, whatever the server says', async () => {
  const secret = 'sk-"very\\secret"-0123456789'
  vi.stubEnv('ASSAY_API_KEY', `${secret}\n`)
  const echoed = `${'.'.repeat(290)} Bearer ${secret}`
  const behaviours: Behaviour[] = [
    ...[400, 401, 403, 404, 500].flatMap((status) => [
      { status, body: echoed },
      { status, body: { error: { message: `bad key ${secret}` } } },
    ]),
    { status: 200, body: echoed },
    { status: 200, body: { ok: secret } },
    { reset: true },
  ]
  const server = await start((_, index) => behaviours[index])
  const post = poster([server], { tries: 1 })
  for (const _ of behaviours) {
    const error = await post().catch((error) => error)
    expect(error).toBeInstanceOf(Error)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/very|0123/)
  }
  expect(server.requests[0].headers.authorization).toBe(`Bearer ${secret}`)
})

test('the key comes from the variable that is named, else from one of two, else there is none', async () => {
  const server = await start([fine])
  await poster([server])()
  vi.stubEnv('OPENAI_API_KEY', 'second')
  await poster([server])()
  vi.stubEnv('ASSAY_API_KEY', 'first')
  await poster([server])()
  vi.stubEnv('MINE', 'mine')
  await poster([server], { keyFrom: 'MINE' })()
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    undefined,
    'Bearer second',
    'Bearer first',
    'Bearer mine',
  ])
  expect(() => poster([server], { keyFrom: 'NOT_SET' })).toThrow('environment variable NOT_SET: is not set')
  vi.stubEnv('MINE', 'a\u0001b')
  expect(() => poster([server], { keyFrom: 'MINE' })).toThrow('MINE: holds characters that no key has')
})

test('what is no base URL is refused, and a password in it is not repeated', () => {
  const passwords = ['http://u:geheim@a', 'http://u:ge/geheim@a', 'http://a/?key=geheim', 'http://a#geheim']
  for (const url of ['', 'localhost:8000', 'ftp://a', ...passwords]) {
    expect(() => poster([{ url }])).toThrow('is not the base URL of a server')
    expect(() => poster([{ url }])).toThrow(/^((?!geheim)[\s\S])*$/)
  }
  expect(() => poster([])).toThrow('no URL of a server')
  expect(() => poster([{ url: 'http://a' }], { concurrency: 0 })).toThrow('concurrency is 0')
  expect(() => poster([{ url: 'http://a' }], { tries: Number.NaN })).toThrow('tries is NaN')
})

test('a path in the base URL stays', async () => {
  const server = await start([fine])
  await poster([{ url: `${server.url}/api/v3//` }])()
  expect(server.requests[0].path).toBe('/api/v3/x')
})
