import { configOf, full } from '../src/reward/reproduce/recipe.ts'
import { serveJobs } from '../src/tensor/pool.ts'
import { unflatten } from '../src/tensor/trainer.ts'
import { tensorShapes } from '../src/transformer/checkpoint.ts'
import { createDecoder } from '../src/transformer/decoder.ts'
import { initialParameters } from '../src/transformer/pretraining.ts'
import { sample } from '../src/transformer/sampler.ts'
import type { DecodeJob, DecodeResult } from './engine.ts'
import { skeleton, square } from './products.ts'

const made = new Map<string, Promise<() => Promise<DecodeResult>>>()

serveJobs(async (job: DecodeJob) => {
  const key = JSON.stringify(job)
  const measure = made.get(key) ?? prepare(job)
  made.set(key, measure)
  return (await measure)()
})

async function prepare({
  model,
  what,
  rows,
  prompt,
  tokens,
}: DecodeJob): Promise<() => Promise<DecodeResult>> {
  const config = configOf(full[model], 640)
  if (what !== 'decode') {
    const products = what === 'square' ? await square(1024, 1) : await skeleton(config, rows, 1)
    const runs = what === 'square' ? 4 : tokens
    return timed(async () => {
      for (let i = 0; i < runs; i++) await products.run()
      return what === 'square' ? runs * products.operations : runs * rows
    })
  }
  const shapes = tensorShapes(config)
  const tensors = unflatten(shapes, initialParameters(config, shapes, 1))
  const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
  const requests = Array.from({ length: rows }, (_, seed) => ({
    prompt: Array.from({ length: prompt }, (_, i) => (i * 31) % config.vocabSize),
    seed,
  }))
  const options = { temperature: 0.8, topP: 1, stops: [], maxTokens: tokens, batch: rows }
  return timed(async () => {
    const samples = await sample(decoder, requests, options)
    return samples.reduce((sum, { tokens }) => sum + tokens.length, 0)
  })
}

function timed(work: () => Promise<number>): () => Promise<DecodeResult> {
  return async () => {
    const start = performance.now()
    const amount = await work()
    return { amount, seconds: (performance.now() - start) / 1000 }
  }
}
