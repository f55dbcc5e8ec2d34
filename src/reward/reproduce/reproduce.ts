import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Split, taskNamed, tasks } from '../../tasks/index.ts'
import { readCheckpoint, writeCheckpoint } from '../../transformer/checkpoint.ts'
import { embeddedGenerator } from '../../transformer/generator.ts'
import { goldSolutions, goldTokenizer, pretrain } from '../../transformer/pretraining.ts'
import type { Tokenizer } from '../../transformer/tokenizer.ts'
import { readReward, writeReward } from '../checkpoint.ts'
import { crm } from '../kinds/crm.ts'
import { readLabelled, writeLabelledSamples } from '../samples.ts'
import { type TrainedReward, trainRewardCheckpoint } from '../training/training.ts'
import { configOf, type Recipe } from './recipe.ts'

/** Called as a stage goes on; `total` counts its steps or rows. */
export type Report = (stage: string, done: number, total: number, note?: string) => void

export interface Reproduction {
  recipe: Recipe
  directory: string
  threads: number
  report: Report
  signal?: AbortSignal
}

/** What one trained model came to. */
export interface StageSummary {
  name: 'policy' | 'backbone' | 'crm' | 'judge base' | 'judge'
  parameters: number
  steps: number
  /** The step that was kept: the best on validation. */
  step: number
  /** Tokens learned from. */
  tokens: number
  seconds: number
  /** On the validation split. */
  validation: Record<string, number>
}

/**
 * From nothing to the shipped checkpoints: tokenizer, policy, backbone, the policy's labelled samples, CRM. Each stage leaves
 * its state in `work/`; run again, the finished ones are passed over and a killed one goes on where it stood. `models/` is
 * the result, in float16; every stage reads the ones before it as they are shipped.
 */
export async function reproduce(run: Reproduction): Promise<StageSummary[]> {
  const { recipe, directory } = run
  mkdirSync(join(directory, 'work'), { recursive: true })
  const tokenizer = goldTokenizer(goldSolutions(tasks, recipe.seed), recipe.tokenizer)
  const policy = await languageModel('policy', tokenizer, run)
  const backbone = await languageModel('backbone', tokenizer, run)
  for (const split of ['train', 'validation'] as const) await samples(split, run)
  return [policy, backbone, await reward(run)]
}

const modelIn = (run: Reproduction, name: string) => join(run.directory, 'models', name)
const workIn = (run: Reproduction, name: string) => join(run.directory, 'work', name)

async function languageModel(
  name: 'policy' | 'backbone',
  tokenizer: Tokenizer,
  run: Reproduction,
): Promise<StageSummary> {
  const { recipe, threads, report, signal } = run
  const { size: _, practice, ...schedule } = recipe[name]
  const config = configOf(recipe[name], tokenizer.vocabSize)
  const gold = goldSolutions(recipe.curriculum.map(taskNamed), recipe.seed, practice)
  const result = await pretrain({ gold, config, seed: recipe.seed, threads, ...schedule }, tokenizer, {
    directory: workIn(run, name),
    signal,
    onStep: trainingNotes(name, report),
  })
  writeCheckpoint(modelIn(run, name), { config, tensors: result.tensors, tokenizer }, { dtype: 'F16' })
  return summary(name, result)
}

async function samples(split: Split & keyof Recipe['samples'], run: Reproduction): Promise<void> {
  const { recipe, threads, report, signal } = run
  const { temperature, samplesPerProblem } = recipe.samples
  const generator = embeddedGenerator(modelIn(run, 'policy'), { threads, temperature })
  try {
    await writeLabelledSamples(
      { tasks, split, perLevel: recipe.samples[split], samplesPerProblem, seed: recipe.seed },
      generator,
      workIn(run, `samples-${split}.jsonl`),
      { signal, onProgress: (done, total) => report(`samples for ${split}`, done, total) },
    )
  } finally {
    await generator.close()
  }
}

async function reward(run: Reproduction): Promise<StageSummary> {
  const { recipe, threads, report, signal } = run
  const backbone = readCheckpoint(modelIn(run, 'backbone'))
  const result = await trainRewardCheckpoint(
    workIn(run, 'crm'),
    {
      kind: crm(),
      backbone,
      surprisalModel: backbone,
      train: await readLabelled(workIn(run, 'samples-train.jsonl')),
      validation: await readLabelled(workIn(run, 'samples-validation.jsonl')),
      seed: recipe.seed,
      threads,
      ...recipe.crm,
    },
    {
      signal,
      onRead: (done, total) => report('solutions read for the crm', done, total),
      onStep: trainingNotes('crm', report),
    },
  )
  writeReward(modelIn(run, 'crm'), readReward(workIn(run, 'crm')))
  return summary('crm', result)
}

export function summary(name: StageSummary['name'], result: TrainedReward): StageSummary {
  const { parameters, steps, step, tokens, seconds, history, calibration } = result
  const kept = history.find((entry) => entry.step === step)?.metrics ?? {}
  return {
    name,
    parameters: parameters.length,
    steps,
    step,
    tokens,
    seconds: Math.round(seconds),
    validation: { ...kept, ...calibration?.metrics },
  }
}

/** Reports training steps: the loss, smoothed, and the last validation. */
export function trainingNotes(stage: string, report: Report) {
  let smooth: number | undefined
  let validation = ''
  return (now: { step: number; steps: number; loss: number; metrics?: Record<string, number> }) => {
    smooth = smooth === undefined ? now.loss : 0.98 * smooth + 0.02 * now.loss
    if (now.metrics)
      validation = `, validation ${Object.entries(now.metrics)
        .map(([name, value]) => `${name} ${value.toFixed(3)}`)
        .join(' ')}`
    report(stage, now.step, now.steps, `loss ${smooth.toFixed(3)}${validation}`)
  }
}
