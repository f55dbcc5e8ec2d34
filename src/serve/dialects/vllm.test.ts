import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { rewardClient } from '../../endpoint/rewards/client.ts'
import { dialectNamed } from '../../endpoint/rewards/dialects.ts'
import { crm } from '../../reward/kinds/crm.ts'
import { orm } from '../../reward/kinds/orm.ts'
import { remoteReward } from '../../reward/remote.ts'
import { rewardScores, rounded } from '../../reward/scores.ts'
import { hazards } from '../../reward/survival.ts'
import { endServers, fakeReadOuts, fakeReward, serve } from '../serve.fixture.ts'

endServers()

const problem = 'What is 3 + 4?'
const steps = ['3 + 4 = 7', 'Answer: 7']
const readOuts = fakeReadOuts({ problem, steps })
const right = rounded(rewardScores(crm(), readOuts))
const { score: log } = rewardScores(crm(), readOuts)
const logOdds = Number((log - Math.log1p(-Math.exp(log))).toPrecision(6))
const chat = (response: string) =>
  `<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n${problem}<|im_end|>\n<|im_start|>assistant\n${response}<|im_end|>\n`

test('[client] verl: data[-1].probs[-1] of one templated text is the reward: log-odds, as its activation is off', async () => {
  const { post } = await serve()
  const asked = { model: '/models/rm', input: chat(steps.join('\n\n')), activation: false }
  for (const body of [asked, { ...asked, activation: undefined, use_activation: false }]) {
    const answer = await post('/classify', body)
    expect(answer.status).toBe(200)
    expect(answer.body.data.at(-1).probs.at(-1)).toBe(logOdds)
    expect(answer.body).toMatchObject({
      object: 'list',
      model: '/models/rm',
      data: [{ index: 0, num_classes: 1 }],
    })
  }
})

test('[client] verl tries 16 times, and no longer than it must: what fails is 503, what cannot be scored is 422', async () => {
  const { post, reward } = await serve()
  const asked = { model: 'm', input: chat(steps.join('\n\n')), activation: false }
  reward.misbehave(() => {
    throw new Error('not yet')
  })
  for (let attempt = 0; attempt < 15; attempt++) expect((await post('/classify', asked)).status).toBe(503)
  reward.misbehave(null)
  expect((await post('/classify', asked)).body.data.at(-1).probs.at(-1)).toBe(logOdds)
  expect((await post('/classify', { ...asked, input: chat('') })).status).toBe(422)
})

test('[client] verl waits for ever: an answer that takes longer than a request may is still given', async () => {
  const { post, reward } = await serve({ headersTimeout: 50, requestTimeout: 100 })
  reward.gate.shut()
  const asked = post('/classify', { model: 'm', input: chat(steps.join('\n\n')), activation: false })
  await sleep(300)
  reward.gate.open()
  expect((await asked).body.data.at(-1).probs.at(-1)).toBe(logOdds)
})

test('/classify: P(correct) unless the activation is off; several texts; messages', async () => {
  const { post } = await serve()
  const { body } = await post('/classify', { input: [chat('Answer: 8'), chat(steps.join('\n'))] })
  expect(body.data).toMatchObject([{ index: 0 }, { index: 1, label: 'correct', probs: [right.p_correct] }])
  const messages = [
    { role: 'user', content: problem },
    { role: 'assistant', content: steps.join('\n') },
  ]
  expect((await post('/classify', { messages })).body.data).toMatchObject([{ probs: [right.p_correct] }])
})

test('/pooling: a row a step tag, its one column the hazard in full', async () => {
  const { post } = await serve()
  const rows = hazards(readOuts).map((hazard) => [hazard])
  const inputs = [
    chat(steps.map((step) => `${step}<extra_0>`).join('')),
    `<|problem|>${problem}<|solution|>${steps.map((step) => `${step}<|step|>`).join('')}`,
  ]
  const { status, body } = await post('/pooling', { model: 'crm', input: inputs, encoding_format: 'float' })
  expect(status).toBe(200)
  expect(body.data).toEqual([0, 1].map((index) => ({ index, object: 'pooling', data: rows })))
  const messages = [
    { role: 'user', content: problem },
    { role: 'assistant', content: `${steps[0]}<extra_0>${steps[1]}<extra_0>` },
  ]
  expect((await post('/pooling', { messages, task: 'token_classify' })).body.data[0].data).toEqual(rows)
})

test('log-odds are those of the probabilities, whatever the tail', async () => {
  const { post } = await serve()
  const input = `<|problem|>${problem}<|solution|>${steps.map((step) => `${step}<|step|>`).join('')}`
  const { body } = await post('/pooling', { input, use_activation: false })
  for (const [t, [odds]] of body.data[0].data.entries()) expect(odds).toBeCloseTo(readOuts[t], 10)
  const pair = { queries: problem, documents: steps.join('\n'), use_activation: false }
  expect((await post('/score', pair)).body.data[0].score).toBe(logOdds)
  const sure = await serve({
    reward: { ...fakeReward(), scores: async () => [rewardScores(crm(), [-60, -800])] },
  })
  expect((await sure.post('/score', pair)).body.data[0].score).toBeLessThan(40)
  const wrong = await serve({
    reward: { ...fakeReward(), scores: async () => [rewardScores(crm(), [60, 800])] },
  })
  expect((await wrong.post('/score', pair)).body.data[0].score).toBeCloseTo(-860, 5)
})

