import { workerData } from 'node:worker_threads'
import { serveJobs } from '../tensor/pool.ts'
import type { Checkpoint } from '../transformer/checkpoint.ts'
import { createDecoder, type Head } from '../transformer/decoder.ts'
import { stateSize, type TokenStates, type TreeRun } from '../transformer/tree-attention.ts'
import { readReward } from './checkpoint.ts'
import { type Keeping, type ScoringModel, scoreTree } from './scoring.ts'

const { directory, states } = workerData as { directory: string; states: Omit<TokenStates, 'offset'> }
const { kind, beside, ...reward } = readReward(directory)
const keeping = async ({ config, tensors }: Checkpoint, head: Head, offset: number): Promise<Keeping> => ({
  decoder: await createDecoder(config, tensors, { threads: 1, head }),
  states: { ...states, offset },
})
const model = {
  readOut: kind.readOut,
  reward: await keeping(reward, kind.readOut === 'head' ? 'score' : 'surprisal', 0),
  beside: beside && (await keeping(beside, 'surprisal', stateSize(reward.config))),
} as ScoringModel
serveJobs((run: TreeRun) => scoreTree(model, run))
