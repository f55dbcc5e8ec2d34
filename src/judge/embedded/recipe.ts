import type { SamplePlan } from '../../reward/samples.ts'
import { type JudgeSettings, judgeDefaults } from './train.ts'

/** Everything that decides the shipped judge, given a backbone and labelled samples. */
export interface JudgeRecipe {
  seed: number
  /** Samples of short problems beside those that the CRM learned from, which have none. */
  short: Pick<SamplePlan, 'perLevel' | 'samplesPerProblem'> & { temperature: number }
  base: { drills: number; steps: number; peak: number; warmup: number; batchTokens: number }
  judge: JudgeSettings
  dropSolved: number
  /** Validation pairs that accuracy is measured on. */
  probe: number
}

export const fullJudge: JudgeRecipe = {
  seed: 1,
  short: { perLevel: { 1: 1500 }, samplesPerProblem: 2, temperature: 0.8 },
  base: { drills: 6000, steps: 8000, peak: 1e-3, warmup: 100, batchTokens: 4096 },
  judge: judgeDefaults,
  dropSolved: 4,
  probe: 300,
}

/** The same stages in minutes: it shows that everything runs, the judge is poor. */
export const quickJudge: JudgeRecipe = {
  ...fullJudge,
  short: { ...fullJudge.short, perLevel: { 1: 50 } },
  base: { ...fullJudge.base, drills: 100, steps: 100, warmup: 10 },
  judge: { ...judgeDefaults, steps: 4, pairs: 8, judgments: 4, maxTokens: 96 },
  probe: 20,
}
