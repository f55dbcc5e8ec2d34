import { join } from 'node:path'
import { z } from 'zod'
import type { Generator, Problem, StepScorer, Verifier } from '../reasoning/types.ts'
import { type PrunedResult, prunedBestOfN } from '../search/pruned.ts'
import type { Split } from '../tasks/index.ts'
import type { BootstrapOptions, Interval } from './bootstrap.ts'
import { type Plan, type PlanRun, readPlan, runPlan } from './lab/plan.ts'
import { ratiosOver } from './ratios.ts'
import { settingsFolder } from './settings.ts'

const cost = z.object({ tokens: z.int(), scored: z.int(), correct: z.literal([0, 1]) })

/** One problem: best of N with every candidate finished, and with pruning, by N. */
const prunedRow = z.object({
  id: z.string(),
  problem: z.string(),
  sizes: z.record(
    z.string(),
    z.object({
      full: cost,
      pruned: cost,
      /** 1: the same candidate wins; or one whose score differs by no more than the engine's rounding. */
      same: z.literal([0, 1]),
    }),
  ),
})

export type PrunedRow = z.infer<typeof prunedRow>

export interface PrunedRun extends Pick<PlanRun<PrunedRow>, 'group' | 'signal' | 'report'> {
  /** Of the rows: see {@link prunedFolder}. */
  folder: string
  generator: Generator
  /** A scorer that has scored nothing yet: one search does not find what another has left. */
  scorer: () => StepScorer
  verifier: Verifier
  counts: readonly number[]
  /** Candidates of a problem that advance at once. */
  width: number
}

/** Where the rows of one reward are kept, in the folder of the samples. */
export function prunedFolder(
  directory: string,
  settings: { counts: readonly number[]; width: number; reward: string },
): Promise<string> {
  return settingsFolder(join(directory, 'pruned'), 'best-of', settings)
}

/** Hazards of float32 depend on their batch in the last digits: scores this close are one. */
const rounding = 1e-5

/** Best of N with and without pruning, for the problems of a plan; see {@link runPlan}. */
export async function runPruned(plan: Plan, run: PrunedRun): Promise<void> {
  const { generator, scorer, verifier, counts, width } = run
  await runPlan<PrunedRow>(plan, {
    ...run,
    async make(problems, seed) {
      const rows = problems.map(({ id, problem }): PrunedRow => ({ id, problem, sizes: {} }))
      for (const n of counts) {
        const options = { generator, n, seed }
        const full = await prunedBestOfN(problems, { ...options, scorer: scorer(), prune: false })
        const pruned = await prunedBestOfN(problems, { ...options, scorer: scorer(), width })
        for (const [i, problem] of problems.entries())
          rows[i].sizes[n] = {
            full: costOf(full[i], problem, verifier),
            pruned: costOf(pruned[i], problem, verifier),
            same: isSame(full[i], pruned[i]) ? 1 : 0,
          }
      }
      return rows
    },
  })
}

function costOf({ tokens, scoredSteps, winner }: PrunedResult, { id, problem }: Problem, verifier: Verifier) {
  const right = winner !== null && verifier.verify({ id, problem, steps: winner.steps }).correct
  return { tokens, scored: scoredSteps, correct: right ? (1 as const) : (0 as const) }
}

function isSame({ winner: a }: PrunedResult, { winner: b }: PrunedResult): boolean {
  if (a === null || b === null) return a === b
  return a.index === b.index || Math.abs(a.score - b.score) < rounding
}

export interface PrunedPoint {
  n: number
  /** Shares of what finishing all of them takes, in all problems together. */
  tokens: Interval
  scored: Interval
  /** Share of problems answered right, finishing all and with pruning. */
  full: Interval
  pruned: Interval
  /** Share of problems with the same winner. */
  same: number
}

export interface PrunedSet {
  task: string
  split: Split
  problems: number
  points: PrunedPoint[]
}

/** Reads what {@link runPruned} left, and reports on each task and split, then on all tasks together. */
export async function reportPruned(
  plan: Plan,
  folder: string,
  counts: readonly number[],
  options: BootstrapOptions,
): Promise<PrunedSet[]> {
  const sets: PrunedSet[] = []
  for (const split of plan.splits) {
    const all: PrunedRow[] = []
    for (const task of plan.tasks) {
      const rows = await readPlan(plan, { folder, schema: prunedRow }, task, split)
      sets.push(reportOn(task, split, rows, counts, options))
      all.push(...rows)
    }
    if (plan.tasks.length > 1) sets.push(reportOn('all', split, all, counts, options))
  }
  return sets
}

function reportOn(
  task: string,
  split: Split,
  rows: readonly PrunedRow[],
  counts: readonly number[],
  options: BootstrapOptions,
): PrunedSet {
  const ids = rows.map(({ id }) => id)
  const { ratio, meanShare } = ratiosOver(ids, options)
  const points = counts.map((n): PrunedPoint => {
    const sizes = rows.map((row) => row.sizes[n])
    const cost = (kind: 'tokens' | 'scored') =>
      ratio((i) => [sizes[i].pruned[kind], sizes[i].full[kind]]) as Interval
    const right = (kind: 'full' | 'pruned') => meanShare((i) => sizes[i][kind].correct)
    return {
      n,
      tokens: cost('tokens'),
      scored: cost('scored'),
      full: right('full'),
      pruned: right('pruned'),
      same: sizes.filter(({ same }) => same === 1).length / sizes.length,
    }
  })
  return { task, split, problems: rows.length, points }
}
