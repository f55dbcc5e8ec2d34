import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { rewardClient } from '../endpoint/rewards/client.ts'
import { dialectNamed } from '../endpoint/rewards/dialects.ts'
import { played, rewardServer } from '../endpoint/rewards/reward-server.fixture.ts'
import { remoteReward } from '../reward/remote.ts'
import { routes } from './app.ts'
import { batchesAhead } from './score-service.ts'
import { blocked, endServers, fakeJudge, fakePolicy, serve, until } from './serve.fixture.ts'

endServers()

const one = { solutions: [{ problem: 'Compute 3 + 4.', response: '3 + 4 = 7\nAnswer: 7' }] }
const json = { 'content-type': 'application/json' }

describe('requests that are none: the right 4xx, and the server lives', () => {
  const nested = (depth: number, [open, close] = ['[', ']']) => open.repeat(depth) + close.repeat(depth)
  test.each<[string, string | Uint8Array, number, string]>([
    ['not JSON', '{"solutions": [', 400, 'not valid JSON'],
    ['nothing', '', 400, 'not valid JSON'],
    ['NaN', '{"solutions": NaN}', 400, 'not valid JSON'],
    ['Infinity', '{"solutions": [], "deadline_ms": Infinity}', 400, 'not valid JSON'],
    ['a number beyond all', '{"solutions": [], "deadline_ms": 1e999}', 422, 'deadline_ms'],
    ['not UTF-8', Uint8Array.from([0x22, 0xff, 0xfe, 0x22]), 400, 'not UTF-8'],
    ['a key twice', '{"solutions": [], "solutions": []}', 400, 'the key "solutions" stands twice'],
    ['lists in lists', nested(100_000), 400, 'more than 64 deep'],
    ['objects in objects', `{"solutions": ${nested(5000, ['{"a":', '}'])}}`, 400, 'more than 64 deep'],
    ['lists that never end', '['.repeat(1_000_000), 400, 'more than 64 deep'],
    [
      'brackets in a text',
      JSON.stringify({ solutions: nested(200) }),
      422,
      'solutions must be a list, not a string',
    ],
    ['a text', '"solutions"', 422, 'the body must be an object, not a string'],
    ['null', 'null', 422, 'the body must be an object, not null'],
    ['a prototype', '{"__proto__": {"solutions": []}}', 422, 'solutions is missing'],
    ['a constructor', '{"solutions": [], "constructor": {}}', 422, 'unknown fields: constructor'],
    [
      'two million faults, of which the first is told',
      `{"solutions": [${'1,'.repeat(2_000_000)}1]}`,
      422,
      'solutions[0] must be an object, not a number',
    ],
    [
      'two million steps that are empty',
      `{"solutions": [{"problem": "p", "steps": [${'"",'.repeat(2_000_000)}""]}]}`,
      422,
      'solutions[0].steps[0] must be a non-empty string',
    ],
    [
      'a text of four million escapes',
      `{"solutions": [], "x": "${'\\n'.repeat(4_000_000)}"}`,
      422,
      'unknown fields: x',
    ],
  ])('%s', async (_, body, status, message) => {
    const { post } = await serve()
    const answer = await post('/v1/score', body)
    expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringContaining(message)])
    expect((await post('/v1/score', one)).status).toBe(200)
  })

  test('a response of four million lines is too long, and not cut into steps', async () => {
    const { post } = await serve()
    const response = 'a\n'.repeat(2_000_000)
    const { status, body } = await post('/v1/score', { solutions: [{ problem: 'p', response }] })
    expect([status, body.results[0].error.type]).toEqual([200, 'too_long'])
    for (const [path, asked] of [
      ['/slime', { prompt: 'p', response }],
      ['/score', { queries: 'p', documents: response }],
      ['/openrlhf', { query: [`p${response}`], prompts: ['p'] }],
    ] as const)
      expect((await post(path, asked)).status).toBe(422)
  })

  test('lone surrogates and other odd characters are scored as they are', async () => {
    const { post } = await serve()
    const body = '{"solutions": [{"problem": "\\ud800 \\u0000", "response": "a \\udfff\\n\\u202e b"}]}'
    expect((await post('/v1/score', body)).body.results[0].spans).toEqual([
      [0, 3],
      [4, 7],
    ])
  })

  test('a body that is not called JSON, or is packed: 415', async () => {
    const { post } = await serve()
    expect((await post('/v1/score', one, { headers: { 'content-encoding': 'gzip' } })).status).toBe(415)
    expect((await post('/v1/score', one, { headers: { 'content-encoding': 'identity' } })).status).toBe(200)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '', 'application/jsonp'])
      expect((await post('/v1/score', one, { headers: { 'content-type': type } })).status).toBe(415)
    for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.api+json'])
      expect((await post('/v1/score', one, { headers: { 'content-type': type } })).status).toBe(200)
  })

  test('a body that is too large: 413, announced or in chunks', async () => {
    const { post, url } = await serve({ maxBytes: 1000 })
    const large = JSON.stringify({ solutions: 'x'.repeat(2000) })
    expect(await post('/v1/score', large)).toMatchObject({
      status: 413,
      body: { error: { type: 'too_large' } },
    })
    const chunks = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(large))
      },
    })
    const init = { method: 'POST', headers: json, body: chunks, duplex: 'half' } as RequestInit
    expect((await fetch(`${url}/v1/score`, init)).status).toBe(413)
    expect((await post('/v1/score', one)).status).toBe(200)
  })

  test('a body in chunks is read like any other', async () => {
    const { url } = await serve()
    const pieces = JSON.stringify(one).match(/.{1,5}/gs) as string[]
    const body = new ReadableStream({
      pull(controller) {
        const piece = pieces.shift()
        if (piece === undefined) controller.close()
        else controller.enqueue(new TextEncoder().encode(piece))
      },
    })
    const init = { method: 'POST', headers: json, body, duplex: 'half' } as RequestInit
    expect((await fetch(`${url}/v1/score`, init)).status).toBe(200)
  })

  test('wrong addresses and methods: 404, and 405 with the right one', async () => {
    const { get, post, url } = await serve()
    for (const path of ['/', '/v1', '/v1/score/x', '/%2e%2e/etc/passwd', '/v1/%00'])
      expect([path, (await get(path)).status]).toEqual([path, 404])
    const wrong = await get('/v1/score')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await fetch(`${url}/v1/score`, { method: 'DELETE' })).status).toBe(405)
    expect((await post('/v1/models', {})).status).toBe(405)
    expect((await post('/slime?reward=best', { prompt: 'p', response: 'a' })).status).toBe(422)
    // where it would mean nothing it is not passed over in silence
    expect((await post('/v1/score?reward=p_correct', one)).status).toBe(422)
  })
})

