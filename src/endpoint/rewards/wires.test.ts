import { expect, test } from 'vitest'
import type { Servers } from '../http.ts'
import { chatLogprobs } from './chat-logprobs.ts'
import { classify } from './classify.ts'
import { generativeScoring } from './generative-scoring.ts'
import { llamaCpp } from './llama-cpp.ts'
import { pooling } from './pooling.ts'
import { rerank, score } from './score.ts'
import { sglangClassify, sglangScore } from './sglang.ts'
import type { Prompt, Served, Wire } from './types.ts'

/*
 * Requests and answers written by hand from the projects' own documentation: vLLM's
 * docs/models/pooling_models and entrypoints/pooling, SGLang's native API, llama.cpp's tools/server/README.md.
 */

const labels = [
  { text: 'Yes', id: 9454 },
  { text: 'No', id: 2753 },
]
const served: Served = { model: 'm', context: 4096, labels }
const prompts: Prompt[] = [
  { query: 'P ', item: 'one<t>two<t>', numbers: 2 },
  { query: 'P ', item: 'three<t>', numbers: 1 },
]

/** Asks a server that answers so, and says what it was asked. */
async function asked(wire: Wire, answer: unknown, given = prompts, about: Partial<Served> = {}) {
  const requests: { path: string; body: unknown }[] = []
  const servers = {
    async post(path: string, body: object, schema: { parse(value: unknown): unknown }) {
      requests.push({ path, body: JSON.parse(JSON.stringify(body)) })
      return schema.parse(answer)
    },
  } as unknown as Servers
  const readings = await wire.ask(servers, given, { ...served, ...about }, {})
  return { readings, request: requests[0], count: requests.length }
}

const usage = { prompt_tokens: 20, total_tokens: 20, completion_tokens: 0, prompt_tokens_details: null }

test('vLLM /pooling: a row a step tag, in the order of the texts', async () => {
  const answer = {
    id: 'pool-0c2c4c0c',
    object: 'list',
    created: 1_764_000_000,
    model: 'm',
    data: [
      { index: 1, object: 'pooling', data: [[0.75, 0.25]] },
      {
        index: 0,
        object: 'pooling',
        data: [
          [0.0625, 0.9375],
          [0.5, 0.5],
        ],
      },
    ],
    usage,
  }
  const { readings, request, count } = await asked(pooling({ columns: 2, column: 1 }), answer)
  expect(request).toEqual({
    path: '/pooling',
    body: {
      model: 'm',
      input: ['P one<t>two<t>', 'P three<t>'],
      task: 'token_classify',
      encoding_format: 'float',
    },
  })
  expect([readings, count]).toEqual([[{ numbers: [0.9375, 0.5] }, { numbers: [0.25] }], 1])
  const other = await asked(pooling({ columns: 2, column: 0 }), answer)
  expect(other.readings[0]).toEqual({ numbers: [0.0625, 0.5] })
  // a hazard head has one column
  const hazards = { ...answer, data: [{ index: 0, object: 'pooling', data: [[0.01], [0.9]] }] }
  const head = await asked(pooling({ columns: 1, column: 0 }), hazards, prompts.slice(0, 1))
  expect(head.readings).toEqual([{ numbers: [0.01, 0.9] }])
  const raw = pooling({ columns: 1, column: 0, activation: false, special: false })
  expect((await asked(raw, hazards, prompts.slice(0, 1))).request.body).toMatchObject({
    use_activation: false,
    add_special_tokens: false,
  })
})

