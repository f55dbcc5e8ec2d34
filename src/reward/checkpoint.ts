import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../reasoning/errors.ts'
import type { Dtype } from '../tensor/safetensors.ts'
import { sizeOf } from '../tensor/trainer.ts'
import {
  type AssayJson,
  type Checkpoint,
  type CheckpointHeader,
  readCheckpoint,
  readCheckpointHeader,
  writeCheckpoint,
} from '../transformer/checkpoint.ts'
import { hasScoreHead, type TransformerConfig } from '../transformer/config.ts'
import type { KindOptions, RewardKind } from './kinds/kind.ts'
import { kindNamed } from './kinds/kinds.ts'

/** A reward model without its weights. */
export interface RewardHeader extends CheckpointHeader {
  kind: RewardKind
  beside?: CheckpointHeader
}

/** A reward model. */
export interface RewardCheckpoint extends Checkpoint {
  kind: RewardKind
  /**
   * A frozen language model beside it: for a score head, the one whose surprisal it reads, where it was trained so; for a
   * log ratio, the reference.
   */
  beside?: Checkpoint
}

/** Tensors of a reward model beside its architecture's. */
export function rewardTensors(
  { hiddenSize }: TransformerConfig,
  surprisal: boolean,
): Record<string, number[]> {
  return surprisal ? { 'surprisal.weight': [hiddenSize] } : {}
}

/** Tensors of a score head, which every tuning learns. */
export function isOfHead(name: string): boolean {
  return /^(score|surprisal)\./.test(name)
}

/** What a tensor of a reward starts as: the backbone's; a new head starts at zero, with even odds everywhere. */
export function startFrom(backbone: Checkpoint): (name: string, shape: readonly number[]) => Float32Array {
  return (name, shape) => backbone.tensors.get(name)?.data ?? new Float32Array(sizeOf(shape))
}

/** The folder, in a reward checkpoint, of the language model beside it: a checkpoint of its own. */
function folderOf({ readOut }: RewardKind): string {
  return readOut === 'head' ? 'surprisal' : 'reference'
}

/**
 * Reads a reward checkpoint directory. One with our tokenizer and without assay.json counts as a CRM.
 * @throws InputError when it holds no reward model, or one without the language model that it needs
 */
export function readReward(directory: string): RewardCheckpoint {
  return read(directory, readCheckpoint)
}

/** The same without the weights. */
export function readRewardHeader(directory: string): RewardHeader {
  return read(directory, readCheckpointHeader)
}

function read<C extends CheckpointHeader>(
  directory: string,
  checkpointIn: (directory: string) => C,
): C & { kind: RewardKind; beside?: C } {
  const checkpoint = checkpointIn(directory)
  const { kind: name = 'crm', layout, tensors, ...options } = checkpoint.assay ?? {}
  const isHead = hasScoreHead(checkpoint.config)
  if (!isHead && checkpoint.assay === undefined)
    throw new InputError('is a language model without a reward head', {
      where: directory,
      fix: 'Train one on top of it with `assay train crm`, or name another directory.',
    })
  const kind = kindNamed(name, options as KindOptions, join(directory, 'assay.json'))
  const { tokenizer } = checkpoint
  if (!tokenizer.hasSpecials && tokenizer.layout === undefined)
    throw new InputError('does not say how solutions become tokens', {
      where: directory,
      fix: 'Add an assay.json with its layout, as docs/checkpoints.md shows.',
    })
  if (isHead && tensors?.['surprisal.weight'] === undefined) return { ...checkpoint, kind }
  const beside = checkpointIn(join(directory, folderOf(kind)))
  checkSameTokens(checkpoint, beside, join(directory, folderOf(kind)))
  return { ...checkpoint, kind, beside }
}

/**
 * Writes it, the language model beside it first: without the reward itself the directory holds no checkpoint. An older reward
 * there, which would be read with the new model beside it, is no checkpoint from then on. As float16, but foreign models as they
 * were: their weights come back bit by bit where they were not trained, their heads are float32.
 */
export function writeReward(directory: string, { kind, beside, ...checkpoint }: RewardCheckpoint): void {
  const { layout } = checkpoint.tokenizer
  const assay: AssayJson = { kind: kind.name, format: 1, ...kind.options, ...(layout && { layout }) }
  if (kind.readOut === 'head') assay.tensors = rewardTensors(checkpoint.config, beside !== undefined)
  if (beside) {
    rmSync(join(directory, 'config.json'), { force: true })
    writeCheckpoint(join(directory, folderOf(kind)), beside, { dtype: dtypeOf(beside) })
  }
  writeCheckpoint(directory, { ...checkpoint, assay }, { dtype: dtypeOf(checkpoint) })
}

function dtypeOf({ foreign, dtype = 'F16' }: Checkpoint): Dtype | ((name: string) => Dtype) {
  if (!foreign) return 'F16'
  return (name) => (isOfHead(name) ? 'F32' : dtype)
}

/** @throws InputError unless both models cut a text into the same tokens */
export function checkSameTokens(reward: CheckpointHeader, beside: CheckpointHeader, where: string): void {
  if (JSON.stringify(reward.tokenizer.json) !== JSON.stringify(beside.tokenizer.json))
    throw new InputError('has another tokenizer than the reward model, so its surprisal is of other tokens', {
      where,
      fix: 'Use a language model with the tokenizer of the backbone, or none.',
    })
}
