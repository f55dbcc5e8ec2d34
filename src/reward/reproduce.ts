import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { taskNamed, tasks } from '../tasks/index.ts'
import { readCheckpoint, writeCheckpoint } from '../transformer/checkpoint.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { pretrain, taskTokenizer } from '../transformer/pretraining.ts'
import type { Tokenizer } from '../transformer/tokenizer.ts'
import type { History } from '../transformer/training.ts'
import { crmObjective } from './crm.ts'
import { configOf, type LanguageModelRecipe, type Recipe } from './recipe.ts'
import { readLabelled, writeLabelledSamples } from './samples.ts'
import { trainReward } from './training.ts'

/** Called as a stage goes on; `total` counts its steps or rows. */
export type Report = (stage: string, done: number, total: number, note?: string) => void

export interface StageSummary {
  name: string
  /** Wall-clock seconds spent on it by this process. */
  seconds: number
  tokens?: number
  step?: number
  history?: History[]
}

export interface Reproduction {
  recipe: Recipe
  directory: string
  threads: number
  report: Report
  signal?: AbortSignal
}

/**
 * From nothing to the shipped checkpoints: tokenizer, policy, backbone, the policy's labelled samples, CRM. Each stage leaves
 * its result in the folder and is passed over when that is there; a stage that was killed goes on where it stood.
 * `models/` inside the folder is the result, float16; every stage reads the ones before it as they are shipped.
 */
export async function reproduce(run: Reproduction): Promise<StageSummary[]> {
  const { recipe, directory, threads, report, signal } = run
  const models = join(directory, 'models')
  const work = (name: string) => join(directory, 'work', name)
  await mkdir(join(directory, 'work'), { recursive: true })
  const summaries: StageSummary[] = []
  const timed = async (name: string, stage: () => Promise<Partial<StageSummary>>) => {
    const start = Date.now()
    const summary = await stage()
    summaries.push({ name, seconds: (Date.now() - start) / 1000, ...summary })
  }

  const tokenizer = taskTokenizer(tasks, { seed: recipe.seed, ...recipe.tokenizer })
  for (const name of ['policy', 'backbone'] as const) {
    await timed(name, () =>
      languageModel(recipe[name], { name, seed: recipe.seed, tokenizer, work: work(name), out: join(models, name), run }),
    )
  }
  for (const split of ['train', 'validation'] as const) {
    await timed(`samples for ${split}`, async () => {
      const { temperature, samplesPerProblem, ...levels } = recipe.samples
      const generator = embeddedGenerator(join(models, 'policy'), { threads, temperature })
      try {
        await writeLabelledSamples(
          { tasks, split, perLevel: levels[split], samplesPerProblem, seed: recipe.seed },
          generator,
          work(`samples-${split}.jsonl`),
          { signal, onProgress: (done, total) => report(`samples for ${split}`, done, total) },
        )
      } finally {
        await generator.close()
      }
      return {}
    })
  }
  await timed('crm', async () => {
    const backbone = readCheckpoint(join(models, 'backbone'))
    const { patience, epochs, peak, batchTokens } = recipe.crm
    const result = await trainReward(
      {
        backbone,
        objective: crmObjective(),
        name: 'crm all',
        train: await readLabelled(work('samples-train.jsonl')),
        validation: await readLabelled(work('samples-validation.jsonl')),
        seed: recipe.seed,
        epochs,
        peak,
        batchTokens,
        patience,
        threads,
      },
      { directory: work('crm'), signal, onStep: trainingNotes('crm', report) },
    )
    const { config, tensors, step, tokens, history } = result
    writeCheckpoint(
      join(models, 'crm'),
      { config, tensors, tokenizer: backbone.tokenizer, assay: { kind: 'crm', format: 1, outcomeTerm: 'all' } },
      { dtype: 'F16' },
    )
    return { step, tokens, history }
  })
  return summaries
}

async function languageModel(
  recipe: LanguageModelRecipe,
  at: { name: string; seed: number; tokenizer: Tokenizer; work: string; out: string; run: Reproduction },
): Promise<Partial<StageSummary>> {
  const { run } = at
  const { threads, report, signal } = run
  const { size: _, ...schedule } = recipe
  const config = configOf(recipe, at.tokenizer.vocabSize)
  const result = await pretrain({ tasks: run.recipe.curriculum.map(taskNamed), config, seed: at.seed, threads, ...schedule }, at.tokenizer, {
    directory: at.work,
    signal,
    onStep: trainingNotes(at.name, report),
  })
  writeCheckpoint(at.out, { config, tensors: result.tensors, tokenizer: at.tokenizer }, { dtype: 'F16' })
  return { step: result.step, tokens: result.tokens, history: result.history }
}

/** Reports training steps: the loss, smoothed, and the last validation. */
export function trainingNotes(stage: string, report: Report) {
  let smooth: number | undefined
  let validation = ''
  return (now: { step: number; steps: number; loss: number; metrics?: Record<string, number> }) => {
    smooth = smooth === undefined ? now.loss : 0.98 * smooth + 0.02 * now.loss
    if (now.metrics)
      validation = `, validation ${Object.entries(now.metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`).join(' ')}`
    report(stage, now.step, now.steps, `loss ${smooth.toFixed(3)}${validation}`)
  }
}
