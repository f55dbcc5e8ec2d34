import { expect, test, vi } from 'vitest'
import { type ChatOptions, chatModel } from './chat.ts'
import type { EndpointRequest } from './model.ts'
import { type Behaviour, type Saying, scriptedServer } from './scripted-server.fixture.ts'
import { endsWithTest, withoutKeys } from './with-test.fixture.ts'

withoutKeys()
const startServer = endsWithTest(scriptedServer)

/** A server of this script, and a model behind it. */
async function start(script: Parameters<typeof scriptedServer>[0], options: Partial<ChatOptions> = {}) {
  const server = await startServer(script)
  return { server, model: chatModel({ urls: [server.url], model: 'qwen', pause: 1, ...options }) }
}

const prompt = { messages: [{ role: 'user' as const, content: 'Hello?' }] }
const request: EndpointRequest = { ...prompt, seed: 7 }

test('the request, field by field', async () => {
  const { server, model } = await start([{ say: 'Hi.' }])
  await model.reply(request)
  await model.reply({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello?' },
      { role: 'assistant', content: 'Hi' },
    ],
    seed: 8,
    temperature: 0,
    topP: 0.9,
    maxTokens: 100,
    stop: ['\n'],
    continueLast: true,
    logprobs: 3,
    affinity: 'ours alone',
  })
  expect(server.requests.map(({ path, body }) => [path, body])).toEqual([
    ['/v1/chat/completions', { model: 'qwen', messages: prompt.messages, seed: 7 }],
    [
      '/v1/chat/completions',
      {
        model: 'qwen',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hello?' },
          { role: 'assistant', content: 'Hi' },
        ],
        seed: 8,
        temperature: 0,
        top_p: 0.9,
        max_tokens: 100,
        stop: ['\n'],
        continue_final_message: true,
        add_generation_prompt: false,
        logprobs: true,
        top_logprobs: 3,
      },
    ],
  ])
})

test.each([
  ['', '/v1/chat/completions'],
  ['/', '/v1/chat/completions'],
  ['/v1', '/v1/chat/completions'],
  ['/v1beta/openai/', '/v1beta/openai/chat/completions'],
])('a base URL with the path "%s" is called at %s', async (base, path) => {
  const { server } = await start([{ say: 'Hi.' }])
  await chatModel({ urls: [server.url + base], model: 'm' }).reply(request)
  expect(server.requests[0].path).toBe(path)
})

test('a reply: its text, reasoning in either field, how it ended, its tokens', async () => {
  const { model } = await start([
    { say: 'Hi.', reasoning: 'A greeting.', tokens: 9 },
    { say: '', reasoning: 'Hm', reasoningField: 'reasoning', finish: 'length' },
    { say: ' Hi.\n', reasoning: '', tokens: null },
  ])
  expect(await model.reply(request)).toEqual({
    text: 'Hi.',
    reasoning: 'A greeting.',
    finish: 'stop',
    promptTokens: 10,
    tokens: 9,
  })
  expect(await model.reply(request)).toMatchObject({ text: '', reasoning: 'Hm', finish: 'length' })
  expect(await model.reply(request)).toEqual({
    text: ' Hi.\n',
    reasoning: null,
    finish: 'stop',
    promptTokens: null,
    tokens: null,
  })
  expect(model.usage()).toEqual({ calls: 3, promptTokens: 20, tokens: 14, uncounted: 1 })
})

test('what it stopped at, in the words of vLLM and of SGLang', async () => {
  const says: [Partial<Saying>, string | null][] = [
    [{ stopReason: '\n\n' }, '\n\n'],
    [{ stopReason: 151643 }, null],
    [{ stopReason: null }, null],
    [{ choice: { matched_stop: 'END' } }, 'END'],
    [{ choice: { matched_stop: 2 } }, null],
  ]
  const { model } = await start((_, index) => ({ say: 'Hi.', ...says[index][0] }))
  for (const [, stoppedBy] of says) expect(await model.reply(request)).toMatchObject({ stoppedBy })
})

test('log-probabilities of the tokens and of those in their place', async () => {
  const yes = { token: 'Yes', logprob: -0.1, bytes: [89] }
  const no = { token: 'No', logprob: -2.4, bytes: null }
  const content = [
    { ...yes, top_logprobs: [yes, no] },
    { token: '.', logprob: 0 },
  ]
  const { model } = await start([{ say: 'Yes.', choice: { logprobs: { content } } }, { say: 'Yes.' }])
  expect((await model.reply({ ...request, logprobs: 2 })).logprobs).toEqual([
    {
      token: 'Yes',
      logprob: -0.1,
      top: [
        { token: 'Yes', logprob: -0.1 },
        { token: 'No', logprob: -2.4 },
      ],
    },
    { token: '.', logprob: 0, top: [] },
  ])
  expect(await model.reply({ ...request, logprobs: 2 })).not.toHaveProperty('logprobs')
})

