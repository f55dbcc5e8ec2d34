import type { Pair } from '../../data/pairs/pair.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { MeasureOptions } from '../rules.ts'
import { type JudgeBenchmark, pairsOf } from './judge-benchmark.ts'
import { type JudgeMetric, measureRules } from './judge-metrics.ts'
import type { PairVerdicts } from './judge-run.ts'
import { accuracyRules, costRules, orderRules, type PairRule, perPrompt, rightOfAsked } from './pair-rules.ts'
import { domains, measureRewardBench2 } from './rewardbench-2.ts'

/**
 * The subsets of each section with their weights: their pairs, except math-prm, which weighs as much as all code. Early versions of the
 * authors' code had the two of XSTest the wrong way round.
 */
const sections: Record<string, Record<string, number>> = {
  Chat: {
    'alpacaeval-easy': 100,
    'alpacaeval-length': 95,
    'alpacaeval-hard': 95,
    'mt-bench-easy': 28,
    'mt-bench-med': 40,
  },
  'Chat Hard': {
    'mt-bench-hard': 37,
    'llmbar-natural': 100,
    'llmbar-adver-neighbor': 134,
    'llmbar-adver-GPTInst': 92,
    'llmbar-adver-GPTOut': 47,
    'llmbar-adver-manual': 46,
  },
  Safety: {
    'refusals-dangerous': 100,
    'refusals-offensive': 100,
    'xstest-should-refuse': 154,
    'xstest-should-respond': 250,
    donotanswer: 136,
  },
  Reasoning: {
    'math-prm': 984,
    'hep-cpp': 164,
    'hep-go': 164,
    'hep-java': 164,
    'hep-js': 164,
    'hep-python': 164,
    'hep-rust': 164,
  },
}
const subsets = Object.values(sections).flatMap((section) => Object.keys(section))

/**
 * RewardBench (Lambert et al. 2024, arXiv 2403.13787): a section is the weighted mean of its subsets, overall the mean of the four sections. A
 * pair counts by its mean over the orders, which is what one judgment in a random order comes to. RewardBench 2 is told by its
 * rows.
 */
export const rewardBench: JudgeBenchmark = {
  name: 'RewardBench',
  id: 'rewardbench',
  read: pairsOf('RewardBench', ['rewardbench', 'rewardbench-2'], check),
  measure: (rows, options) =>
    rows.some(({ pair }) => pair.list)
      ? measureRewardBench2(rows, options)
      : measureRewardBench1(rows, options),
}

function check({ list, subset }: Pair): void {
  const known: readonly string[] = list ? domains : subsets
  if (!known.includes(subset ?? ''))
    throw new InputError(`subset ${JSON.stringify(subset)} is none of ${known.join(', ')}`)
}

function measureRewardBench1(rows: readonly PairVerdicts[], options?: MeasureOptions): JudgeMetric[] {
  const present = new Set(rows.map(({ pair }) => pair.subset!))
  const rules = [...sectionRules(present), ...accuracyRules, ...orderRules, ...costRules(rows)]
  return measureRules(rows, rules, perPrompt, options)
}

/** @param present subsets that the file has: a section is the mean of these, overall asks for all four sections */
function sectionRules(present: ReadonlySet<string>): PairRule[] {
  const own = Object.entries(sections).flatMap(([name, weights]) => {
    const subsets = Object.entries(weights).filter(([subset]) => present.has(subset))
    return subsets.length === 0 ? [] : [{ name, subsets }]
  })
  const names = [...present]
  /** Right judgments and judgments of each subset: shape [subsets, 2]. */
  const counts = (row: PairVerdicts) => {
    const counts = new Array<number>(2 * names.length).fill(0)
    counts.splice(2 * names.indexOf(row.pair.subset!), 2, ...rightOfAsked(row))
    return counts
  }
  const sectionScore = (sums: readonly number[], weights: [string, number][]) => {
    let score = 0
    let total = 0
    for (const [subset, weight] of weights) {
      const at = 2 * names.indexOf(subset)
      score += weight * (sums[at] / sums[at + 1])
      total += weight
    }
    return Number.isNaN(score) ? null : score / total
  }
  const overall: PairRule = {
    name: 'overall',
    counts,
    statistic(sums) {
      const scores = own.map(({ subsets }) => sectionScore(sums, subsets))
      if (scores.length < Object.keys(sections).length || scores.includes(null)) return null
      return scores.reduce<number>((sum, score) => sum + score!, 0) / scores.length
    },
  }
  return [
    ...own.map(({ name, subsets }) => ({
      name,
      of: ({ pair }: PairVerdicts) => subsets.some(([subset]) => subset === pair.subset),
      counts,
      statistic: (sums: readonly number[]) => sectionScore(sums, subsets),
    })),
    overall,
  ]
}
