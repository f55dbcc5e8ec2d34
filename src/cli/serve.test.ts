import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { rewardServer } from '../endpoint/rewards/reward-server.fixture.ts'
import { type ScriptedServer, scriptedServer } from '../endpoint/scripted-server.fixture.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { referee } from './referee.fixture.ts'
import { assayIn, ended, startAssay } from './run.fixture.ts'

const folder = scratchFolder()
writeTinyModels(folder, { contextLength: 512 })

const tiny = ['--threads', '1', '--port', '0']
const models = ['--reward', 'reward', '--policy', 'policy']
const started: ReturnType<typeof startAssay>[] = []
const judges: ScriptedServer[] = []
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  await Promise.all(judges.splice(0).map((judge) => judge.close()))
  vi.unstubAllEnvs()
})

async function judgeServer(script: Parameters<typeof scriptedServer>[0]) {
  const judge = await scriptedServer(script)
  judges.push(judge)
  return judge
}

/** A server of the command line, once it says where it is. */
async function start(...args: string[]) {
  const isHere = !args.includes('--reward')
  const child = startAssay(folder, ['serve', ...tiny, ...(isHere ? models : []), ...args])
  started.push(child)
  const done = ended(child)
  const first = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (chunk) => resolve(String(chunk)))
    child.once('close', () => reject(new Error('it ended before it served')))
  })
  const url = /http:\/\/[\w.:[\]]+\d/.exec(first)![0]
  const post = (path: string, body: object, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  return { child, done, first, url, post }
}

const one = { solutions: [{ problem: 'Compute 3 + 4.', response: '3 + 4 = 7\nAnswer: 7' }] }

test('it says where it is and how to ask it; SIGTERM ends it with 0', async () => {
  const { child, done, first, url, post } = await start()
  expect(first).toContain(`Assay serves at ${url}\n`)
  expect(first).toContain(`curl ${url}/v1/score -H 'content-type: application/json' \\\n`)
  const [, example] = /-d '(.*)'/.exec(first)!
  expect((await post('/v1/score', JSON.parse(example))).status).toBe(200)
  const chat = { model: 'assay-best-of-4', messages: [{ role: 'user', content: 'Compute 3 + 4.' }] }
  const { choices } = (await (await post('/v1/chat/completions', chat)).json()) as {
    choices: { message: { content: string } }[]
  }
  expect(choices[0].message.content).toMatch(/Answer: \d$/)
  child.kill('SIGTERM')
  expect(await done).toMatchObject({ code: 0, err: '' })
})

test('--json is one line; Ctrl-C ends it with 130', async () => {
  const { child, done, first, url } = await start('--json')
  expect(first.endsWith('\n')).toBe(true)
  expect(JSON.parse(first)).toEqual({
    url,
    reward: 'crm at reward',
    judge: 'the one that comes with assay',
    token: false,
  })
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
})

test('SIGTERM in the middle of a request: it has its answer, and then the server is gone', async () => {
  const judge = await judgeServer((body) => ({ ...referee(body), after: 700 }))
  const { child, done, post } = await start('--judge', judge.url, '--model', 'm')
  const pairs = [{ query: 'Which?', responses: ['quality 1', 'quality 2'] }]
  const asked = post('/v1/judge', { pairs })
  await vi.waitFor(() => expect(judge.requests).toHaveLength(1), { timeout: 20_000 })
  child.kill('SIGTERM')
  const answer = await asked
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
  expect(await answer.json()).toMatchObject({ results: [{ winner: 1, tokens: 20 }] })
  expect((await done).code).toBe(0)
})

test('where no judge is named it is the one that comes with assay, as in assay judge', async () => {
  const first = '7 - 2 = 5, so 5 * 3'
  const responses = [`${first}\n5 * 3 = 18\nAnswer: 18`, `${first}\n5 * 3 = 15\nAnswer: 15`]
  const pair = { id: 'a', query: 'Compute (7 - 2) * 3.', responses }
  const { post } = await start()
  const answer = await (await post('/v1/judge', { pairs: [pair] })).json()
  expect(answer).toMatchObject({ results: [{ id: 'a', winner: 1, non_verdict: null }] })
  const { out } = await assayIn(folder)(['judge', '-', '--threads', '1'], `${JSON.stringify(pair)}\n`)
  const { reasoning, winner } = JSON.parse(out)
  expect((answer as { results: object[] }).results[0]).toMatchObject({ reasoning, winner })
})

test('the judge says what assay judge says of the same pair', async () => {
  const judge = await judgeServer(referee)
  const pair = { id: 'p', query: 'Which?', responses: ['quality 3', 'quality 2'] }
  const { post } = await start('--judge', judge.url, '--model', 'm', '--temperature', '0.3')
  const served = (await (await post('/v1/judge', { pairs: [pair] })).json()) as { results: object[] }
  const args = ['judge', '-', '--judge', judge.url, '--model', 'm', '--temperature', '0.3']
  const { out } = await assayIn(folder)(args, `${JSON.stringify(pair)}\n`)
  const { settings: _, ...row } = JSON.parse(out)
  expect({ ...pair, ...served.results[0] }).toEqual(row)
  expect(judge.requests[0].body).toEqual(judge.requests[1].body)
})

