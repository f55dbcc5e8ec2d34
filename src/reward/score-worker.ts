import { workerData } from 'node:worker_threads'
import { serveJobs } from '../tensor/pool.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { createDecoder } from '../transformer/decoder.ts'
import { scoreSteps, type ToScore } from './scoring.ts'

const { directory } = workerData as { directory: string }
const { config, tensors, tokenizer } = readCheckpoint(directory)
const decoder = await createDecoder(config, tensors, { threads: 1, head: 'score' })
serveJobs((solutions: ToScore[]) => scoreSteps(decoder, tokenizer, solutions))
