import { expect, it } from 'vitest'
import { random } from '../reasoning/random.ts'
import { Graph } from '../tensor/graph.ts'
import { compile } from '../tensor/program.ts'
import { sequenceFeeds } from './batches.ts'
import { tensorShapes } from './checkpoint.ts'
import { type Cache, createDecoder, type Decoder } from './decoder.ts'
import { forward, logits } from './model.ts'
import { sequenceInputs } from './pretraining.ts'
import { encodePrompt, sample } from './sampler.ts'
import { randomTensors, tinyConfig } from './tiny.fixture.ts'

const config = tinyConfig({ vocabSize: 24, ropeTheta: 10_000, contextLength: 96 })
const tensors = randomTensors(tensorShapes(config), 1)
const draw = random('prompts')
const tokens = (count: number) => Array.from({ length: count }, () => draw.int(0, config.vocabSize - 1))

/** Logits of every position, by the training graph. */
async function fullForward(sequences: number[][]) {
  const graph = new Graph()
  const weight = (name: string) =>
    graph.constant(tensors.get(name)?.data as Float32Array, tensors.get(name)?.shape as number[])
  graph.output('logits', logits(config, weight, forward(graph, config, weight, sequenceInputs(graph))))
  const program = await compile(graph, { threads: 1 })
  const { feeds, time } = sequenceFeeds(sequences)
  const data = (await program.run(feeds)).logits.data as Float32Array
  return (row: number, position: number) => {
    const at = (row * time + position) * config.vocabSize
    return data.subarray(at, at + config.vocabSize)
  }
}

const options = { temperature: 0, topP: 1, stops: [], maxTokens: 40, batch: 3 }

it('greedy decoding with the cache picks what the full forward pass ranks first, past several cache sizes', async () => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const prompts = [tokens(5), tokens(3), tokens(9), tokens(5), tokens(1)]
  const samples = await sample(
    decoder,
    prompts.map((prompt) => ({ prompt, seed: 0 })),
    options,
  )
  const sequences = samples.map((sample, i) => [...prompts[i], ...sample.tokens])
  const at = await fullForward(sequences)
  for (const [row, prompt] of prompts.entries()) {
    expect(samples[row].tokens).toHaveLength(40)
    for (const [i, token] of samples[row].tokens.entries()) {
      const scores = at(row, prompt.length + i - 1)
      expect(scores[token]).toBeGreaterThan(Math.max(...scores) - 1e-4)
    }
  }
})

it('logits on top of a cache equal those of the full pass', async () => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const sequence = tokens(30)
  const at = await fullForward([sequence])
  const mask = (time: number, past: number) =>
    Float32Array.from({ length: time * (past + time) }, (_, i) =>
      i % (past + time) > past + Math.floor(i / (past + time)) ? -1e9 : 0,
    )
  let cache = { rows: 1, capacity: 0, keys: [] as Float32Array[], values: [] as Float32Array[] }
  let start = 0
  for (const time of [7, 1, 22]) {
    const ids = sequence.slice(start, start + time)
    const out = await decoder.append({
      cache,
      rows: 1,
      time,
      tokens: ids,
      positions: ids.map((_, i) => start + i),
      mask: mask(time, start),
      read: ids.map((_, i) => i),
    })
    for (let i = 0; i < time; i++)
      for (let token = 0; token < config.vocabSize; token++)
        expect(out.output[i * config.vocabSize + token]).toBeCloseTo(at(0, start + i)[token], 4)
    cache = joined(cache, { rows: 1, capacity: time, keys: out.keys, values: out.values })
    start += time
  }
})

function joined(a: Cache, b: Cache): Cache {
  const { keyValueHeads, headSize } = config
  const join = (left: Float32Array | undefined, right: Float32Array) => {
    const out = new Float32Array((left?.length ?? 0) + right.length)
    const capacity = a.capacity + b.capacity
    for (let head = 0; head < keyValueHeads; head++) {
      if (left)
        out.set(
          left.subarray(head * a.capacity * headSize, (head + 1) * a.capacity * headSize),
          head * capacity * headSize,
        )
      out.set(
        right.subarray(head * b.capacity * headSize, (head + 1) * b.capacity * headSize),
        (head * capacity + a.capacity) * headSize,
      )
    }
    return out
  }
  return {
    rows: 1,
    capacity: a.capacity + b.capacity,
    keys: b.keys.map((right, layer) => join(a.keys[layer], right)),
    values: b.values.map((right, layer) => join(a.values[layer], right)),
  }
}