test('vLLM /classify: one class is a score, by texts or by messages', async () => {
  const answer = {
    id: 'classify-7c87cac407b749a6935d8c7ce2a8fba2',
    object: 'list',
    created: 1_745_383_065,
    model: 'm',
    data: [
      { index: 0, label: 'LABEL_0', probs: [12.5], num_classes: 1 },
      { index: 1, label: 'LABEL_0', probs: [-3], num_classes: 1 },
    ],
    usage,
  }
  const settings = { columns: 1, column: 0, activation: false }
  const texts = await asked(classify({ ...settings, chat: false }), answer)
  expect(texts.request).toEqual({
    path: '/classify',
    body: { model: 'm', input: ['P one<t>two<t>', 'P three<t>'], use_activation: false },
  })
  expect(texts.readings).toEqual([{ numbers: [12.5] }, { numbers: [-3] }])
  const wire = classify({ ...settings, chat: true })
  const one = { ...answer, data: answer.data.slice(0, 1) }
  expect(wire.most).toBe(1)
  expect((await asked(wire, one, prompts.slice(0, 1))).request.body).toEqual({
    model: 'm',
    messages: [
      { role: 'user', content: 'P ' },
      { role: 'assistant', content: 'one<t>two<t>' },
    ],
    use_activation: false,
  })
  const two = { data: [{ index: 0, label: 'LABEL_1', probs: [0.5625, 0.4375], num_classes: 2 }] }
  const columns = classify({ columns: 2, column: 1, chat: false, activation: true })
  expect((await asked(columns, two, prompts.slice(0, 1))).readings).toEqual([{ numbers: [0.4375] }])
  await expect(asked(wire, two, prompts.slice(0, 1))).rejects.toThrow('has 2 classes, and this dialect 1')
})

test('vLLM /score: pairs', async () => {
  const answer = {
    id: 'score-request-id',
    object: 'list',
    created: 693_570,
    model: 'm',
    data: [
      { index: 0, object: 'score', score: 0.001094818115234375 },
      { index: 1, object: 'score', score: 1 },
    ],
    usage: {},
  }
  const { readings, request } = await asked(score(), answer)
  expect(request).toEqual({
    path: '/score',
    body: { model: 'm', queries: ['P ', 'P '], documents: ['one<t>two<t>', 'three<t>'] },
  })
  expect(readings).toEqual([{ numbers: [0.001094818115234375] }, { numbers: [1] }])
})

test('vLLM /rerank: the best first, by their places', async () => {
  const answer = {
    id: 'rerank-fae51b2b664d4ed38f5969b612edff77',
    model: 'm',
    usage: { total_tokens: 56 },
    results: [
      { index: 1, document: { text: 'three<t>' }, relevance_score: 0.99853515625 },
      { index: 0, document: { text: 'one<t>two<t>' }, relevance_score: 0.0005860328674316406 },
    ],
  }
  const { readings, request } = await asked(rerank(), answer)
  expect(request).toEqual({
    path: '/rerank',
    body: { model: 'm', query: 'P ', documents: ['one<t>two<t>', 'three<t>'], top_n: 2 },
  })
  expect(readings).toEqual([{ numbers: [0.0005860328674316406] }, { numbers: [0.99853515625] }])
})

test('vLLM /generative_scoring: the share of the first label; a text that was cut has none', async () => {
  const answer = {
    id: 'generative-scoring-1',
    object: 'list',
    created: 1,
    model: 'm',
    data: [
      { index: 0, object: 'score', score: 0.9 },
      { index: 1, object: 'score', score: 0.2 },
    ],
    usage,
  }
  const { readings, request } = await asked(generativeScoring, answer)
  expect(request).toEqual({
    path: '/generative_scoring',
    body: {
      model: 'm',
      query: 'P ',
      items: ['one<t>two<t>', 'three<t>'],
      label_token_ids: [9454, 2753],
    },
  })
  expect(readings).toEqual([{ numbers: [0.9] }, { numbers: [0.2] }])

  const long: Prompt = { query: 'P ', item: 'x'.repeat(4090), numbers: 1 }
  expect(generativeScoring.alone?.(long, served)).toBe(true)
  expect(generativeScoring.alone?.(prompts[0], served)).toBe(false)
  const alone = (tokens: number | undefined) =>
    asked(
      generativeScoring,
      {
        data: answer.data.slice(0, 1),
        usage: tokens === undefined ? null : { ...usage, prompt_tokens: tokens },
      },
      [long],
    )
  expect((await alone(4094)).readings).toEqual([{ numbers: [0.9] }])
  for (const tokens of [4095, undefined])
    expect((await alone(tokens)).readings).toEqual([
      { unread: "it is longer than the model's context of 4096 tokens" },
    ])
})

