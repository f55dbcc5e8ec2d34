import { workerData } from 'node:worker_threads'
import type { GenerateRequest } from '../reasoning/types.ts'
import { serveJobs } from '../tensor/pool.ts'
import { readCheckpoint } from './checkpoint.ts'
import { createDecoder } from './decoder.ts'
import { type GenerateOptions, generate } from './generate.ts'

const { directory, options } = workerData as { directory: string; options: GenerateOptions }
const { config, tensors, tokenizer } = readCheckpoint(directory)
const decoder = await createDecoder(config, tensors, { threads: 1, head: 'logits' })
serveJobs((requests: GenerateRequest[], signal) => generate(decoder, tokenizer, requests, options, signal))
