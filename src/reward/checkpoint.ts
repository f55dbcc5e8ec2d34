import { join } from 'node:path'
import { InputError } from '../reasoning/errors.ts'
import {
  type AssayJson,
  type Checkpoint,
  readCheckpoint,
  writeCheckpoint,
} from '../transformer/checkpoint.ts'
import type { TransformerConfig } from '../transformer/config.ts'
import type { KindOptions, RewardKind } from './kind.ts'
import { kindNamed } from './kinds.ts'

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

/** The folder, in a reward checkpoint, of the language model beside it: a checkpoint of its own. */
function folderOf({ readOut }: RewardKind): string {
  return readOut === 'head' ? 'surprisal' : 'reference'
}

/**
 * Reads a reward checkpoint directory. One without assay.json counts as a CRM.
 * @throws InputError when it holds no reward model, or one without the language model that it needs
 */
export function readReward(directory: string): RewardCheckpoint {
  const checkpoint = readCheckpoint(directory)
  const { kind: name = 'crm', ...options } = checkpoint.assay ?? {}
  const isHead = checkpoint.tensors.has('score.weight')
  if (!isHead && checkpoint.assay === undefined)
    throw new InputError('is a language model without a reward head', {
      where: directory,
      fix: 'Train one on top of it with `assay train crm`, or name another directory.',
    })
  const kind = kindNamed(name, options as KindOptions)
  checkpoint.tokenizer.specials // a foreign tokenizer is refused here, not in a thread
  if (isHead && !checkpoint.tensors.has('surprisal.weight')) return { ...checkpoint, kind }
  const beside = readCheckpoint(join(directory, folderOf(kind)))
  checkSameTokens(checkpoint, beside, join(directory, folderOf(kind)))
  return { ...checkpoint, kind, beside }
}

/** Writes it as float16, the language model beside it first: without the reward itself the directory holds no checkpoint. */
export function writeReward(directory: string, { kind, beside, ...checkpoint }: RewardCheckpoint): void {
  const assay: AssayJson = { kind: kind.name, format: 1, ...kind.options }
  if (kind.readOut === 'head') assay.tensors = rewardTensors(checkpoint.config, beside !== undefined)
  if (beside) writeCheckpoint(join(directory, folderOf(kind)), beside, { dtype: 'F16' })
  writeCheckpoint(directory, { ...checkpoint, assay }, { dtype: 'F16' })
}

/** @throws InputError unless both models cut a text into the same tokens */
export function checkSameTokens(reward: Checkpoint, beside: Checkpoint, where: string): void {
  if (JSON.stringify(reward.tokenizer.json) !== JSON.stringify(beside.tokenizer.json))
    throw new InputError('has another tokenizer than the reward model, so its surprisal is of other tokens', {
      where,
      fix: 'Use a language model with the tokenizer of the backbone, or none.',
    })
}
