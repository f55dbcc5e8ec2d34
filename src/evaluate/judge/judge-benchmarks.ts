import type { MeasureOptions } from '../rules.ts'
import { type JudgeBenchmark, pairsOf } from './judge-benchmark.ts'
import { type JudgeMetric, measureRules } from './judge-metrics.ts'
import { differences, type PairVerdicts, type VerdictDifference } from './judge-run.ts'
import { judgeBench } from './judgebench.ts'
import { llmBar } from './llmbar.ts'
import { accuracyRules, asked, costRules, orderRules, perPrompt } from './pair-rules.ts'
import { pandaLm } from './pandalm.ts'
import { rewardBench } from './rewardbench.ts'
import { rmBench } from './rm-bench.ts'

/** Pairs of any source, by what they all have. */
const pairs: JudgeBenchmark = {
  name: 'pairs',
  id: 'pairs',
  read: pairsOf('pairs', ['preferences']),
  measure: (rows, options) =>
    measureRules(rows, [...accuracyRules, ...orderRules, ...costRules(rows)], perPrompt, options),
}

export const judgeBenchmarks: readonly JudgeBenchmark[] = [
  judgeBench,
  llmBar,
  pandaLm,
  rewardBench,
  rmBench,
  pairs,
]

export interface JudgeResult {
  benchmark: string
  pairs: number
  judgments: number
  /** Judgments with a verdict, ties among them. */
  verdicts: number
  /** Tokens of all judgments; guessed from the texts of recorded ones. */
  tokens: number
  /** Recorded judgments whose published verdict is another than their text says; the text counts. */
  differences: VerdictDifference[]
  metrics: JudgeMetric[]
}

export function judgeResult(
  benchmark: JudgeBenchmark,
  rows: readonly PairVerdicts[],
  options?: MeasureOptions,
): JudgeResult {
  const judgments = rows.flatMap(asked)
  return {
    benchmark: benchmark.name,
    pairs: rows.length,
    judgments: judgments.length,
    verdicts: judgments.filter(({ verdict }) => verdict !== null).length,
    tokens: judgments.reduce((sum, { judgment }) => sum + judgment.tokens, 0),
    differences: differences(rows),
    metrics: benchmark.measure(rows, options),
  }
}
