import { join } from 'node:path'
import { type Random, random } from '../../reasoning/random.ts'
import { flatten } from '../../tensor/trainer.ts'
import type { LanguageExample } from '../../transformer/batches.ts'
import { type Checkpoint, writeCheckpoint } from '../../transformer/checkpoint.ts'
import {
  type LanguageResult,
  languageBatches,
  randomText,
  trainLanguage,
} from '../../transformer/pretraining.ts'
import type { Tokenizer } from '../../transformer/tokenizer.ts'
import type { TrainingRun } from '../../transformer/training.ts'
import type { LabelledSample } from './pairs.ts'
import { skillExample, skillTexts } from './skills.ts'

/** Longest judgment in tokens, both responses and the thinking included. */
export const judgeContext = 768

/**
 * The backbone's own, 100, turns even its slowest heads once in 470 tokens: they cannot look back over two responses. With more of it
 * they can, once they have practised.
 */
const ropeTheta = 1000

export interface JudgeBaseTraining {
  /** The language model that it starts from. */
  backbone: Checkpoint
  train: readonly LabelledSample[]
  validation: readonly LabelledSample[]
  seed: number
  /** So many copying drills first. */
  drills: number
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

/** Tokens between what is said and where it is said again, at most. */
const furthest = 500

/**
 * Random tokens, said again from further and further away: the heads that copy know the distances of the problems that the backbone learned
 * from, and a response is further off. The first token must be guessed, and is not learned.
 */
function drill(tokenizer: Tokenizer, distance: number, stream: Random): LanguageExample {
  const { problem, solution, step, end } = tokenizer.specials
  const said = randomText(tokenizer, stream.int(8, 48), stream)
  const between = randomText(tokenizer, stream.int(0, Math.round(distance)), stream)
  const noise = between.filter((token) => !said.includes(token))
  const cut = stream.int(0, noise.length)
  const prompt = [problem, ...noise.slice(0, cut), ...said, ...noise.slice(cut), solution]
  return { ids: [...prompt, ...said, step, ...said, step, end], from: prompt.length + 1 }
}

/**
 * Trains what a judge starts from: a reasoner that solves problems, checks steps and compares answers, and that knows what a judgment
 * looks like, but not how to tell which response is better (`skills.ts`). Its state lives in `directory/training`; `directory` is the checkpoint.
 */
export async function trainJudgeBase(
  directory: string,
  options: JudgeBaseTraining,
  run: Pick<TrainingRun, 'onStep' | 'signal'>,
): Promise<LanguageResult> {
  const { backbone, train, validation, seed, drills, steps, peak, warmup, batchTokens, threads } = options
  const { tokenizer } = backbone
  const config = { ...backbone.config, contextLength: judgeContext, ropeTheta }
  const batches = (samples: readonly LabelledSample[], count: number, drills: number) => {
    const text = skillTexts(samples, seed)
    const example = (i: number): LanguageExample =>
      i < drills
        ? drill(tokenizer, (i / drills) * furthest, random('far copies', seed, i))
        : skillExample(tokenizer, text(i - drills))
    return (index: number) => {
      const examples = Array.from({ length: count }, (_, i) => example(index * count + i))
      const fitting = examples.filter(({ ids }) => ids.length <= judgeContext)
      return languageBatches(fitting, batchTokens, random('judge base', seed, index))
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
        ...{ config, seed, drills, steps, peak, warmup, batchTokens },
        samples: [train.length, validation.length],
      }),
      initial: (shapes) => flatten(shapes, (name) => backbone.tensors.get(name)!.data),
      window: batches(train, textsOfWindow, drills),
      validation: batches(validation, validationTexts, 0)(0),
    },
    { ...run, directory: join(directory, 'training') },
  )
  writeCheckpoint(directory, { config, tensors: result.tensors, tokenizer }, { dtype: 'F16' })
  return result
}