test('a reply cut short while it still reasons is a reply without text', async () => {
  const { model } = await start([{ say: null, reasoning: 'Let me', finish: 'length' }])
  expect(await model.reply(request)).toMatchObject({ text: '', reasoning: 'Let me', finish: 'length' })
})

test.each<[string, Behaviour, string]>([
  ['null content', { say: null }, 'choices[0].message.content is null'],
  ['reasoning alone', { say: null, reasoning: 'Hm' }, 'choices[0].message.content is null'],
  ['no choices', { say: [] }, 'choices is empty'],
  [
    'no list of choices',
    { status: 200, body: { error: { message: 'later' } } },
    'choices is missing: {"error":{"message":"later"}}',
  ],
  [
    'another finish',
    { say: 'I', finish: 'content_filter' },
    'choices[0].finish_reason must be one of "stop", "length"',
  ],
  ['not JSON', { status: 200, body: 'data: {}' }, 'is not JSON: data: {}'],
])('%s is no empty reply, but an error that is tried again', async (_, behaviour, message) => {
  const { server, model } = await start([behaviour, behaviour, { say: 'Hi.' }])
  expect(await model.reply(request)).toMatchObject({ text: 'Hi.' })
  expect(server.requests.length).toBe(3)
  const { model: never } = await start([behaviour], { tries: 2 })
  await expect(never.reply(request)).rejects.toThrow(message)
  expect(never.usage().calls).toBe(0)
})

test('what continues a message is its text, also where the server takes it for reasoning; nothing at all is an error', async () => {
  const messages = [...prompt.messages, { role: 'assistant' as const, content: '<think>Hm</think>I' }]
  const { server, model } = await start([{ say: null }, { say: null, reasoning: ' see.' }])
  expect(await model.reply({ messages, seed: 1, continueLast: true })).toMatchObject({
    text: ' see.',
    reasoning: null,
    finish: 'stop',
  })
  expect(server.requests.length).toBe(2)
})

test('a server that wants max_completion_tokens is given that, from then on', async () => {
  const refusal = {
    message:
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    param: 'max_tokens',
    code: 'unsupported_parameter',
  }
  const { server, model } = await start(({ max_tokens }) =>
    max_tokens === undefined ? { say: 'Hi.' } : { status: 400, body: { error: refusal } },
  )
  for (let i = 0; i < 3; i++) await model.reply({ ...request, maxTokens: 5 })
  expect(server.requests.map(({ body }) => [body.max_tokens, body.max_completion_tokens])).toEqual([
    [5, undefined],
    [undefined, 5],
    [undefined, 5],
    [undefined, 5],
  ])
})

test('a service that refuses any top-p is not told one of 1 any more; another one is the caller’s to mend', async () => {
  const { server, model } = await start(({ max_tokens, top_p }) => {
    const unsupported = max_tokens !== undefined ? 'max_tokens' : top_p !== undefined ? 'top_p' : null
    if (unsupported === null) return { say: 'Hi.' }
    return { status: 400, body: { error: { message: `Unsupported parameter: '${unsupported}'` } } }
  })
  for (let i = 0; i < 2; i++) await model.reply({ ...request, maxTokens: 5, topP: 1 })
  expect(
    server.requests.map(({ body }) => [body.max_tokens, body.max_completion_tokens, body.top_p]),
  ).toEqual([
    [5, undefined, 1],
    [undefined, 5, 1],
    [undefined, 5, undefined],
    [undefined, 5, undefined],
  ])
  await expect(model.reply({ ...request, topP: 0.9 })).rejects.toThrow("Unsupported parameter: 'top_p'")
})

test('a refusal that the other name does not mend is told as it came first, and changes nothing', async () => {
  const { server, model } = await start(({ max_tokens, max_completion_tokens }) => {
    if (max_tokens === 5) return { say: 'Hi.' }
    const name = max_tokens === undefined ? 'max_completion_tokens' : 'max_tokens'
    return { status: 400, body: { message: `${name} is too large: ${max_tokens ?? max_completion_tokens}` } }
  })
  await expect(model.reply({ ...request, maxTokens: 1e6 })).rejects.toThrow(
    'max_tokens is too large: 1000000',
  )
  await model.reply({ ...request, maxTokens: 5 })
  expect(server.requests.map(({ body }) => body.max_tokens)).toEqual([1e6, undefined, 5])
})

