import { join } from 'node:path'
import { InputError } from '../reasoning/errors.ts'
import {
  type AssayJson,
  type Checkpoint,
  readCheckpoint,
  writeCheckpoint,
} from '../transformer/checkpoint.ts'
import type { TransformerConfig } from '../transformer/config.ts'

/** A reward model, and the frozen language model whose surprisal it reads beside the text, where it was trained so. */
export interface RewardCheckpoint extends Checkpoint {
  assay: AssayJson
  surprisalModel?: Checkpoint
}

/** The frozen language model's folder in a reward checkpoint: a checkpoint of its own. */
const folder = 'surprisal'

/** Tensors of a reward model beside its architecture's. */
export function rewardTensors(
  { hiddenSize }: TransformerConfig,
  surprisal: boolean,
): Record<string, number[]> {
  return surprisal ? { 'surprisal.weight': [hiddenSize] } : {}
}

/**
 * Reads a reward checkpoint directory.
 * @throws InputError when it holds no reward model, or one without the language model that it needs
 */
export function readReward(directory: string): Checkpoint & { surprisalModel?: Checkpoint } {
  const checkpoint = readCheckpoint(directory)
  if (!checkpoint.tensors.has('score.weight'))
    throw new InputError('is a language model without a reward head', {
      where: directory,
      fix: 'Train one on top of it with `assay train crm`, or name another directory.',
    })
  checkpoint.tokenizer.specials // a foreign tokenizer is refused here, not in a thread
  if (!checkpoint.tensors.has('surprisal.weight')) return checkpoint
  const surprisalModel = readCheckpoint(join(directory, folder))
  checkSameTokens(checkpoint, surprisalModel, join(directory, folder))
  return { ...checkpoint, surprisalModel }
}

/** Writes it as float16, the frozen language model first: without the reward itself the directory holds no checkpoint. */
export function writeReward(directory: string, { surprisalModel, ...checkpoint }: RewardCheckpoint): void {
  const { config, assay } = checkpoint
  const tensors = rewardTensors(config, surprisalModel !== undefined)
  if (surprisalModel) writeCheckpoint(join(directory, folder), surprisalModel, { dtype: 'F16' })
  writeCheckpoint(directory, { ...checkpoint, assay: { ...assay, tensors } }, { dtype: 'F16' })
}

/** @throws InputError unless both models cut a text into the same tokens */
export function checkSameTokens(reward: Checkpoint, surprisalModel: Checkpoint, where: string): void {
  if (JSON.stringify(reward.tokenizer.json) !== JSON.stringify(surprisalModel.tokenizer.json))
    throw new InputError('has another tokenizer than the reward model, so its surprisal is of other tokens', {
      where,
      fix: 'Use a language model with the tokenizer of the backbone, or none.',
    })
}
