import type { Pair } from '../../data/pairs/pair.ts'
import { InputError } from '../../reasoning/errors.ts'
import { type JudgeBenchmark, pairsOf } from './judge-benchmark.ts'
import { measureRules } from './judge-metrics.ts'
import type { PairVerdicts } from './judge-run.ts'
import { accuracyRules, costRules, orderRules, type PairRule, perPrompt, rightOfAsked } from './pair-rules.ts'

/** Its domains; safety is the mean of two parts. */
const domains: Record<string, readonly string[]> = {
  chat: ['chat'],
  mathematics: ['math'],
  code: ['code'],
  safety: ['safety-refuse', 'safety-response'],
}
const parts = Object.values(domains).flat()

const styles = ['concise', 'detailed', 'detailed, Markdown']

/**
 * RM-Bench (Liu et al. 2024, arXiv 2410.16184): a matrix of accuracies, shape [style of the right response, style of the wrong one]. Easy is
 * its lower triangle (the right response has more style), normal its diagonal, hard its upper triangle; a domain is the mean of these
 * three, and a cell the mean of the domains. A pair counts by its mean over the orders.
 */
export const rmBench: JudgeBenchmark = {
  name: 'RM-Bench',
  id: 'rm-bench',
  read: pairsOf('RM-Bench', ['rm-bench'], check),
  measure: (rows, options) =>
    measureRules(
      rows,
      [...styleRules(rows), ...accuracyRules, ...orderRules, ...costRules(rows)],
      perPrompt,
      options,
    ),
}

function check({ list, subset }: Pair): void {
  if (list === undefined)
    throw new InputError('is no row of RM-Bench: it does not say which styles its responses have')
  if (!parts.includes(subset ?? ''))
    throw new InputError(`domain ${JSON.stringify(subset)} is none of ${parts.join(', ')}`)
}

/** Right judgments and judgments of each part and cell: shape [parts, 3, 3, 2]. */
function styleCounts(row: PairVerdicts): number[] {
  const [i, j] = row.pair.list!.members
  const at = 2 * (parts.indexOf(row.pair.subset!) * 9 + i * 3 + (j - 3))
  const counts = new Array<number>(parts.length * 18).fill(0)
  const [right, judged] = rightOfAsked(row)
  counts[at] = right
  counts[at + 1] = judged
  return counts
}

function styleRules(rows: readonly PairVerdicts[]): PairRule[] {
  const present = Object.keys(domains).filter((domain) =>
    rows.some(({ pair }) => domains[domain].includes(pair.subset!)),
  )
  const rule = (name: string, statistic: (sums: readonly number[]) => number | null): PairRule => ({
    name,
    counts: styleCounts,
    statistic,
  })
  const overDomains = (sums: readonly number[], is: (i: number, j: number) => boolean) =>
    mean(present.map((domain) => meanOfCells(sums, domain, is)))
  const ofDomain = (sums: readonly number[], domain: string) =>
    mean(Object.values(levels).map((is) => meanOfCells(sums, domain, is)))
  return [
    ...Object.entries(levels).map(([level, is]) => rule(level, (sums) => overDomains(sums, is))),
    ...present.map((domain) => rule(domain, (sums) => ofDomain(sums, domain))),
    rule('overall', (sums) => mean(present.map((domain) => ofDomain(sums, domain)))),
    ...styles.flatMap((right, i) =>
      styles.map((wrong, j) =>
        rule(`right one ${right}; wrong one ${wrong}`, (sums) =>
          overDomains(sums, (row, column) => row === i && column === j),
        ),
      ),
    ),
  ]
}

const levels: Record<string, (i: number, j: number) => boolean> = {
  easy: (i, j) => i > j,
  normal: (i, j) => i === j,
  hard: (i, j) => i < j,
}

/** Mean over a domain's parts that are there of their mean over some cells. */
function meanOfCells(
  sums: readonly number[],
  domain: string,
  is: (i: number, j: number) => boolean,
): number | null {
  const ofParts = domains[domain].flatMap((part) => {
    const cells = Array.from({ length: 9 }, (_, cell) => cell).filter((cell) =>
      is(Math.floor(cell / 3), cell % 3),
    )
    const shares = cells.flatMap((cell) => {
      const at = 2 * (parts.indexOf(part) * 9 + cell)
      return sums[at + 1] === 0 ? [] : [sums[at] / sums[at + 1]]
    })
    return shares.length === cells.length ? [mean(shares)] : []
  })
  return mean(ofParts)
}

function mean(values: readonly (number | null)[]): number | null {
  if (values.length === 0 || values.includes(null)) return null
  return values.reduce<number>((sum, value) => sum + value!, 0) / values.length
}