describe('a token', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

  test('what carries it is answered, as a bearer or as a password; nothing else is, and no body is read', async () => {
    const { post, get, reward } = await serve({ token: 'sesame' })
    const ask = (authorization?: string) =>
      post('/v1/score', one, { headers: authorization === undefined ? {} : { authorization } })
    const right = ['Bearer sesame', 'bearer  sesame', basic('trainer:sesame'), basic(':sesame')]
    for (const each of right) expect([each, (await ask(each)).status]).toEqual([each, 200])
    const scored = reward.calls.length
    const wrong = [
      undefined,
      'Bearer',
      'Bearer sesam',
      'Bearer sesamee',
      'sesame',
      basic('sesame:x'),
      'Digest sesame',
    ]
    for (const each of wrong) expect([each, (await ask(each)).status]).toEqual([each, 401])
    expect((await post('/v1/score', 'no JSON')).status).toBe(401)
    expect(reward.calls).toHaveLength(scored)
    expect([(await get('/metrics')).status, (await get('/v1/models')).status]).toEqual([401, 401])
    expect((await get('/metrics', { authorization: right[0] })).status).toBe(200)
    expect([(await get('/healthz')).status, (await get('/openapi.json')).status]).toEqual([200, 200])
  })
})

describe('deadlines and clients that leave free their places', () => {
  const many = { solutions: Array.from({ length: 8 }, (_, i) => ({ problem: `${i}`, response: 'a' })) }

  test.each([
    ['a field', { ...many, deadline_ms: 30 }, {}],
    ['a header', many, { 'x-deadline-ms': '30' }],
    ['the earlier of both', { ...many, deadline_ms: 600_000 }, { 'x-deadline-ms': '30' }],
  ])('a deadline as %s: 504, and the queue is empty', async (_, body, headers) => {
    const { post, get, reward } = await serve()
    const { under } = await blocked({ post, reward })
    const late = await post('/v1/score', body, { headers })
    expect(late).toMatchObject({ status: 504, body: { error: { type: 'deadline' } } })
    expect((await get('/healthz')).body.waiting).toBeLessThan(8)
    reward.gate.open()
    for (const { status } of await under) expect(status).toBe(200)
    await post('/v1/score', one)
    expect(reward.calls.flat().some(({ problem }) => problem === '3')).toBe(false)
  })

  test('a client that leaves', async () => {
    const { post, get, reward } = await serve()
    const { under } = await blocked({ post, reward })
    const controller = new AbortController()
    const gone = post('/v1/score', many, { signal: controller.signal }).catch(() => 'gone')
    while ((await get('/healthz')).body.waiting === 0);
    controller.abort()
    expect(await gone).toBe('gone')
    while ((await get('/healthz')).body.waiting > 0);
    reward.gate.open()
    await under
    expect((await get('/metrics')).body).toContain('assay_abandoned_total{queue="score"} 1')
    expect(reward.calls.flat().some(({ problem }) => problem === '3')).toBe(false)
  })

  test('a batch that nobody waits for any more is left: the model server is, too, and the next one has its place', async () => {
    let hangs = true
    const models = await rewardServer(played['hazard-head'], {
      mishap: (index) => (index > 0 && hangs ? { hang: true } : undefined),
    })
    const dialect = dialectNamed('hazard-head')
    const reward = remoteReward(await rewardClient({ urls: [models.url], dialect }))
    const { post, get } = await serve({ reward })
    const late = await Promise.all(
      [1, 2, 3].map(() => post('/v1/score', one, { headers: { 'x-deadline-ms': '40' } })),
    )
    expect(late.map(({ status }) => status)).toEqual([504, 504, 504])
    await until(() => models.abandoned > 0)
    hangs = false
    expect((await post('/v1/score', one)).status).toBe(200)
    expect((await get('/metrics')).body).toContain('assay_failed_batches_total{queue="score"} 0\n')
    await reward.close()
    await models.close()
  })

  test('headers that are no deadline: 422', async () => {
    const { post } = await serve()
    for (const value of ['0', '-1', 'soon', '1e9', '99999999', ''])
      if (value !== '')
        expect((await post('/v1/score', one, { headers: { 'x-deadline-ms': value } })).status).toBe(422)
  })
})

