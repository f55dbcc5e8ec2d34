import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { remembering, replaying, replyKey } from './cache.ts'
import { type ChatOptions, chatModel } from './chat.ts'
import type { EndpointRequest } from './model.ts'
import { openReplies, type ReplyStore, readReplies } from './reply-store.ts'
import { scriptedServer } from './scripted-server.fixture.ts'
import { endsWithTest } from './with-test.fixture.ts'

const folder = scratchFolder()
const startServer = endsWithTest(scriptedServer)
const stores: ReplyStore[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(stores.splice(0).map((store) => store.close()))
})

let directories = 0
function fresh(): string {
  return join(folder, `${directories++}`, 'deep')
}

async function opened(directory = fresh()): Promise<ReplyStore> {
  const store = await openReplies(directory)
  stores.push(store)
  return store
}

async function start(
  script: Parameters<typeof scriptedServer>[0],
  { store, ...options }: Partial<ChatOptions> & { store?: ReplyStore } = {},
) {
  const server = await startServer(script)
  const kept = store ?? (await opened())
  const chat = chatModel({ urls: [server.url], model: 'qwen', pause: 1, tries: 1, ...options })
  return { server, store: kept, model: remembering(chat, kept) }
}

const linesIn = (directory: string) => readFileSync(join(directory, 'replies.jsonl'), 'utf8')
const prompt = { messages: [{ role: 'user' as const, content: 'Hello?' }] }
const request: EndpointRequest = { ...prompt, seed: 7 }

test('what was said once is not asked for again, in this process or the next', async () => {
  const { server, store, model } = await start(({ seed }) => ({ say: `I am ${seed}.` }))
  const first = await model.reply(request)
  expect(await model.reply({ ...request, affinity: 'elsewhere' })).toEqual(first)
  await store.close()
  stores.pop()
  const later = await start([{ status: 500 }], { store: await opened(store.directory) })
  expect(await later.model.reply(request)).toEqual(first)
  expect(server.requests.length + later.server.requests.length).toBe(1)
})

const others: [string, Partial<EndpointRequest>][] = [
  ['seed', { seed: 8 }],
  ['messages', { messages: [{ role: 'user', content: 'Hello!' }] }],
  ['role', { messages: [{ role: 'system', content: 'Hello?' }] }],
  ['temperature', { temperature: 0 }],
  ['topP', { topP: 0.5 }],
  ['maxTokens', { maxTokens: 5 }],
  ['stop', { stop: ['\n'] }],
  ['continueLast', { continueLast: true }],
  ['logprobs', { logprobs: 2 }],
]

test.each(others)('another %s is another request', (_, other) => {
  expect(replyKey('qwen', { ...request, ...other })).not.toBe(replyKey('qwen', request))
})

test('the model is part of a key; the order of fields, what is undefined, and the affinity are not', () => {
  const key = replyKey('qwen', { ...request, temperature: 1 })
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  expect(replyKey('llama', { ...request, temperature: 1 })).not.toBe(key)
  expect(replyKey('qwen', { affinity: 'a', temperature: 1, seed: 7, stop: undefined, ...prompt })).toBe(key)
  expect(
    replyKey('qwen', { ...request, temperature: 1, messages: [{ content: 'Hello?', role: 'user' }] }),
  ).toBe(key)
})

test('a row is JSON that a person can read, and the key of the server is not in it', async () => {
  vi.stubEnv('ASSAY_API_KEY', 'sk-secret')
  const { store, model, server } = await start([{ say: 'Hi.', reasoning: 'Ü' }])
  await model.reply({ ...request, temperature: 0.5, affinity: 'a' })
  expect(server.requests[0].headers.authorization).toContain('sk-secret')
  const text = linesIn(store.directory)
  expect(text).not.toContain('sk-secret')
  expect(JSON.parse(text)).toEqual({
    key: replyKey('qwen', { ...request, temperature: 0.5 }),
    model: 'qwen',
    request: { messages: prompt.messages, temperature: 0.5, seed: 7 },
    reply: { text: 'Hi.', reasoning: 'Ü', finish: 'stop', promptTokens: 10, tokens: 5 },
  })
})

