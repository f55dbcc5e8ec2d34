import { auc, ece, firstErrorMetrics } from '../reward/metrics.ts'
import type { Split } from '../tasks/index.ts'
import { type BestOfNReport, bestOfN, type ScoredPool } from './best-of-n.ts'
import { readPools } from './best-of-n-run.ts'
import {
  type BootstrapOptions,
  drawResamples,
  type Interval,
  percentileInterval,
  resampledMeans,
} from './bootstrap.ts'
import type { Plan } from './plan.ts'
import type { PoolRow } from './pools.ts'
import { repeatedBySeed } from './seeds.ts'

/** One task (or 'all' of them) and split. */
export interface BestOfNSet {
  task: string
  split: Split
  samples: SampleCounts
  accuracy: BestOfNReport
  /** By reward. */
  quality: Record<string, RewardQuality>
}

export interface SampleCounts {
  /** Of all problems and seeds. */
  total: number
  /** Share without an answer: they came to no end, or ended without one. */
  withoutAnswer: number
  /** Share left when the equal samples of a problem and seed count once. */
  distinct: number
  /** Mean generated tokens of a sample. */
  tokens: number
}

/** How a reward reads single samples: all with a score, equal ones as often as they were drawn. */
export interface RewardQuality {
  scored: number
  /** null for a reward without an opinion on single steps. */
  firstError: {
    overall: Interval | null
    onWrong: Interval | null
    onCorrect: Interval | null
    f1: number | null
  } | null
  /** Of exp(score) as the chance that the answer is right. */
  auc: number | null
  ece: number | null
  brier: Interval | null
}

export interface BestOfNReportOptions extends BootstrapOptions {
  counts: readonly number[]
}

/** Reads the pools that `runBestOfN` left in `directory`, and reports on each task and split, then on all tasks together. */
export async function reportBestOfN(
  plan: Plan,
  directory: string,
  options: BestOfNReportOptions,
): Promise<BestOfNSet[]> {
  const sets: BestOfNSet[] = []
  for (const split of plan.splits) {
    const all: PoolRow[] = []
    for (const task of plan.tasks) {
      const pools = await readPools(plan, directory, task, split)
      sets.push(reportOn(task, split, pools, options))
      all.push(...pools)
    }
    if (plan.tasks.length > 1) sets.push(reportOn('all', split, all, options))
  }
  return sets
}

/** @param pools of every problem as many as there are seeds */
export function reportOn(
  task: string,
  split: Split,
  pools: readonly PoolRow[],
  options: BestOfNReportOptions,
): BestOfNSet {
  const repeated = repeatedBySeed(
    pools,
    (pool) => pool.rewards,
    (pool, rewards): PoolRow => ({ ...pool, rewards }),
  )
  const rewards = Object.keys(repeated[0].rewards)
  return {
    task,
    split,
    samples: sampleCounts(pools),
    accuracy: bestOfN(repeated.map(scoredPool), { ...options, rewards }),
    quality: Object.fromEntries(rewards.map((reward) => [reward, qualityOf(repeated, reward, options)])),
  }
}

function scoredPool({ id, answer, correct, rewards }: PoolRow): ScoredPool {
  const names = Object.keys(rewards)
  return {
    id,
    candidates: answer.map((each, i) => ({
      answer: each,
      correct: correct[i] === 1,
      scores: Object.fromEntries(
        names.map((name) => [name, rewards[name].score[i] ?? Number.NEGATIVE_INFINITY]),
      ),
    })),
  }
}

function sampleCounts(pools: readonly PoolRow[]): SampleCounts {
  const sum = (value: (pool: PoolRow) => number) => pools.reduce((total, pool) => total + value(pool), 0)
  const total = sum(({ answer }) => answer.length)
  return {
    total,
    withoutAnswer: sum(({ answer }) => answer.filter((each) => each === null).length) / total,
    distinct: sum(({ distinct }) => distinct) / total,
    tokens: sum(({ tokens }) => tokens) / total,
  }
}

function qualityOf(pools: readonly PoolRow[], reward: string, options: BootstrapOptions): RewardQuality {
  const problems = [...new Set(pools.map(({ id }) => id))]
  const place = new Map(problems.map((id, i) => [id, i]))
  const sums = () => new Float64Array(problems.length)
  // per problem: samples, hits, and squared error
  const [right, rightHits, wrong, wrongHits, squared] = [sums(), sums(), sums(), sums(), sums()]
  const survival: number[] = []
  const correct: boolean[] = []
  const predicted: (number | null)[] = []
  const truth: (number | null)[] = []
  for (const pool of pools) {
    const problem = place.get(pool.id) as number
    const { score, first_error = [] } = pool.rewards[reward]
    for (const [i, logProbability] of score.entries()) {
      if (logProbability === null) continue
      const probability = Math.exp(logProbability)
      const hit = Number(first_error[i] === pool.first_error[i])
      survival.push(probability)
      correct.push(pool.correct[i] === 1)
      predicted.push(first_error[i])
      truth.push(pool.first_error[i])
      squared[problem] += (probability - pool.correct[i]) ** 2
      if (pool.correct[i] === 1) {
        right[problem]++
        rightHits[problem] += hit
      } else {
        wrong[problem]++
        wrongHits[problem] += hit
      }
    }
  }
  const draws = drawResamples(problems.length, options)
  const ratio = (part: Float64Array, whole: Float64Array): Interval | null => {
    const total = whole.reduce((a, b) => a + b, 0)
    if (total === 0) return null
    const [parts, wholes] = [resampledMeans(part, draws), resampledMeans(whole, draws)]
    const resampled = parts.map((value, row) => value / wholes[row]).filter((value) => !Number.isNaN(value))
    return percentileInterval(part.reduce((a, b) => a + b, 0) / total, resampled, options.confidence)
  }
  const both = (a: Float64Array, b: Float64Array) => a.map((value, i) => value + b[i])
  return {
    scored: survival.length,
    firstError: !pools.some((pool) => pool.rewards[reward].first_error)
      ? null
      : {
          overall: ratio(both(rightHits, wrongHits), both(right, wrong)),
          onWrong: ratio(wrongHits, wrong),
          onCorrect: ratio(rightHits, right),
          f1: firstErrorMetrics(predicted, truth).f1,
        },
    auc: auc(survival, correct),
    ece: ece(survival, correct),
    brier: ratio(squared, both(right, wrong)),
  }
}
