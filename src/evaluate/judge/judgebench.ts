import { share } from '../rules.ts'
import { type JudgeBenchmark, pairsOf } from './judge-benchmark.ts'
import { measureRules } from './judge-metrics.ts'
import {
  accuracyRules,
  costRules,
  orderRules,
  type PairRule,
  perPrompt,
  rightMinusWrong,
} from './pair-rules.ts'

/** Its categories, by what the sources of their pairs begin with. */
const categories = {
  knowledge: 'mmlu-pro',
  reasoning: 'livebench-reasoning',
  mathematics: 'livebench-math',
  coding: 'livecodebench',
}

/**
 * JudgeBench (Tan et al. 2024, arXiv 2410.12784): a pair is right where, over both orders, more verdicts are right than wrong. A tie is
 * neither.
 */
export const judgeBench: JudgeBenchmark = {
  name: 'JudgeBench',
  id: 'judgebench',
  read: pairsOf('JudgeBench', ['judgebench']),
  measure: (rows, options) =>
    measureRules(
      rows,
      [...accuracyRules, ...categoryRules(), ...orderRules, ...costRules(rows)],
      perPrompt,
      options,
    ),
}

function categoryRules(): PairRule[] {
  return Object.entries(categories).map(([category, source]) =>
    share(
      `right minus wrong > 0, ${category}`,
      (row) => [Number(rightMinusWrong(row) > 0), 1],
      ({ pair, orders }) =>
        pair.label !== null &&
        orders.every((order) => order !== null) &&
        pair.subset?.startsWith(source) === true,
    ),
  )
}