test('replies that come faster than the disk: each in a row of its own, in their order, all before the store closes', async () => {
  const store = await openReplies(fresh())
  const rows = Array.from({ length: 300 }, (_, seed) => ({
    key: `${seed}`,
    model: 'm',
    request: { ...prompt, seed },
    reply: { text: `I am ${seed}.`, reasoning: null, finish: 'stop' as const, promptTokens: 1, tokens: 2 },
  }))
  const added: Promise<void>[] = []
  for (const row of rows) {
    if (added.length % 50 === 1) await added[0]
    const kept = async () => {
      await store.add(row)
      expect(linesIn(store.directory)).toContain(`I am ${row.key}.`)
    }
    added.push(kept())
  }
  await store.close()
  expect(linesIn(store.directory)).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await Promise.all(added)
})

test('a failure is not kept, and the next one asks again', async () => {
  const { server, store, model } = await start([
    { status: 503 },
    { status: 400 },
    { say: null },
    { say: 'Hi.' },
  ])
  for (let i = 0; i < 3; i++) await expect(model.reply(request)).rejects.toThrow()
  expect(linesIn(store.directory)).toBe('')
  expect(await model.reply(request)).toMatchObject({ text: 'Hi.' })
  expect(server.requests.length).toBe(4)
})

test('equal requests at a time share one call, also within one list of seeds', async () => {
  const { server, model, store } = await start(({ seed }) => ({ say: `I am ${seed}.`, after: 5 }))
  const texts = await Promise.all(
    [...model.replies(prompt, [7, 8, 7]), model.reply(request)].map(async (reply) => (await reply).text),
  )
  expect(texts).toEqual(['I am 7.', 'I am 8.', 'I am 7.', 'I am 7.'])
  expect(server.requests.length).toBe(2)
  expect(linesIn(store.directory).trim().split('\n').length).toBe(2)
})

test('a shared call goes on while anyone waits for it, ends with the last, and can be asked anew', async () => {
  let answer = false
  const { server, model } = await start(() => (answer ? { say: 'Hi.' } : { hang: true }))
  const [one, other] = [new AbortController(), new AbortController()]
  const calls = [one, other].map(({ signal }) => model.reply(request, { signal }))
  await vi.waitFor(() => expect(server.requests.length).toBe(1))
  one.abort(new Error('one'))
  await expect(calls[0]).rejects.toThrow('one')
  expect(server.abandoned).toBe(0)
  answer = true
  other.abort(new Error('other'))
  await expect(calls[1]).rejects.toThrow('other')
  expect(await model.reply(request)).toMatchObject({ text: 'Hi.' })
  await vi.waitFor(() => expect(server.abandoned).toBe(1))
  await expect(model.reply(request, { signal: one.signal })).rejects.toThrow('one')
})

test('of several samples only the missing ones are asked for, in one call where that is the way', async () => {
  const { server, model } = await start(
    ({ n = 1, seed }) => ({ say: Array.from({ length: n }, (_, i) => `${seed}+${i}`) }),
    { choices: 10 },
  )
  await model.reply({ ...prompt, seed: 2 })
  const texts = await Promise.all(model.replies(prompt, [1, 2, 3]).map(async (reply) => (await reply).text))
  expect(texts).toEqual(['1+0', '2+0', '1+1'])
  expect(server.requests.map(({ body }) => [body.seed, body.n])).toEqual([
    [2, undefined],
    [1, 2],
  ])
})

test('a file cut anywhere by kill -9 keeps its whole rows, and goes on after them', async () => {
  const { store, model } = await start(({ seed }) => ({ say: `Ü\n${seed} "}` }))
  for (const seed of [1, 2, 3]) await model.reply({ ...prompt, seed })
  const whole = Buffer.from(linesIn(store.directory))
  const ends = [...whole.entries()].flatMap(([i, byte]) => (byte === 10 ? [i] : []))
  const directory = fresh()
  await (await openReplies(directory)).close()
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
      writeFileSync(join(directory, 'replies.jsonl'), whole.subarray(0, cut))
      const there = [1, 2, 3].map((_, i) => cut >= ends[i])
      for (const open of [readReplies, openReplies]) {
        const found = await open(directory)
        const known = [1, 2, 3].map((seed) => found.get(replyKey('qwen', { ...prompt, seed })))
        expect(known.map((reply) => reply !== undefined)).toEqual(there)
        if (open === openReplies) {
          const asking = remembering(model, found)
          for (const seed of [1, 2, 3]) await asking.reply({ ...prompt, seed })
        }
        await found.close()
      }
      expect(linesIn(directory)).toBe(whole.toString())
    }),
    { numRuns: 40, examples: [[whole.indexOf('Ü') + 1]] },
  )
})

