import { generateText, jsonSchema, rerank, streamText, tool, wrapLanguageModel } from 'ai'
import * as mocks from 'ai/test'
import { expect, expectTypeOf, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import type { StepScorer } from '../reasoning/types.ts'
import { score } from '../reward/score.ts'
import { bestOfNMiddleware, rewardRerankingModel } from './index.ts'

type Model = Parameters<typeof wrapLanguageModel>[0]['model']
type CallOptions = Parameters<Model['doGenerate']>[0]
type Answer = Awaited<ReturnType<Model['doGenerate']>>

// the newest specification that the installed `ai` knows
const { MockLanguageModelV4, MockLanguageModelV3 } = mocks as unknown as Record<
  'MockLanguageModelV4' | 'MockLanguageModelV3',
  typeof mocks.MockLanguageModelV3 | undefined
>
const MockLanguageModel = (MockLanguageModelV4 ?? MockLanguageModelV3)!

const problem = 'Compute 3 + 4.'

/** The hazard of a step is the number after its `#`. */
const scorer: StepScorer = {
  score: async (solutions) =>
    solutions.map(({ steps }) => steps.map((step) => Number(/#([\d.]+)/.exec(step)?.[1] ?? 0.01))),
}

const usage = {
  inputTokens: { total: 10, noCache: 7, cacheRead: 3, cacheWrite: undefined },
  outputTokens: { total: 5, text: 5, reasoning: undefined },
  raw: { prompt_tokens: 10 },
}

function answer(text: string, more: Partial<Answer> = {}): Answer {
  return {
    content: [{ type: 'text', text }],
    finishReason: { unified: 'stop', raw: 'stop' },
    usage,
    warnings: [],
    ...more,
  }
}

/** A model that gives the k-th call of all the k-th answer. */
function playing(...answers: (Answer | Error)[]) {
  let calls = 0
  return new MockLanguageModel({
    doGenerate: async () => {
      const given = answers[calls++ % answers.length]
      if (given instanceof Error) throw given
      return given
    },
    doStream: async () => {
      throw new Error('nobody asked for a stream of the model')
    },
  })
}

const wrapped = (model: InstanceType<typeof MockLanguageModel>, n: number) =>
  wrapLanguageModel({ model, middleware: bestOfNMiddleware({ n, scorer }) })

const answers = ['3 + 4 = 8 #0.9\nAnswer: 8', '3 + 4 = 7 #0.1\nAnswer: 7', '3 + 4 = 6 #0.5\nAnswer: 6']

test('generateText gives the best of n, each with a seed of its own and all else as it was asked', async () => {
  const model = playing(...answers.map((text) => answer(text)))
  const result = await generateText({ model: wrapped(model, 3), prompt: problem, seed: 7, temperature: 0.5 })
  expect(result.text).toBe(answers[1])
  const { doGenerateCalls: calls } = model
  expect(calls).toHaveLength(3)
  const seeds = calls.map(({ seed }) => seed as number)
  expect(new Set(seeds).size).toBe(3)
  for (const seed of seeds) expect(seed).toBe(seed & 0x7fffffff)
  for (const call of calls) expect({ ...call, seed: 0 }).toEqual({ ...calls[0], seed: 0 })
  expect(calls[0].temperature).toBe(0.5)
  const { p_correct, score: best } = await score({ problem, steps: answers[1].split('\n') }, { scorer })
  expect(result.providerMetadata).toEqual({
    assay: {
      samples: 3,
      failed: 0,
      scored: 3,
      score: best,
      p_correct,
      first_error: null,
      hazards: [expect.closeTo(0.1, 12), expect.closeTo(0.01, 12)],
    },
  })
})

test('the same seed asks for the same samples, another one for others', async () => {
  const seedsOf = async (seed?: number) => {
    const model = playing(answer('a'))
    await generateText({ model: wrapped(model, 4), prompt: problem, seed })
    return model.doGenerateCalls.map(({ seed }) => seed)
  }
  expect(await seedsOf(7)).toEqual(await seedsOf(7))
  expect(await seedsOf()).toEqual(await seedsOf(1))
  expect(await seedsOf(8)).not.toEqual(await seedsOf(7))
})

test('tokens are those of all samples', async () => {
  const result = await generateText({ model: wrapped(playing(answer('a')), 4), prompt: problem })
  expect(result.usage).toMatchObject({ inputTokens: 40, outputTokens: 20, totalTokens: 60 })
  expect(result.usage.inputTokenDetails).toMatchObject({ cacheReadTokens: 12, cacheWriteTokens: undefined })
})

test('streamText streams the best of n, reasoning and metadata included', async () => {
  const thoughtful: Answer = answer('', {
    content: [
      { type: 'reasoning', text: 'Four and three.' },
      { type: 'text', text: answers[1] },
    ],
    providerMetadata: { mock: { cached: true } },
  })
  const model = playing(answer(answers[0]), thoughtful)
  const result = streamText({ model: wrapped(model, 2), prompt: problem })
  expect(await result.text).toBe(answers[1])
  expect(await result.reasoningText).toBe('Four and three.')
  expect(await result.finishReason).toBe('stop')
  expect((await result.usage).outputTokens).toBe(10)
  expect(await result.providerMetadata).toMatchObject({ mock: { cached: true }, assay: { scored: 2 } })
})

test('what was cut, filtered or empty is not scored, and not chosen while another one is', async () => {
  const perfect = 'Answer: 7 #0'
  const cut = answer(perfect, { finishReason: { unified: 'length', raw: 'length' } })
  const filtered = answer(perfect, { finishReason: { unified: 'content-filter', raw: undefined } })
  const poor = answer('Answer: 8 #0.9')
  const some = await generateText({
    model: wrapped(playing(cut, filtered, poor, answer(' ')), 4),
    prompt: problem,
  })
  expect(some.text).toBe('Answer: 8 #0.9')
  expect(some.providerMetadata?.assay).toMatchObject({ samples: 4, scored: 1 })
  const none = await generateText({ model: wrapped(playing(cut), 2), prompt: problem })
  expect(none.finishReason).toBe('length')
  expect(none.providerMetadata?.assay).toEqual({
    samples: 2,
    failed: 0,
    scored: 0,
    score: null,
    p_correct: null,
  })
})

test('samples whose call fails are left out; where all fail, the failure is that of the call', async () => {
  const down = new Error('overloaded')
  const some = playing(down, answer(answers[0]), answer(answers[1]), down)
  const result = await generateText({ model: wrapped(some, 4), prompt: problem, maxRetries: 0 })
  expect(result.text).toBe(answers[1])
  expect(result.providerMetadata?.assay).toMatchObject({ samples: 4, failed: 2, scored: 2 })
  await expect(
    generateText({ model: wrapped(playing(down), 4), prompt: problem, maxRetries: 0 }),
  ).rejects.toThrow('overloaded')
})

test('a scorer that fails fails the call: no answer is called the best', async () => {
  const broken = { score: () => Promise.reject(new Error('out of memory')) }
  const model = wrapLanguageModel({
    model: playing(answer('a')),
    middleware: bestOfNMiddleware({ n: 2, scorer: broken }),
  })
  await expect(generateText({ model, prompt: problem, maxRetries: 0 })).rejects.toThrow('out of memory')
  const { fullStream } = streamText({ model, prompt: problem, maxRetries: 0, onError: () => {} })
  const kinds: string[] = []
  for await (const { type } of fullStream) kinds.push(type)
  expect(kinds).toContain('error')
  expect(kinds).not.toContain('text-delta')
})

test('calls with tools go through once and untouched; so do those with more than text', async () => {
  const call: Answer = answer('', {
    content: [{ type: 'tool-call', toolCallId: '1', toolName: 'sum', input: '{"a":3}' }],
    finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
  })
  const model = playing(call)
  const tools = { sum: tool({ inputSchema: jsonSchema({ type: 'object' }) }) }
  const result = await generateText({ model: wrapped(model, 4), prompt: problem, tools, seed: 7 })
  expect(result.toolCalls).toMatchObject([{ toolName: 'sum' }])
  expect(result.providerMetadata).toBeUndefined()
  expect(model.doGenerateCalls.map(({ seed }) => seed)).toEqual([7])
  const image = { type: 'image' as const, image: new Uint8Array([137, 80, 78, 71]) }
  const seeing = playing(answer('a cat'))
  await generateText({
    model: wrapped(seeing, 4),
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }],
  })
  expect(seeing.doGenerateCalls).toHaveLength(1)
})

test('the problem is what the user said last; without any text there is none', async () => {
  const asked: string[] = []
  const watching: StepScorer = {
    score: (solutions) => {
      asked.push(...solutions.map(({ problem }) => problem))
      return scorer.score(solutions)
    },
  }
  const model = wrapLanguageModel({
    model: playing(answer('a')),
    middleware: bestOfNMiddleware({ n: 1, scorer: watching }),
  })
  const messages = [
    { role: 'user', content: 'Hello.' },
    { role: 'assistant', content: 'Hello!' },
    { role: 'user', content: problem },
  ] as const
  await generateText({ model, system: 'Be brief.', messages: [...messages] })
  expect(asked).toEqual([problem])
  await expect(generateText({ model, prompt: ' ', maxRetries: 0 })).rejects.toThrow('no problem to solve')
})

test('an abort ends the call, with models and scorers that hear of it and those that do not', async () => {
  const heard: boolean[] = []
  const never = (signal?: AbortSignal) =>
    new Promise<never>((_, reject) => {
      if (signal) signal.addEventListener('abort', () => reject(signal.reason))
      heard.push(signal !== undefined)
    })
  const hearing = new MockLanguageModel({ doGenerate: ({ abortSignal }: CallOptions) => never(abortSignal) })
  const deaf = new MockLanguageModel({ doGenerate: () => new Promise<never>(() => {}) })
  for (const model of [hearing, deaf]) {
    const abort = new AbortController()
    const waiting = generateText({ model: wrapped(model, 3), prompt: problem, abortSignal: abort.signal })
    setTimeout(() => abort.abort(new Error('enough')), 5)
    await expect(waiting).rejects.toThrow('enough')
  }
  expect(heard).toEqual([true, true, true])
  const abort = new AbortController()
  const scoring = wrapLanguageModel({
    model: playing(answer('a')),
    middleware: bestOfNMiddleware({ scorer: { score: () => new Promise<never>(() => {}) } }),
  })
  const waiting = generateText({ model: scoring, prompt: problem, abortSignal: abort.signal })
  setTimeout(() => abort.abort(new Error('enough')), 5)
  await expect(waiting).rejects.toThrow('enough')
})

test('rerank orders solutions by P(correct), as texts or as steps', async () => {
  const model = rewardRerankingModel({ scorer })
  const { ranking, rerankedDocuments } = await rerank({ model, query: problem, documents: answers })
  expect(ranking.map(({ originalIndex }) => originalIndex)).toEqual([1, 2, 0])
  const { p_correct } = await score({ problem, steps: answers[1].split('\n') }, { scorer })
  expect(ranking[0].score).toBe(p_correct)
  expect(rerankedDocuments[2]).toBe(answers[0])
  const documents = [{ steps: ['a #0.5'] }, { text: 'a #0.1\nb' }, { steps: ['a #0.2'], id: 3 }]
  const top = await rerank({ model, query: problem, documents, topN: 2 })
  expect(top.ranking.map(({ originalIndex }) => originalIndex)).toEqual([1, 2])
})

test('a document without steps, and a failing scorer, are errors: no relevance is made up', async () => {
  const model = rewardRerankingModel({ scorer })
  for (const documents of [['a', ' '], [{ title: 'a' }], [{ steps: ['a', 3] }], [{ steps: [] }]])
    await expect(
      rerank({ model, query: problem, documents: documents as string[], maxRetries: 0 }),
    ).rejects.toThrow(InputError)
  const broken = rewardRerankingModel({ scorer: { score: async () => [[Number.NaN]] } })
  await expect(rerank({ model: broken, query: problem, documents: ['a'], maxRetries: 0 })).rejects.toThrow(
    'not a hazard',
  )
  const aborted = AbortSignal.abort(new Error('enough'))
  await expect(
    rerank({ model, query: problem, documents: ['a'], abortSignal: aborted, maxRetries: 0 }),
  ).rejects.toThrow('enough')
})

test('usage of v2, with finish reasons of v2, is added up as well', async () => {
  const { wrapGenerate } = bestOfNMiddleware({ n: 2, scorer })
  const given = {
    content: [{ type: 'text', text: answers[0] }],
    finishReason: 'stop',
    usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7, reasoningTokens: undefined },
    warnings: [],
  }
  const params = { prompt: [{ role: 'user', content: [{ type: 'text', text: problem }] }] }
  const model = { doGenerate: async () => given }
  const result = await wrapGenerate({ params, model, doGenerate: model.doGenerate })
  expect(result.usage).toEqual({
    inputTokens: 6,
    outputTokens: 8,
    totalTokens: 14,
    reasoningTokens: undefined,
  })
  expect(result).toMatchObject({ finishReason: 'stop', providerMetadata: { assay: { scored: 2 } } })
})

test('types: a middleware and a reranking model of the installed SDK, and of the other specifications', () => {
  type Middleware = Extract<Parameters<typeof wrapLanguageModel>[0]['middleware'], { wrapGenerate?: unknown }>
  expectTypeOf(bestOfNMiddleware({ scorer })).toExtend<Middleware>()
  expectTypeOf(rewardRerankingModel({ scorer })).toExtend<Parameters<typeof rerank>[0]['model']>()
  const v4 = bestOfNMiddleware({ scorer, specificationVersion: 'v4' })
  expectTypeOf(v4.specificationVersion).toEqualTypeOf<'v4'>()
  expectTypeOf(
    rewardRerankingModel({ scorer, specificationVersion: 'v4' }).specificationVersion,
  ).toEqualTypeOf<'v4'>()
  // @ts-expect-error without a scorer there is no best
  expect(() => bestOfNMiddleware({ n: 2 })).not.toThrow()
  expect(() => bestOfNMiddleware({ scorer, n: 0 })).toThrow(InputError)
})
