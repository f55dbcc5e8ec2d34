import { expect, test } from 'vitest'
import { chatModel } from '../../endpoint/chat.ts'
import { endpointGenerator } from '../../endpoint/generator.ts'
import { searches } from '../../search/solve.ts'
import { endServers, fakePolicy, fakeReward, serve } from '../serve.fixture.ts'

endServers()

const problem = 'What is 3 + 4?'
const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: problem },
]

test('the best of n is what assay solve picks, seed by seed; beams likewise', async () => {
  const { post } = await serve({ policy: fakePolicy })
  const { generator } = fakePolicy
  const scorer = fakeReward()
  for (const [model, search, n] of [
    ['assay-best-of-16', 'best-of-n', 16],
    ['assay-beam-8', 'beam', 8],
  ] as const)
    for (const seed of [1, 2]) {
      const { status, body } = await post('/v1/chat/completions', { model, messages, seed, temperature: 0.7 })
      const { winner } = await searches[search](problem, { generator, scorer, n, seed })
      expect(status).toBe(200)
      expect(body).toMatchObject({ object: 'chat.completion', model })
      expect(body.choices).toMatchObject([
        {
          index: 0,
          message: { role: 'assistant', content: winner?.steps.join('\n\n') },
          finish_reason: 'stop',
        },
      ])
      expect(body.choices[0].assay.p_correct).toBeCloseTo(winner?.p_correct as number, 5)
    }
})

test('n choices are the n best, the best first; tokens are those of all solutions', async () => {
  const { post } = await serve({ policy: fakePolicy })
  const { body } = await post('/v1/chat/completions', { model: 'assay-best-of-8', messages, n: 3 })
  const scores = body.choices.map(({ assay }: { assay: { score: number } }) => assay.score)
  expect(scores).toHaveLength(3)
  expect(scores).toEqual([...scores].sort((a, b) => b - a))
  expect(body.usage.completion_tokens).toBe(72)
  expect(body.assay.solutions).toBe(8)
})

test('a stream says the same in pieces', async () => {
  const { post } = await serve({ policy: fakePolicy })
  const asked = { model: 'assay-best-of-4', messages }
  const { body: whole } = await post('/v1/chat/completions', asked)
  const { headers, body } = await post('/v1/chat/completions', { ...asked, stream: true })
  expect(headers.get('content-type')).toBe('text/event-stream')
  const lines = (body as string).split('\n\n').filter((line) => line !== '')
  expect(lines.pop()).toBe('data: [DONE]')
  const chunks = lines.map((line) => JSON.parse(line.replace(/^data: /, '')))
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
  expect(text).toBe(whole.choices[0].message.content)
  expect(chunks.map(({ choices }) => choices[0]?.finish_reason ?? null)).toEqual([null, 'stop', null])
})

test("this package's own client takes it for any other server", async () => {
  const { url } = await serve({ policy: fakePolicy })
  const generator = endpointGenerator(chatModel({ urls: [url], model: 'assay-best-of-4' }))
  const [[continuation]] = await generator.generate([{ problem, seeds: [1], until: 'end' }])
  expect(continuation).toMatchObject({ finish: 'end', tokens: 36 })
  expect(continuation.steps).toHaveLength(2)
})

test('where no solution came to an answer, the reply says by its end that it was cut', async () => {
  const generator = {
    generate: async () => [[{ steps: ['and so on'], finish: 'length' as const, tokens: 9, seed: 1 }]],
  }
  const { post } = await serve({ policy: { generator } })
  const { body } = await post('/v1/chat/completions', { model: 'assay-best-of-1', messages })
  expect(body.choices).toMatchObject([
    { message: { content: 'and so on' }, finish_reason: 'length', assay: null },
  ])
})

test('a beam whose every continuation is cut is 422: asking again as it was would not help', async () => {
  const generator = {
    generate: async () => [[{ steps: ['and so on'], finish: 'length' as const, tokens: 9, seed: 1 }]],
  }
  const { post } = await serve({ policy: { generator } })
  const { status, body } = await post('/v1/chat/completions', { model: 'assay-beam-1', messages })
  expect([status, body.error.type]).toEqual([422, 'no_solution'])
})

test('a policy that fails is 503, and is opened again', async () => {
  let opened = 0
  const generator = {
    async generate(): Promise<never> {
      opened++
      throw new Error('out of memory')
    },
  }
  const { post } = await serve({ policy: { generator } })
  const ask = () => post('/v1/chat/completions', { model: 'assay-best-of-1', messages })
  expect([(await ask()).status, (await ask()).status, opened]).toEqual([503, 503, 2])
})

test('searches are listed where there is a policy, the reward model always', async () => {
  const ids = ({ body }: { body: { data: { id: string }[] } }) => body.data.map(({ id }) => id)
  const { get } = await serve({ policy: fakePolicy })
  expect(ids(await get('/v1/models'))).toContain('assay-best-of-16')
  const without = await serve()
  expect(ids(await without.get('/v1/models'))).toEqual(['assay-crm'])
  const answer = await without.post('/v1/chat/completions', { model: 'assay-best-of-16', messages })
  expect([answer.status, answer.body.error.message]).toEqual([501, expect.stringContaining('policy')])
})

test.each([
  ['no such model', { model: 'gpt-4', messages }, 404],
  ['none of n', { model: 'assay-best-of-0', messages }, 404],
  ['too many of n', { model: 'assay-best-of-9999', messages }, 404],
  ['a name of Object', { model: 'constructor-8', messages }, 404],
  ['no user', { model: 'assay-best-of-4', messages: messages.slice(0, 1) }, 422],
  ['no messages', { model: 'assay-best-of-4', messages: [] }, 422],
  ['half a seed', { model: 'assay-best-of-4', messages, seed: 0.5 }, 422],
])('%s', async (_, body, status) => {
  const { post } = await serve({ policy: fakePolicy })
  expect((await post('/v1/chat/completions', body)).status).toBe(status)
})