test('a judge that is not there, or another one, is said at the start', async () => {
  const other = await rewardServer({}, { models: ['RRM-7B'] })
  const asking = (url: string) =>
    assayIn(folder)(['serve', ...tiny, ...models, '--judge', url, '--model', 'm'])
  const [nobody, another] = await Promise.all([asking('http://127.0.0.1:9'), asking(other.url)])
  await other.close()
  expect([nobody.code, nobody.err]).toEqual([
    2,
    expect.stringContaining('Start the server, or check its URL.'),
  ])
  expect([another.code, another.err]).toEqual([2, expect.stringContaining('It serves: RRM-7B.')])
})

test('a judge that refuses a pair still judges the next one', async () => {
  const judge = await judgeServer((body, index) =>
    index === 0 ? { status: 400, body: { error: { message: 'too long' } } } : referee(body),
  )
  const { post } = await start('--judge', judge.url, '--model', 'm')
  const pairs = [{ query: 'Which?', responses: ['quality 1', 'quality 2'] }]
  expect((await post('/v1/judge', { pairs })).status).toBe(503)
  const next = await post('/v1/judge', { pairs })
  expect([next.status, await next.json()]).toMatchObject([200, { results: [{ winner: 1 }] }])
})

test('a token comes from the environment alone, and is asked for', async () => {
  vi.stubEnv('SERVE_TOKEN', 'sesame')
  const { first, post } = await start('--token-from', 'SERVE_TOKEN')
  expect(first).not.toContain('sesame')
  expect(first).toContain('-H "authorization: Bearer $TOKEN"')
  expect((await post('/v1/score', one)).status).toBe(401)
  expect((await post('/v1/score', one, { authorization: 'Bearer sesame' })).status).toBe(200)
})

test('the separator may be written with escapes', async () => {
  const { post } = await start('--separator', '\\n')
  const { results } = (await (
    await post('/v1/score', { solutions: [{ problem: 'p', response: 'a\nb\n\nc' }] })
  ).json()) as { results: { spans: number[][] }[] }
  expect(results[0].spans).toEqual([
    [0, 1],
    [2, 3],
    [5, 6],
  ])
})

test('a port that is in use: exit code 2, and what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, out, err } = await assayIn(folder)(['serve', ...tiny, ...models, '--port', `${port}`])
  other.close()
  expect({ code, out, err }).toEqual({
    code: 2,
    out: '',
    err: `error: 127.0.0.1:${port}: is in use\n  Take another port, or 0 for any that is free.\n`,
  })
})

test.each([
  ['a token that is not set', ['--token-from', 'NOBODY_SET_THIS'], 'export NOBODY_SET_THIS='],
  ['a model without a server', ['--model', 'm'], '--judge http://127.0.0.1:8000'],
  [
    'a server that is not said to run what',
    ['--reward', 'http://127.0.0.1:9'],
    '--reward-dialect: qwen-math-prm',
  ],
  ['a dialect of no server', ['--reward-dialect', 'hazard-head'], '--reward http://127.0.0.1:8000'],
  [
    'the name that --reward-dialect has elsewhere',
    ['--reward', 'http://127.0.0.1:9', '--dialect', 'qwen-math-prm'],
    'vllm serve Qwen/Qwen2.5-Math-PRM-7B',
  ],
  ['a dialect of nobody', ['--dialect', 'qwen'], 'Allowed choices are boxed'],
  ['a language model for a reward', ['--reward', 'policy'], 'is a language model without a reward head'],
])('%s: exit code 2, and what to do', async (_, args, message) => {
  const { code, out, err } = await assayIn(folder)(['serve', ...tiny, ...models, ...args])
  expect([code, out, err]).toEqual([2, '', expect.stringContaining(message)])
})

test('a reward model and a policy on other servers are served like those that run here', async () => {
  const first = await start()
  const { first: said, post } = await start(
    '--reward',
    first.url,
    '--reward-dialect',
    'hazard-head',
    '--reward-model',
    'assay-crm',
    '--generator',
    first.url,
    '--generator-model',
    'assay-best-of-4',
  )
  expect(said).toContain(`crm at ${first.url}`)
  const here = (await (await first.post('/v1/score', one)).json()) as { results: { score: number }[] }
  const there = (await (await post('/v1/score', one)).json()) as { results: { score: number }[] }
  expect(there.results[0].score).toBeCloseTo(here.results[0].score, 5)
  const chat = { model: 'assay-best-of-2', messages: [{ role: 'user', content: 'Compute 3 + 4.' }] }
  expect((await post('/v1/chat/completions', chat)).status).toBe(200)
})