test('an overload: 429 with the time to wait, while those who wait get their answers', async () => {
  const { post, get, reward } = await serve({ queue: 4 })
  const { under } = await blocked({ post, reward })
  const waiting = Array.from({ length: 4 }, () => post('/v1/score', one))
  while ((await get('/healthz')).body.waiting < 4);
  const refused = await Promise.all(Array.from({ length: 20 }, () => post('/v1/score', one)))
  for (const { status, headers, body } of refused) {
    expect([status, body.error.type]).toEqual([429, 'queue_full'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  }
  reward.gate.open()
  for (const { status } of [...(await under), ...(await Promise.all(waiting))]) expect(status).toBe(200)
  expect((await post('/v1/score', one)).status).toBe(200)
})

test('requests of many connections are scored together', async () => {
  const { post, get, reward } = await serve()
  const { under } = await blocked({ post, reward })
  const rest = Array.from({ length: 30 }, (_, i) => post('/slime', { prompt: 'p', response: `${i}` }))
  while ((await get('/healthz')).body.waiting < 30);
  reward.gate.open()
  await Promise.all([under, ...rest])
  expect(reward.calls.map(({ length }) => length)).toEqual([...Array(batchesAhead).fill(1), 30])
})

test('metrics: requests by route and status, never by what clients write', async () => {
  const { post, get } = await serve({ judge: fakeJudge(), policy: fakePolicy })
  await post('/v1/score', one)
  await post('/v1/score', {})
  await get('/nobody/knows"}')
  const { body, headers } = await get('/metrics')
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(body).toContain('assay_requests_total{route="/v1/score",status="200"} 1\n')
  expect(body).toContain('assay_requests_total{route="/v1/score",status="422"} 1\n')
  expect(body).toContain('assay_request_seconds_count{route="/v1/score"} 2\n')
  expect(body).toContain('assay_items_total{queue="score"} 1\n')
  expect(body).toContain('assay_waiting{queue="judge"} 0\n')
  expect(body).not.toContain('nobody')
  for (const line of body.trim().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*\})? [\d.e+-]+)$/)
})

test('/openapi.json has every route, with schemas that are those of the answers', async () => {
  const { get, post } = await serve()
  const { body } = await get('/openapi.json')
  expect(body.openapi).toBe('3.1.0')
  for (const { path, method } of routes) expect(body.paths[path][method].responses[200]).toBeDefined()
  const { parameters, responses } = body.paths['/slime'].post
  expect(parameters.map(({ name }: { name: string }) => name)).toEqual(['reward', 'x-deadline-ms'])
  expect(body.paths['/v1/score'].post.parameters).toHaveLength(1)
  expect(responses[429].headers['retry-after']).toBeDefined()
  const { schema } = body.paths['/v1/score'].post.requestBody.content['application/json']
  expect(schema).toMatchObject({ type: 'object', required: ['solutions'], additionalProperties: false })
  for (const [path, asked] of [
    ['/v1/score', one],
    ['/slime', { prompt: 'p', response: 'a' }],
    ['/rerank', { query: 'p', documents: ['a'] }],
  ] as const) {
    const route = routes.find((route) => route.path === path)
    expect(z.safeParse(route!.answer, (await post(path, asked)).body).error).toBeUndefined()
  }
})
