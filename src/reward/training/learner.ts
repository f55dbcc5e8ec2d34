import type { Graph, Value } from '../../tensor/graph.ts'
import type { Tensor } from '../../tensor/safetensors.ts'
import type { Shapes } from '../../tensor/trainer.ts'
import type { Batch } from '../../transformer/batches.ts'
import type { Checkpoint } from '../../transformer/checkpoint.ts'
import type { TransformerConfig } from '../../transformer/config.ts'
import type { Lora } from '../../transformer/lora.ts'
import type { RewardKind } from '../kinds/kind.ts'
import type { EncodedSolution } from './batches.ts'

/** Which numbers are learned: of a head alone, of a head and low-rank additions to the backbone, or all. */
export type Tuning = { tune: 'all' } | { tune: 'head' } | ({ tune: 'lora' } & Lora)

/** What is learned of a reward, and how its read-outs are made. */
export interface Learner {
  /** Of the whole model. */
  config: TransformerConfig
  /** A frozen language model beside it. */
  beside?: Checkpoint
  /** What is learned, in the order of the flat vector. */
  shapes: Shapes
  initial(): Float32Array
  batch(solutions: readonly EncodedSolution[]): Batch
  /** Read-outs [solutions, steps] of a batch. */
  readOuts(graph: Graph, parameters: Map<string, Value>): Value
  /** Read-outs of each solution, with parameters that are still being trained. */
  read(parameters: Float32Array, solutions: readonly EncodedSolution[]): Promise<ArrayLike<number>[]>
  /** The whole model with these parameters. */
  tensors(parameters: Float32Array): Map<string, Tensor>
}

export interface LearnerOptions {
  kind: RewardKind
  backbone: Checkpoint
  surprisalModel?: Checkpoint
  tuning?: Tuning
  seed: number
  batchTokens: number
  threads: number
}

/**
 * Where a learner keeps what a model that stays as it is has read, the backbone of a head or the model beside a trunk, and how
 * it tells that it reads.
 */
export interface Reading {
  directory: string
  onRead?: (done: number, total: number) => void
  signal?: AbortSignal
}
