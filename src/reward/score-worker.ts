import { workerData } from 'node:worker_threads'
import { serveJobs } from '../tensor/pool.ts'
import { createDecoder } from '../transformer/decoder.ts'
import { readReward } from './checkpoint.ts'
import { scoreSteps, type ToScore } from './scoring.ts'

const { directory } = workerData as { directory: string }
const { config, tensors, tokenizer, surprisalModel: frozen } = readReward(directory)
const decoder = await createDecoder(config, tensors, { threads: 1, head: 'score' })
const surprisal =
  frozen && (await createDecoder(frozen.config, frozen.tensors, { threads: 1, head: 'surprisal' }))
serveJobs((solutions: ToScore[]) => scoreSteps({ decoder, surprisal, tokenizer }, solutions))
