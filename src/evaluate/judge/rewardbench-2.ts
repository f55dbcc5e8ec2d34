import type { MeasureOptions, Rule } from '../rules.ts'
import { type JudgedRows, type JudgeMetric, measureRules } from './judge-metrics.ts'
import type { PairVerdicts } from './judge-run.ts'
import { asked, costRules, orderRules, perPrompt, rightMinusWrong } from './pair-rules.ts'
import { type TiesRow, tiesCounts, tiesScore } from './ties.ts'

export const domains = ['Factuality', 'Precise IF', 'Math', 'Safety', 'Focus', 'Ties']

/** A question: a row of the file, or two of Ties that belong together. */
interface Question {
  id: string
  domain: string
  isDecided: boolean
  /** [credit, 1], or those of Ties. */
  counts: number[]
}

const questions: JudgedRows<Question> = { prompt: ({ id }) => id, isDecided: ({ isDecided }) => isDecided }

/**
 * RewardBench 2 (Malik et al. 2025, arXiv 2506.01937) by a judge of pairs. Best of four: right where the right response beats each wrong
 * one, by right minus wrong over both orders; where it loses to none and splits with k, it has 1 / (k + 1), as equal scores have there.
 * Ties: a response scores the share of all comparisons with the others of its row that it won, a tie for half. Overall
 * is the mean of the six domains.
 */
export function measureRewardBench2(rows: readonly PairVerdicts[], options?: MeasureOptions): JudgeMetric[] {
  const all = questionsOf(rows)
  return [
    ...measureRules(all, domainRules(), questions, options),
    ...measureRules(rows, [...orderRules, ...costRules(rows)], perPrompt, options),
  ]
}

function questionsOf(rows: readonly PairVerdicts[]): Question[] {
  const lists = new Map<string, PairVerdicts[]>()
  for (const row of rows) {
    const { row: id } = row.pair.list!
    lists.set(id, [...(lists.get(id) ?? []), row])
  }
  const ties = new Map<string, { tied?: PairVerdicts[]; ref?: PairVerdicts[] }>()
  const found: Question[] = []
  for (const [id, list] of lists) {
    const domain = list[0].pair.subset!
    const [, kind, number] = /(ref|tied):(\d+)$/.exec(id) ?? []
    if (domain === 'Ties') ties.set(number, { ...ties.get(number), [kind]: list })
    else found.push({ id, domain, isDecided: list.every(perPrompt.isDecided), counts: [bestOf(list), 1] })
  }
  for (const [number, { tied, ref }] of ties) {
    const isDecided = [...(tied ?? []), ...(ref ?? [])].every(perPrompt.isDecided)
    const counts = tiesCounts({ tied: tied && scored(tied), ref: ref && scored(ref) })
    found.push({ id: `Ties ${number}`, domain: 'Ties', isDecided, counts })
  }
  return found
}

/** A pair without any verdict is a miss, never a split. */
function bestOf(list: readonly PairVerdicts[]): number {
  const nets = list.map((row) =>
    asked(row).some(({ verdict }) => verdict !== null) ? rightMinusWrong(row) : -1,
  )
  if (nets.some((net) => net < 0)) return 0
  return 1 / (1 + nets.filter((net) => net === 0).length)
}

function scored(list: readonly PairVerdicts[]): TiesRow {
  const { correct, responses } = list[0].pair.list!
  const won = new Array<number>(responses).fill(0)
  const compared = new Array<number>(responses).fill(0)
  for (const row of list)
    for (const { verdict } of asked(row)) {
      if (verdict === null) continue
      for (const [place, member] of row.pair.list!.members.entries()) {
        compared[member]++
        won[member] += verdict === 'tie' ? 0.5 : Number(verdict === place)
      }
    }
  const scores = won.map((points, i) => (compared[i] === 0 ? null : points / compared[i]))
  return { right: scores.slice(0, correct), wrong: scores.slice(correct) }
}

/** Sums of each domain, one after the other; those of Ties last. */
const size = 2 * (domains.length - 1) + 8

function domainRules(): Rule<Question>[] {
  const score = (domain: string, sums: readonly number[]) => {
    const [credit, count] = sums
    if (domain === 'Ties') return tiesScore(sums)
    return count === 0 ? null : credit / count
  }
  return [
    ...domains.map((domain) => ({
      name: domain,
      of: (question: Question) => question.domain === domain,
      counts: ({ counts }: Question) => counts,
      statistic: (sums: readonly number[]) => score(domain, sums),
    })),
    {
      name: 'overall',
      counts({ domain, counts }) {
        const all = new Array<number>(size).fill(0)
        all.splice(2 * domains.indexOf(domain), counts.length, ...counts)
        return all
      },
      statistic(sums) {
        const scores = domains.map((domain, i) =>
          score(domain, sums.slice(2 * i, i === domains.length - 1 ? size : 2 * i + 2)),
        )
        return scores.includes(null)
          ? null
          : scores.reduce<number>((sum, one) => sum + one!, 0) / scores.length
      },
    },
  ]
}
