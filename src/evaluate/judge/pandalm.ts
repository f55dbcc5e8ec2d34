import type { PairLabel } from '../../data/pairs/pair.ts'
import { readPandaLmVerdicts } from '../../data/pairs/pandalm.ts'
import { share } from '../rules.ts'
import { cohenKappa, confusion, fleissCounts, fleissKappa, labelCounts, macroF1 } from './agreement.ts'
import { checkedPairs, type JudgeBenchmark } from './judge-benchmark.ts'
import { measureRules } from './judge-metrics.ts'
import type { PairVerdicts } from './judge-run.ts'
import { accuracyRules, costRules, jointVerdict, orderRules, type PairRule, perPrompt } from './pair-rules.ts'

/**
 * PandaLM (Wang et al. 2023, arXiv 2306.05087): a judge against the majority of three annotators who may call a tie; and the annotators
 * against each other. Verdicts are published in a file apart from the pairs, for the pairs as given.
 */
export const pandaLm: JudgeBenchmark = {
  name: 'PandaLM',
  id: 'pandalm',
  async *read(file, { verdicts, ...options }) {
    const published = verdicts === undefined ? undefined : await readPandaLmVerdicts(verdicts, options)
    for await (const pair of checkedPairs('PandaLM', ['pandalm', 'pairs'], file, options, () => {})) {
      const asGiven = published?.get(pair.id)
      yield asGiven ? { ...pair, recorded: { asGiven } } : pair
    }
  },
  measure: (rows, options) =>
    measureRules(
      rows,
      [...accuracyRules, ...threeClassRules, ...annotatorRules, ...orderRules, ...costRules(rows)],
      perPrompt,
      options,
    ),
}

const inBoth = ({ orders }: PairVerdicts) => orders.every((order) => order !== null)

const threeClassRules: readonly PairRule[] = [
  share(
    'accuracy of both orders, a split is a tie',
    (row) => [Number(jointVerdict(row) === row.pair.label), 1],
    (row) => row.pair.label !== null && inBoth(row),
  ),
  f1(
    'as given',
    ({ orders: [asGiven] }) => asGiven?.verdict ?? null,
    ({ orders }) => orders[0] !== null,
  ),
  f1(
    'swapped',
    ({ orders: [, swapped] }) => swapped?.verdict ?? null,
    ({ orders }) => orders[1] !== null,
  ),
  f1('both orders, a split is a tie', jointVerdict, inBoth),
]

function f1(
  name: string,
  verdict: (row: PairVerdicts) => PairLabel | null,
  isAsked: (row: PairVerdicts) => boolean,
): PairRule {
  return {
    name: `macro-F1 of 1, 2 and tie, ${name}`,
    of: (row) => row.pair.label !== null && isAsked(row),
    counts: (row) => labelCounts(row.pair.label!, verdict(row)),
    statistic: macroF1,
  }
}

const isAnnotated = ({ pair }: PairVerdicts) => (pair.annotators?.length ?? 0) > 1

const annotatorRules: readonly PairRule[] = [
  share('annotators unanimous', ({ pair }) => [Number(new Set(pair.annotators).size === 1), 1], isAnnotated),
  ...[
    [0, 1],
    [0, 2],
    [1, 2],
  ].map(
    ([a, b]): PairRule => ({
      name: `kappa of annotators ${a + 1} and ${b + 1}`,
      of: ({ pair }) => pair.annotators?.[b] !== undefined,
      counts: ({ pair }) => confusion(pair.annotators![a], pair.annotators![b]),
      statistic: cohenKappa,
      range: [-1, 1],
    }),
  ),
  {
    name: "Fleiss' kappa of the annotators",
    of: isAnnotated,
    counts: ({ pair }) => fleissCounts(pair.annotators!),
    statistic: fleissKappa,
    range: [-1, 1],
  },
]
