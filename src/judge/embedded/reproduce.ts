import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Reproduction,
  type StageSummary,
  summary,
  trainingNotes,
} from '../../reward/reproduce/reproduce.ts'
import { writeLabelledSamples } from '../../reward/samples.ts'
import { tasks } from '../../tasks/index.ts'
import { readCheckpoint, writeCheckpoint } from '../../transformer/checkpoint.ts'
import { embeddedGenerator } from '../../transformer/generator.ts'
import { trainJudgeBase } from './base.ts'
import { judgeCard } from './card.ts'
import type { JudgeRecipe } from './recipe.ts'
import { readJudgeSamples } from './samples.ts'
import { teachJudge } from './teach.ts'

/** What a run of `reproduce` left in this folder, gone on with: base and judge, from its backbone and labelled samples. */
export async function reproduceJudge(
  run: Omit<Reproduction, 'recipe'> & { recipe: JudgeRecipe; command: string },
): Promise<StageSummary[]> {
  const { recipe, directory, threads, report, signal } = run
  const { seed, judge: settings, dropSolved, probe } = recipe
  const work = (name: string) => join(directory, 'work', name)
  const models = (name: string) => join(directory, 'models', name)
  await writeShortSamples(run, work('samples-short.jsonl'))
  const train = [
    ...(await readJudgeSamples(work('samples-train.jsonl'))),
    ...(await readJudgeSamples(work('samples-short.jsonl'))),
  ]
  const validation = await readJudgeSamples(work('samples-validation.jsonl'))
  const base = await trainJudgeBase(
    work('judge-base'),
    {
      backbone: readCheckpoint(models('backbone')),
      train,
      validation,
      seed,
      threads,
      ...recipe.base,
    },
    { signal, onStep: trainingNotes('judge base', report) },
  )
  writeCheckpoint(models('judge-base'), readCheckpoint(work('judge-base')), { dtype: 'F16' })
  const began = Date.now()
  const { rows, before, after, policy } = await teachJudge({
    directory: work('judge'),
    base: work('judge-base'),
    settings,
    describes: {},
    train,
    validation,
    probe,
    dropSolved,
    threads,
    signal,
    onPairs: (done, total) => report('difficulty', done, total, 'pairs'),
    onStep({ step, accuracy, tokens }) {
      report(
        'judge',
        step + 1,
        settings.steps,
        `right ${accuracy.toFixed(3)}, thinking ${tokens.toFixed(0)} tokens`,
      )
    },
  })
  const judge = readCheckpoint(policy)
  const out = models('judge')
  writeCheckpoint(out, judge, { dtype: 'F16' })
  const stages: StageSummary[] = [
    summary('judge base', base),
    {
      name: 'judge',
      parameters: base.parameters.length,
      steps: rows.length,
      step: rows.length,
      tokens: Math.round(
        rows.reduce((sum, { tokens }) => sum + tokens * settings.pairs * settings.judgments, 0),
      ),
      seconds: Math.round((Date.now() - began) / 1000),
      validation: { 'accuracy before': before, 'accuracy after': after },
    },
  ]
  writeFileSync(join(out, 'README.md'), judgeCard(recipe, stages, run.command))
  return stages
}

/** The policy's solutions of problems so short that the CRM did not need them; a judge that has seen none is lost in them. */
async function writeShortSamples(
  { recipe, directory, threads, report, signal }: Parameters<typeof reproduceJudge>[0],
  file: string,
): Promise<void> {
  const { temperature, ...plan } = recipe.short
  const generator = embeddedGenerator(join(directory, 'models', 'policy'), { threads, temperature })
  try {
    await writeLabelledSamples({ tasks, split: 'train', seed: recipe.seed, ...plan }, generator, file, {
      signal,
      onProgress: (done, total) => report('short samples', done, total),
    })
  } finally {
    await generator.close()
  }
}