test('SGLang /classify: the raw score of each text', async () => {
  const answer = [
    { embedding: [13.125], meta_info: { id: 'a', prompt_tokens: 9, cached_tokens: 0 } },
    { embedding: [-7.5], meta_info: { id: 'b', prompt_tokens: 9, cached_tokens: 0 } },
  ]
  const { readings, request } = await asked(sglangClassify, answer)
  expect(request).toEqual({
    path: '/classify',
    body: { model: 'm', text: ['P one<t>two<t>', 'P three<t>'] },
  })
  expect(readings).toEqual([{ numbers: [13.125] }, { numbers: [-7.5] }])
  await expect(asked(sglangClassify, answer.slice(1))).rejects.toThrow('about 1 texts of 2')
  const embedding = [{ embedding: [0.1, 0.2, 0.3] }]
  await expect(asked(sglangClassify, embedding, prompts.slice(0, 1))).rejects.toThrow(
    'no scalar reward model',
  )
})

test('SGLang /v1/score: a softmax of the labels', async () => {
  const answer = {
    scores: [
      [0.9, 0.1],
      [0.25, 0.75],
    ],
    model: 'm',
    usage: null,
    object: 'scoring',
  }
  const { readings, request } = await asked(sglangScore, answer)
  expect(request).toEqual({
    path: '/v1/score',
    body: {
      model: 'm',
      query: 'P ',
      items: ['one<t>two<t>', 'three<t>'],
      label_token_ids: [9454, 2753],
      apply_softmax: true,
    },
  })
  expect(readings).toEqual([{ numbers: [0.9] }, { numbers: [0.25] }])
  // as if apply_softmax had not been heeded
  const shares = {
    scores: [
      [0.3, 0.01],
      [0.2, 0.1],
    ],
  }
  await expect(asked(sglangScore, shares)).rejects.toThrow('no softmax')
})

const completed = (probabilities: object) => ({
  content: 'Yes',
  tokens: [],
  id_slot: 0,
  stop: true,
  model: 'm',
  tokens_predicted: 1,
  tokens_evaluated: 14,
  truncated: false,
  stop_type: 'limit',
  completion_probabilities: [probabilities],
})

test('llama.cpp /completion: the labels alone, as newer and as older servers list them', async () => {
  const probabilities = {
    id: 2753,
    token: 'No',
    bytes: [78, 111],
    prob: 0.75,
    top_probs: [
      { id: 2753, token: 'No', bytes: [78, 111], prob: 0.75 },
      { id: 9454, token: 'Yes', bytes: [89, 101, 115], prob: 0.25 },
    ],
  }
  const { readings, request } = await asked(llamaCpp, completed(probabilities), prompts.slice(0, 1))
  expect(request).toEqual({
    path: '/completion',
    body: {
      prompt: 'P one<t>two<t>',
      n_predict: 1,
      n_probs: 2,
      post_sampling_probs: true,
      logit_bias: [
        [9454, 100],
        [2753, 100],
      ],
      temperature: 1,
      top_k: 2,
      top_p: 1,
      min_p: 0,
      repeat_penalty: 1,
      cache_prompt: true,
    },
  })
  expect(readings).toEqual([{ numbers: [0.25] }])
  const old = {
    content: 'No',
    probs: [
      { tok_str: ' No', prob: 0.75 },
      { tok_str: ' Yes', prob: 0.25 },
    ],
  }
  expect((await asked(llamaCpp, completed(old), prompts.slice(0, 1))).readings).toEqual([{ numbers: [0.25] }])
  const { completion_probabilities, ...rest } = completed(probabilities)
  const asDocumented = { ...rest, probs: completion_probabilities }
  expect((await asked(llamaCpp, asDocumented, prompts.slice(0, 1))).readings).toEqual([{ numbers: [0.25] }])
  await expect(asked(llamaCpp, rest, prompts.slice(0, 1))).rejects.toThrow('completion_probabilities')
  const sure = {
    ...probabilities,
    top_probs: probabilities.top_probs.slice(0, 1).map((one) => ({ ...one, prob: 1 })),
  }
  expect((await asked(llamaCpp, completed(sure), prompts.slice(0, 1))).readings).toEqual([{ numbers: [0] }])
  const unled = { ...probabilities, top_probs: [{ id: 5, token: 'The', prob: 0.9 }] }
  await expect(asked(llamaCpp, completed(unled), prompts.slice(0, 1))).rejects.toThrow(
    'does not keep to the labels',
  )
  const cut = { ...completed(probabilities), truncated: true }
  expect((await asked(llamaCpp, cut, prompts.slice(0, 1))).readings).toEqual([
    { unread: "it is longer than the model's context" },
  ])
  // natural logarithms, which servers give when post_sampling_probs is not heeded, are no such list
  const logs = {
    ...probabilities,
    top_probs: undefined,
    top_logprobs: [{ id: 9454, token: 'Yes', logprob: -0.1 }],
  }
  await expect(asked(llamaCpp, completed(logs), prompts.slice(0, 1))).rejects.toThrow(
    'does not keep to the labels',
  )
})