it('a sample depends on its own seed only: batch size, neighbours and order do not change it', async () => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const prompts = [tokens(4), tokens(6), tokens(5)]
  const requests = prompts.flatMap((prompt, p) =>
    Array.from({ length: 20 }, (_, i) => ({ prompt, seed: 100 * p + i })),
  )
  const settings = { ...options, temperature: 1, topP: 0.9, stops: [0, 1] }
  const reference = await sample(decoder, requests, { ...settings, batch: 1 })
  expect(new Set(reference.map(({ tokens }) => String(tokens))).size).toBeGreaterThan(40)
  for (const batch of [2, 7, 64])
    expect(await sample(decoder, requests, { ...settings, batch })).toEqual(reference)
  const backwards = await sample(decoder, [...requests].reverse(), { ...settings, batch: 16 })
  expect(backwards.reverse()).toEqual(reference)
})

it('a prompt that outgrows the cache finds room while other rows are free or taken', async () => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const requests = Array.from({ length: 40 }, (_, seed) => ({
    prompt: tokens(3 + 4 * Math.floor(seed / 2)),
    seed,
  }))
  const settings = { ...options, temperature: 1, stops: [0, 1, 2] }
  const alone = await sample(decoder, requests, { ...settings, batch: 1 })
  for (const batch of [3, 8]) expect(await sample(decoder, requests, { ...settings, batch })).toEqual(alone)
})

it('stops at a stop token, at the token limit and at the end of the context', async () => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const requests = Array.from({ length: 50 }, (_, seed) => ({ prompt: tokens(6), seed }))
  const stopping = await sample(decoder, requests, { ...options, temperature: 1, stops: [3], maxTokens: 12 })
  for (const { tokens, stopped } of stopping) {
    expect(tokens.indexOf(3)).toBe(stopped ? tokens.length - 1 : -1)
    expect(stopped || tokens.length === 12).toBe(true)
  }
  expect(stopping.some(({ stopped }) => stopped) && stopping.some(({ stopped }) => !stopped)).toBe(true)
  const [full] = await sample(decoder, requests.slice(0, 1), { ...options, maxTokens: 1000 })
  expect(full.tokens.length).toBe(config.contextLength - 6)
})

it.each([
  ['every logit', Number.NaN, [0, 1]],
  ['every logit', Number.NEGATIVE_INFINITY, [0, 1]],
  ['the first logit', Number.NaN, [0, 1]],
  ['a later logit', Number.POSITIVE_INFINITY, [0, 1]],
  ['a later logit', Number.NaN, [1]],
])('a broken model is an error, not an end: %s is %d', async (which, value, temperatures) => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const { vocabSize } = config
  const isBroken = (i: number) =>
    which === 'every logit' || i % vocabSize === (which === 'the first logit' ? 0 : 7)
  for (const temperature of temperatures) {
    let whole = 5
    const breaking: Decoder = {
      ...decoder,
      async append(input) {
        const out = await decoder.append(input)
        if (whole-- > 0) return out
        return { ...out, output: out.output.map((logit, i) => (isBroken(i) ? value : logit)) }
      },
    }
    const sampling = sample(breaking, [{ prompt: [1, 2, 3], seed: 1 }], { ...options, temperature })
    await expect(sampling).rejects.toThrow('the model is broken')
  }
})

it('a nucleus keeps only the likeliest tokens, and greedy is its limit', async () => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const requests = Array.from({ length: 10 }, (_, seed) => ({ prompt: [1, 2, 3], seed }))
  const greedy = await sample(decoder, requests, options)
  expect(await sample(decoder, requests, { ...options, temperature: 1, topP: 1e-9 })).toEqual(greedy)
})

it.each([1, 4, 13])('a prompt that is read %i tokens at a time is read as at once', async (most) => {
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const prompt = tokens(13)
  const [whole, parts] = [await encodePrompt(decoder, prompt), await encodePrompt(decoder, prompt, most)]
  const numbers = ({ cache, logits }: typeof whole) =>
    [logits, ...cache.keys, ...cache.values].map((each) => [...each])
  expect(parts.cache.capacity).toBe(13)
  for (const [i, list] of numbers(whole).entries())
    for (const [k, value] of list.entries()) expect(numbers(parts)[i][k]).toBeCloseTo(value, 4)
})
