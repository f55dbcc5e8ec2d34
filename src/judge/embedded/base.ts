import { join } from 'node:path'
import { random } from '../../reasoning/random.ts'
import { flatten } from '../../tensor/trainer.ts'
import type { LanguageExample } from '../../transformer/batches.ts'
import { type Checkpoint, writeCheckpoint } from '../../transformer/checkpoint.ts'
import { type LanguageResult, languageBatches, trainLanguage } from '../../transformer/pretraining.ts'
import type { TrainingRun } from '../../transformer/training.ts'
import type { LabelledSample } from './pairs.ts'
import { skillExample, skillTexts } from './skills.ts'

/** Longest judgment in tokens, both responses and the thinking included. */
export const judgeContext = 768

export interface JudgeBaseTraining {
  /** The language model that it starts from. */
  backbone: Checkpoint
  train: readonly LabelledSample[]
  validation: readonly LabelledSample[]
  seed: number
  steps: number
  /** Peak learning rate. */
  peak: number
  warmup: number
  /** Padded tokens in a batch. */
  batchTokens: number
  threads: number
}

const textsOfWindow = 1024
const validationTexts = 512

/**
 * Trains what a judge starts from: a reasoner that solves problems, checks steps and compares answers, and that knows what a judgment
 * looks like, but not how to tell which response is better (`skills.ts`). Its state lives in `directory/training`; `directory` is the checkpoint.
 */
export async function trainJudgeBase(
  directory: string,
  options: JudgeBaseTraining,
  run: Pick<TrainingRun, 'onStep' | 'signal'>,
): Promise<LanguageResult> {
  const { backbone, train, validation, seed, steps, peak, warmup, batchTokens, threads } = options
  const { tokenizer } = backbone
  const config = { ...backbone.config, contextLength: judgeContext }
  const batches = (samples: readonly LabelledSample[], count: number) => {
    const text = skillTexts(samples, seed)
    return (index: number) => {
      const examples = Array.from({ length: count }, (_, i) =>
        skillExample(tokenizer, text(index * count + i)),
      ).filter(({ ids }: LanguageExample) => ids.length <= judgeContext)
      return languageBatches(examples, batchTokens, random('judge base', seed, index))
    }
  }
  const result = await trainLanguage(
    {
      config,
      steps,
      peak,
      warmup,
      threads,
      fingerprint: JSON.stringify({
        ...{ config, seed, steps, peak, warmup, batchTokens },
        samples: [train.length, validation.length],
      }),
      initial: (shapes) => flatten(shapes, (name) => backbone.tensors.get(name)!.data),
      window: batches(train, textsOfWindow),
      validation: batches(validation, validationTexts)(0),
    },
    { ...run, directory: join(directory, 'training') },
  )
  writeCheckpoint(directory, { config, tensors: result.tensors, tokenizer }, { dtype: 'F16' })
  return result
}