test("OpenAI's chat completions: labels among the likeliest first tokens", async () => {
  const reply = (...top_logprobs: [string, number][]) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        finish_reason: 'length',
        message: { role: 'assistant', content: 'Yes' },
        logprobs: {
          content: [
            {
              token: 'Yes',
              logprob: -0.1,
              top_logprobs: top_logprobs.map(([token, p]) => ({ token, logprob: Math.log(p), bytes: null })),
            },
          ],
        },
      },
    ],
  })
  const ask = (...top: [string, number][]) => asked(chatLogprobs, reply(...top), prompts.slice(0, 1))
  const { readings, request } = await ask(['Yes', 0.6], [' Yes', 0.1], ['No', 0.2], ['Hm', 0.05])
  expect(request).toEqual({
    path: '/v1/chat/completions',
    body: {
      model: 'm',
      messages: [{ role: 'user', content: 'P one<t>two<t>' }],
      max_tokens: 1,
      temperature: 0,
      logprobs: true,
      top_logprobs: 20,
    },
  })
  expect(readings).toEqual([{ numbers: [expect.closeTo(0.7 / 0.9, 12)] }])
  // the bad one is too unlikely to be listed: it counts for no more than the least likely one that is
  expect((await ask(['Yes', 0.999], ['So', 0.0005])).readings).toEqual([
    { numbers: [expect.closeTo(0.999 / 0.9995, 12)] },
  ])
  expect((await ask(['Yes', 0.5], ['So', 0.1])).readings[0]).toHaveProperty('unread')
  expect((await ask(['<think>', 0.99], ['So', 0.01])).readings[0]).toMatchObject({
    unread: expect.stringContaining('neither Yes nor No, but "<think>", "So"'),
  })
})

test.each<[string, Wire, unknown, string]>([
  [
    'fewer texts than asked about',
    pooling({ columns: 1, column: 0 }),
    { data: [{ index: 0, data: [[0.5]] }] },
    'texts 0 of 2',
  ],
  ['one text twice', score(), { data: [0, 0].map((index) => ({ index, score: 0.5 })) }, 'texts 0, 0 of 2'],
  [
    'other columns',
    pooling({ columns: 2, column: 1 }),
    { data: [0, 1].map((index) => ({ index, data: [[0.1, 0.2, 0.7]] })) },
    'a step has 3 columns, and this dialect 2',
  ],
  [
    'columns that are no softmax',
    pooling({ columns: 2, column: 1 }),
    { data: [0, 1].map((index) => ({ index, data: [[0.9, 0.9]] })) },
    'are no probabilities',
  ],
  [
    'one vector for the whole text',
    pooling({ columns: 2, column: 1 }),
    { data: [0, 1].map((index) => ({ index, data: [0.1, -0.3, 0.7] })) },
    'gives 3 numbers of a whole text',
  ],
])('%s is refused', async (_, wire, answer, message) => {
  await expect(asked(wire, answer)).rejects.toThrow(message)
})

test.each([
  ['null', [[null]]],
  ['a text', [['0.5']]],
  ['nothing', undefined],
])('%s in the place of a number is an answer that is not as agreed', async (_, data) => {
  await expect(
    asked(pooling({ columns: 1, column: 0 }), { data: [0, 1].map((index) => ({ index, data })) }),
  ).rejects.toThrow()
})
