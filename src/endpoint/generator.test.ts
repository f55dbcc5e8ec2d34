import { expect, test, vi } from 'vitest'
import type { GenerateRequest } from '../reasoning/types.ts'
import { chatModel } from './chat.ts'
import { type EndpointGeneratorOptions, endpointGenerator } from './generator.ts'
import { type Saying, scriptedServer } from './scripted-server.fixture.ts'
import { endsWithTest } from './with-test.fixture.ts'

const startServer = endsWithTest(scriptedServer)

async function start(script: Parameters<typeof scriptedServer>[0], options?: EndpointGeneratorOptions) {
  const server = await startServer(script)
  return {
    server,
    generator: endpointGenerator(chatModel({ urls: [server.url], model: 'm', pause: 1, tries: 2 }), options),
  }
}

/** What comes of one reply. */
async function continued(
  saying: Saying,
  request: Partial<GenerateRequest>,
  options?: EndpointGeneratorOptions,
) {
  const { generator } = await start([saying], options)
  const [[one]] = await generator.generate([{ problem: 'p', seeds: [1], until: 'step', ...request }])
  return one
}

test('the model is asked to go on where the prefix ends', async () => {
  const { server, generator } = await start([{ say: 'Answer: 3' }], {
    temperature: 0.7,
    topP: 0.9,
    maxTokens: 50,
  })
  await generator.generate([{ problem: 'Compute 1 + 2.', seeds: [5], until: 'end' }])
  await generator.generate([
    { problem: 'Compute 1 + 2.', prefix: ['One.', 'Two.'], seeds: [6], until: 'step' },
  ])
  const asked = [
    { role: 'system', content: expect.stringContaining('an empty line between steps') },
    { role: 'user', content: 'Compute 1 + 2.' },
  ]
  const settings = { model: 'm', temperature: 0.7, top_p: 0.9, max_tokens: 50 }
  expect(server.requests.map(({ body }) => body)).toEqual([
    { ...settings, messages: asked, seed: 5 },
    {
      ...settings,
      messages: [...asked, { role: 'assistant', content: 'One.\n\nTwo.\n\n' }],
      seed: 6,
      stop: ['\n\n'],
      continue_final_message: true,
      add_generation_prompt: false,
    },
  ])
})

test('another separator and other instructions', async () => {
  const options = { separator: '\n', instructions: 'A step a line.' }
  const { server, generator } = await start([{ say: 'One.\nTwo.\n\n  Three.\n' }], options)
  const [[one]] = await generator.generate([{ problem: 'p', prefix: ['Zero.'], seeds: [1], until: 'end' }])
  expect(one.steps).toEqual(['One.', 'Two.', '  Three.'])
  expect(server.requests[0].body.messages).toMatchObject([
    { content: 'A step a line.' },
    {},
    { content: 'Zero.\n' },
  ])
})

test('until end: the whole reply in steps; those without text are left out, line ends cut off', async () => {
  const text = '\n\nOne,\nin two lines.  \n\n\n\n \n\n  Two.\n'
  const steps = ['One,\nin two lines.', '  Two.']
  expect(await continued({ say: text, tokens: 9 }, { until: 'end', seeds: [4] })).toEqual({
    steps,
    finish: 'end',
    tokens: 9,
    seed: 4,
  })
  expect(await continued({ say: text, finish: 'length' }, { until: 'end' })).toMatchObject({
    steps,
    finish: 'length',
  })
  expect(await continued({ say: '' }, { until: 'end' })).toMatchObject({ steps: [], finish: 'end' })
})

test.each<[string, Saying, string[], string]>([
  ['stopped at the separator', { say: 'One.', stopReason: '\n\n' }, ['One.'], 'step'],
  ['came to its end', { say: 'One.', stopReason: null }, ['One.'], 'end'],
  ['came to its end at once', { say: '', stopReason: 2 }, [], 'end'],
  ['stopped at once', { say: '', stopReason: '\n\n' }, [], 'step'],
  ['does not say why it stopped', { say: 'One.' }, ['One.'], 'step'],
  ['says nothing more', { say: ' \n' }, [], 'end'],
  ['was cut short', { say: 'On', finish: 'length' }, ['On'], 'length'],
  ['was cut short before it said anything', { say: null, finish: 'length' }, [], 'length'],
  ['leaves the separator in the text', { say: 'One.\n\n' }, ['One.'], 'step'],
  ['does not know stop strings', { say: 'One.\n\nTwo.' }, ['One.'], 'step'],
  ['does not know them and was cut short', { say: 'One.\n\nTw', finish: 'length' }, ['One.'], 'step'],
])('until step, of a server that %s', async (_, saying, steps, finish) => {
  expect(await continued(saying, {})).toMatchObject({ steps, finish })
})

test('a policy that writes a million blanks holds up nobody', async () => {
  const blanks = ' '.repeat(1_000_000)
  const { steps } = await continued({ say: `a${blanks}b${blanks}` }, { until: 'end' })
  expect(steps).toEqual([`a${blanks}b`])
})

test('a server that does not count tokens is refused: no number is made up', async () => {
  await expect(continued({ say: 'One.', tokens: null }, {})).rejects.toThrow('does not say how many tokens')
})

test('the first failure ends the rest', async () => {
  const { server, generator } = await start(({ seed }) =>
    seed === 3 ? { status: 400, after: 20 } : { hang: true },
  )
  const requests = [1, 2].map((i) => ({ problem: `${i}`, seeds: [2 * i - 1, 2 * i], until: 'end' as const }))
  await expect(generator.generate(requests)).rejects.toThrow('400')
  await vi.waitFor(() => expect(server.abandoned).toBe(3))
})

test('a signal ends what is under way, and what is asked for later', async () => {
  const stop = new AbortController()
  const { signal } = stop
  const { server, generator } = await start([{ hang: true }])
  const requests: GenerateRequest[] = [{ problem: 'p', seeds: [1, 2, 3], until: 'end' }]
  const running = generator.generate(requests, { signal })
  await vi.waitFor(() => expect(server.requests.length).toBe(3))
  stop.abort(new Error('interrupted'))
  await expect(running).rejects.toThrow('interrupted')
  await expect(generator.generate(requests, { signal })).rejects.toThrow('interrupted')
  await vi.waitFor(() => expect(server.abandoned).toBe(3))
})

test('a problem stays with its server', async () => {
  const two = [await start([{ say: 'One.' }]), await start([{ say: 'One.' }])].map(({ server }) => server)
  const model = chatModel({ urls: two.map(({ url }) => url), model: 'm' })
  const requests = Array.from({ length: 20 }, (_, i) => ({
    problem: `${i}`,
    seeds: [1, 2],
    until: 'end' as const,
  }))
  await endpointGenerator(model).generate(requests)
  await endpointGenerator(model).generate(
    requests.map((request) => ({ ...request, prefix: ['One.'], until: 'step' as const })),
  )
  const problems = two.map(({ requests }) => new Set(requests.map(({ body }) => body.messages[1].content)))
  expect(problems[0].size + problems[1].size).toBe(20)
  expect(Math.min(problems[0].size, problems[1].size)).toBeGreaterThan(0)
})