test('another refusal is not taken for that', async () => {
  const { server, model } = await start([{ status: 400, body: { message: 'the prompt is too long' } }])
  await expect(model.reply({ ...request, maxTokens: 5 })).rejects.toThrow(
    '400: the server refuses the request: the prompt is too long',
  )
  expect(server.requests.length).toBe(1)
})

test('samples of a prompt have a call and a seed each', async () => {
  const { server, model } = await start(({ seed }) => ({ say: `I am ${seed}.` }))
  const replies = await Promise.all(model.replies(prompt, [3, 1, 2]))
  expect(replies.map(({ text }) => text)).toEqual(['I am 3.', 'I am 1.', 'I am 2.'])
  expect(server.requests.map(({ body }) => [body.seed, body.n]).toSorted()).toEqual([
    [1, undefined],
    [2, undefined],
    [3, undefined],
  ])
  expect(model.replies(prompt, [])).toEqual([])
})

test('a sample that fails takes no other with it', async () => {
  const { model } = await start(({ seed }) => (seed === 2 ? { status: 422 } : { say: 'Hi.' }))
  const ends = await Promise.allSettled(model.replies(prompt, [1, 2, 3]))
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('several choices a call: as many calls as needed, tokens shared out, choices by their index', async () => {
  const { server, model } = await start(
    ({ n = 1, seed }) => ({
      say: Array.from({ length: n }, (_, i) => `${seed}/${i}${'!'.repeat(i)}`),
      tokens: 10 * n + 1,
    }),
    { choices: 4 },
  )
  const replies = await Promise.all(model.replies(prompt, [11, 12, 13, 14, 15, 16]))
  expect(replies.map(({ text }) => text)).toEqual(['11/0', '11/1!', '11/2!!', '11/3!!!', '15/0', '15/1!'])
  expect(server.requests.map(({ body }) => [body.seed, body.n])).toEqual([
    [11, 4],
    [15, 2],
  ])
  const sum = (values: (number | null)[]) =>
    values.reduce((total: number, value) => total + (value ?? NaN), 0)
  expect(sum(replies.map(({ tokens }) => tokens))).toBe(41 + 21)
  expect(sum(replies.map(({ promptTokens }) => promptTokens))).toBe(20)
  expect(model.usage()).toEqual({ calls: 2, promptTokens: 20, tokens: 62, uncounted: 0 })
  await model.reply(request)
  expect(server.requests.at(-1)?.body.n).toBeUndefined()
  const shuffled = await start([{ status: 200, body: { choices: [said(1), said(0)] } }], { choices: 2 })
  const both = await Promise.all(shuffled.model.replies(prompt, [1, 2]))
  expect(both.map(({ text }) => text)).toEqual(['0', '1'])
})

function said(index: number) {
  return { index, finish_reason: 'stop', message: { role: 'assistant', content: `${index}` } }
}

test('fewer choices than asked for: the rest are called for one by one, each with its seed, and so from then on', async () => {
  const { server, model } = await start(({ seed }) => ({ say: `I am ${seed}.` }), { choices: 8 })
  const texts = async (seeds: number[]) =>
    (await Promise.all(model.replies(prompt, seeds))).map(({ text }) => text)
  expect(await texts([1, 2, 3])).toEqual(['I am 1.', 'I am 2.', 'I am 3.'])
  expect(server.requests.map(({ body }) => body.n)).toEqual([3, undefined, undefined])
  expect(await texts([4, 5])).toEqual(['I am 4.', 'I am 5.'])
  expect(server.requests.map(({ body }) => body.n)).toEqual([3, undefined, undefined, undefined, undefined])
})

test('more choices than asked for are left', async () => {
  const { model } = await start([{ say: ['a', 'b', 'c'] }])
  expect((await model.reply(request)).text).toBe('a')
})

test('an abort ends all samples, and their connections', async () => {
  const { server, model } = await start([{ hang: true }])
  const stop = new AbortController()
  const replies = Promise.allSettled(model.replies(prompt, [1, 2, 3], { signal: stop.signal }))
  await vi.waitFor(() => expect(server.requests.length).toBe(3))
  stop.abort(new Error('enough'))
  for (const end of await replies)
    expect(end).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
  await vi.waitFor(() => expect(server.abandoned).toBe(3))
})

test('choices below one are refused', () => {
  expect(() => chatModel({ urls: ['http://a'], model: 'm', choices: 0 })).toThrow('choices is 0')
})
