import { auc, ece, firstErrorMetrics } from '../reward/metrics.ts'
import type { Split } from '../tasks/index.ts'
import { type BestOfNOptions, type BestOfNReport, bestOfNAccuracy, type ScoredPool } from './best-of-n.ts'
import { type BootstrapOptions, type Interval, meanOrNull } from './bootstrap.ts'
import { type PoolReader, togetherBySeed } from './lab/compared.ts'
import type { Plan } from './lab/plan.ts'
import type { PoolRow } from './lab/pools.ts'
import { kindsOf } from './problems.ts'
import { type Ratios, ratiosOver } from './ratios.ts'

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
    /** Share of the wrong solutions in which it takes no step for an error. */
    unnoticed: Interval | null
    f1: number | null
  } | null
  /** Of exp(score) as the chance that the answer is right; means over the seeds, whose models are others. */
  auc: number | null
  ece: number | null
  brier: Interval | null
}

export interface BestOfNReportOptions extends BootstrapOptions, Pick<BestOfNOptions, 'against'> {
  counts: readonly number[]
  /** Also on all tasks together? True unless given. */
  together?: boolean
}

/** Reports on each task and split of a plan, then on all tasks together. */
export async function reportBestOfN(
  plan: Plan,
  read: PoolReader,
  { together = true, ...options }: BestOfNReportOptions,
): Promise<BestOfNSet[]> {
  const sets: BestOfNSet[] = []
  for (const split of plan.splits) {
    const all: PoolRow[][][] = []
    for (const task of plan.tasks) {
      const pools = await read(task, split)
      sets.push(reportOn(task, split, pools, options))
      all.push(pools)
    }
    if (together && plan.tasks.length > 1) sets.push(reportOn('all', split, togetherBySeed(all), options))
  }
  return sets
}

/** @param bySeed pools of the same problems, of each seed */
export function reportOn(
  task: string,
  split: Split,
  bySeed: readonly PoolRow[][],
  options: BestOfNReportOptions,
): BestOfNSet {
  const pools = bySeed.flat()
  const rewards = Object.keys(pools[0].rewards)
  const problems = [...new Set(pools.map(({ id }) => id))]
  const kinds = kindsOf(problems)
  const ratios = ratiosOver(problems, options)
  return {
    task,
    split,
    samples: sampleCounts(pools),
    accuracy: bestOfNAccuracy(pools.map(scoredPool), { ...options, kinds, rewards }),
    quality: Object.fromEntries(
      rewards.map((reward) => [reward, qualityOf(bySeed, reward, problems, ratios)]),
    ),
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

/** @param ratios over `problems` */
function qualityOf(
  bySeed: readonly PoolRow[][],
  reward: string,
  problems: readonly string[],
  ratios: Ratios,
): RewardQuality {
  const pools = bySeed.flat()
  const place = new Map(problems.map((id, i) => [id, i]))
  const sums = () => new Float64Array(problems.length)
  // per problem: samples, hits, wrong ones without one, and squared error
  const [right, rightHits, wrong, wrongHits] = [sums(), sums(), sums(), sums()]
  const [unnoticed, squared] = [sums(), sums()]
  const seeds = bySeed.map((own) => own.flatMap((pool) => samplesOf(pool, reward)))
  const samples = seeds.flat()
  for (const { id, probability, correct, firstError, truth } of samples) {
    const problem = place.get(id) as number
    const hit = Number(firstError === truth)
    squared[problem] += (probability - Number(correct)) ** 2
    if (correct) {
      right[problem]++
      rightHits[problem] += hit
    } else {
      wrong[problem]++
      wrongHits[problem] += hit
      unnoticed[problem] += Number(firstError === null)
    }
  }
  const share = (part: Float64Array, whole: Float64Array) => ratios.share((i) => [part[i], whole[i]])
  const both = (a: Float64Array, b: Float64Array) => a.map((value, i) => value + b[i])
  const meanOfSeeds = (metric: (probabilities: number[], correct: boolean[]) => number | null) =>
    meanOrNull(
      seeds.map((own) =>
        metric(
          own.map(({ probability }) => probability),
          own.map(({ correct }) => correct),
        ),
      ),
    )
  return {
    scored: samples.length,
    firstError: !pools.some((pool) => pool.rewards[reward].first_error)
      ? null
      : {
          overall: share(both(rightHits, wrongHits), both(right, wrong)),
          onWrong: share(wrongHits, wrong),
          onCorrect: share(rightHits, right),
          unnoticed: share(unnoticed, wrong),
          f1: firstErrorMetrics(
            samples.map(({ firstError }) => firstError),
            samples.map(({ truth }) => truth),
          ).f1,
        },
    auc: meanOfSeeds(auc),
    ece: meanOfSeeds((probabilities, correct) => ece(probabilities, correct)),
    brier: ratios.ratio((i) => [squared[i], right[i] + wrong[i]]),
  }
}

/** The samples of a pool with a score. */
function samplesOf({ id, correct, first_error: truth, rewards }: PoolRow, reward: string) {
  const { score, first_error = [] } = rewards[reward]
  return score.flatMap((log, i) =>
    log === null
      ? []
      : {
          id,
          probability: Math.exp(log),
          correct: correct[i] === 1,
          firstError: first_error[i] ?? null,
          truth: truth[i],
        },
  )
}
