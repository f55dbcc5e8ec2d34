import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Reproduction, type StageSummary, summary, trainingNotes } from '../../reward/reproduce.ts'
import { readCheckpoint, writeCheckpoint } from '../../transformer/checkpoint.ts'
import { trainJudgeBase } from './base.ts'
import { judgeCard } from './card.ts'
import { readJudgeSamples } from './samples.ts'
import { teachJudge } from './teach.ts'
import { type JudgeSettings, judgeDefaults } from './train.ts'

/** Everything that decides the shipped judge, given a backbone and labelled samples. */
export interface JudgeRecipe {
  seed: number
  base: { drills: number; steps: number; peak: number; warmup: number; batchTokens: number }
  judge: JudgeSettings
  dropSolved: number
  /** Validation pairs that accuracy is measured on. */
  probe: number
}

export const fullJudge: JudgeRecipe = {
  seed: 1,
  base: { drills: 6000, steps: 6000, peak: 1e-3, warmup: 100, batchTokens: 4096 },
  judge: judgeDefaults,
  dropSolved: 4,
  probe: 300,
}

/** The same stages in minutes: it shows that everything runs, the judge is poor. */
export const quickJudge: JudgeRecipe = {
  ...fullJudge,
  base: { ...fullJudge.base, drills: 100, steps: 100, warmup: 10 },
  judge: { ...judgeDefaults, steps: 4, pairs: 8, judgments: 4, maxTokens: 96 },
  probe: 20,
}

/** What a run of `reproduce` left in this folder, gone on with: base and judge, from its backbone and labelled samples. */
export async function reproduceJudge(
  run: Omit<Reproduction, 'recipe'> & { recipe: JudgeRecipe; command: string },
): Promise<StageSummary[]> {
  const { recipe, directory, threads, report, signal } = run
  const { seed, judge: settings, dropSolved, probe } = recipe
  const work = (name: string) => join(directory, 'work', name)
  const train = await readJudgeSamples(work('samples-train.jsonl'))
  const validation = await readJudgeSamples(work('samples-validation.jsonl'))
  const base = await trainJudgeBase(
    work('judge-base'),
    {
      backbone: readCheckpoint(join(directory, 'models', 'backbone')),
      train,
      validation,
      seed,
      threads,
      ...recipe.base,
    },
    { signal, onStep: trainingNotes('judge base', report) },
  )
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
  const out = join(directory, 'models', 'judge')
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