test("this package's own client scores through it as it would here", async () => {
  const { url, reward } = await serve()
  const asked = [
    { problem, steps },
    { problem: 'Compute <|step|> 2.', steps: ['a', 'b <|im_end|>', 'c'] },
  ]
  const expected = await reward.scores(asked.slice(0, 1))
  for (const name of ['hazard-head', 'scalar-vllm', 'score-vllm', 'rerank-vllm']) {
    const client = await rewardClient({ urls: [url], dialect: dialectNamed(name), model: 'assay-crm' })
    const [scores, other] = await remoteReward(client).scores(asked)
    expect([name, scores.p_correct]).toEqual([name, expect.closeTo(expected[0].p_correct, 5)])
    if (name === 'hazard-head') {
      for (const [t, hazard] of (scores.hazards ?? []).entries())
        expect(hazard).toBeCloseTo(expected[0].hazards![t], 12)
      expect(other.hazards).toHaveLength(3)
    }
    client.close()
  }
})

test('/pooling: a tag that a step smuggles in is a row more, which the client finds', async () => {
  const { post } = await serve()
  const input = `<|problem|>${problem}<|solution|>3 + 4 = 7<|step|>surely<|step|>Answer: 7<|step|>`
  expect((await post('/pooling', { input })).body.data[0].data).toHaveLength(3)
})

test('/pooling of a reward without hazards: 501', async () => {
  const { post } = await serve({ reward: fakeReward(orm()) })
  expect(await post('/pooling', { input: 'a' })).toMatchObject({
    status: 501,
    body: { error: { type: 'not_served' } },
  })
  expect((await post('/classify', { input: chat('Answer: 7') })).status).toBe(200)
})

test('/score: one problem and many responses, or one each; names of older versions', async () => {
  const { post } = await serve()
  const documents = [steps.join('\n'), 'Answer: 8']
  const one = await post('/score', { queries: problem, documents })
  expect(one.body.data).toMatchObject([{ index: 0, object: 'score', score: right.p_correct }, { index: 1 }])
  for (const body of [
    { queries: [problem, problem], documents },
    { text_1: problem, text_2: documents },
  ])
    expect((await post('/score', body)).body.data).toEqual(one.body.data)
})

test('/rerank: the likeliest first, no more than are wanted', async () => {
  const { post } = await serve()
  const documents = ['Answer: 1', { text: 'Answer: 2' }, steps.join('\n'), 'Answer: 4']
  const { body } = await post('/rerank', { query: problem, documents })
  const by = body.results.map(({ relevance_score }: { relevance_score: number }) => relevance_score)
  expect(by).toEqual([...by].sort((a, b) => b - a))
  const found = body.results.find(({ index }: { index: number }) => index === 2)
  expect(found).toEqual({ index: 2, document: { text: steps.join('\n') }, relevance_score: right.p_correct })
  for (const path of ['/v1/rerank', '/v2/rerank'])
    expect((await post(path, { query: problem, documents, top_n: 2 })).body.results).toEqual(
      body.results.slice(0, 2),
    )
})

test.each([
  ['no template', '/classify', { input: 'What is 3 + 4? 7' }, 'input has no chat template that is known'],
  [
    'tokens',
    '/classify',
    { input: [1, 2, 3] },
    'input must be a text or a list of texts; tokens are of another model',
  ],
  ['neither input nor messages', '/classify', { model: 'm' }, 'must have either "input" or "messages"'],
  ['no tags', '/pooling', { input: [chat('a')] }, 'input[0] has no step tags'],
  [
    'an empty step',
    '/pooling',
    { input: '<|problem|>p<|solution|>a<|step|><|step|>' },
    'input: a step is empty',
  ],
  ['base64', '/pooling', { input: 'a', encoding_format: 'base64' }, 'encoding_format must be one of "float"'],
  [
    'two queries for three documents',
    '/score',
    { queries: ['a', 'b'], documents: ['a', 'b', 'c'] },
    '2 queries and 3 documents',
  ],
  ['no documents', '/score', { queries: 'a' }, 'documents is missing'],
  [
    'an empty document',
    '/rerank',
    { query: 'a', documents: ['a', ''] },
    'documents[1]: there is no text to score',
  ],
  ['no query', '/rerank', { query: ' ', documents: ['a'] }, 'documents[0]: the problem is empty'],
  ['a negative count', '/rerank', { query: 'a', documents: [], top_n: -1 }, 'top_n must not be negative'],
])('%s: 422', async (_, path, body, message) => {
  const { post } = await serve()
  const answer = await post(path, body)
  expect([answer.status, answer.body.error.message]).toEqual([422, expect.stringContaining(message)])
})