test('a replay says byte for byte what was said, in any order, without a server', async () => {
  const { server, store, model } = await start(({ seed }) => ({
    say: `Ü\u2028 \ud83d "${seed}"\r\n\n`,
    reasoning: 'Hm',
    ...(seed % 2 && { stopReason: '\n\n' }),
    choice: { logprobs: { content: [{ token: 'Ü', logprob: -1e-9, top_logprobs: [] }] } },
  }))
  const seeds = [1, 2, 3, 4]
  const live = JSON.stringify(await Promise.all(model.replies({ ...prompt, logprobs: 1 }, seeds)))
  await server.close()
  const replay = replaying('qwen', await readReplies(store.directory))
  await Promise.all(replay.replies({ ...prompt, logprobs: 1 }, seeds.toReversed()))
  expect(JSON.stringify(await Promise.all(replay.replies({ ...prompt, logprobs: 1 }, seeds)))).toBe(live)
})

test('a replay refuses what was not recorded, by name, and leaves the recording as it is', async () => {
  const { store, model } = await start([{ say: 'Hi.' }])
  await model.reply(request)
  const before = linesIn(store.directory)
  const replay = replaying('qwen', await readReplies(store.directory))
  const error = await replay.reply({ ...request, seed: 8 }).catch((error) => error)
  expect(error).toBeInstanceOf(InputError)
  expect(error.message).toContain(
    `${store.directory}: holds no reply of qwen to seed 8 of the prompt that ends with "Hello?"`,
  )
  await expect(replaying('llama', await readReplies(store.directory)).reply(request)).rejects.toThrow(
    'of llama',
  )
  expect(linesIn(store.directory)).toBe(before)
})

test('a recording is made of cached replies as well as of new ones', async () => {
  const { server, model } = await start([{ say: 'Hi.' }])
  await model.reply(request)
  const recording = await opened()
  await remembering(model, recording).reply(request)
  expect(await replaying('qwen', await readReplies(recording.directory)).reply(request)).toMatchObject({
    text: 'Hi.',
  })
  expect(server.requests.length).toBe(1)
})

test('two models may share a directory', async () => {
  const store = await opened()
  const one = await start([{ say: 'one' }], { store })
  const two = await start([{ say: 'two' }], { store, model: 'llama' })
  await Promise.all([one.model.reply(request), two.model.reply(request)])
  const kept = await readReplies(store.directory)
  expect((await replaying('qwen', kept).reply(request)).text).toBe('one')
  expect((await replaying('llama', kept).reply(request)).text).toBe('two')
})

test('what is no recording is refused, and left alone', async () => {
  await expect(readReplies(fresh())).rejects.toThrow(/replies\.jsonl: no such file/)
  const store = await opened()
  await (await start([{ say: 'Hi.' }], { store })).model.reply(request)
  const row = linesIn(store.directory)
  for (const bad of ['{"key": "a", "reply": {"text": 3}}\n', '{"score": 1}\n', '{"key": \n']) {
    const directory = fresh()
    await (await openReplies(directory)).close()
    writeFileSync(join(directory, 'replies.jsonl'), bad + row)
    await expect(readReplies(directory)).rejects.toThrow(/replies\.jsonl:1/)
    await expect(openReplies(directory)).rejects.toThrow(/replies\.jsonl:1/)
    expect(linesIn(directory)).toBe(bad + row)
  }
  const file = join(folder, 'file')
  writeFileSync(file, '')
  await expect(openReplies(file)).rejects.toThrow('cannot be made a directory')
})
