import type { Pair, PairLabel } from '../../data/pairs/pair.ts'
import { flipped } from '../../data/pairs/pair.ts'
import type { NonVerdict } from '../../reasoning/types.ts'
import type { JudgeMetric } from './judge-metrics.ts'
import { type OrderVerdict, type PairVerdicts, recordedJudgment } from './judge-run.ts'

/** A verdict on the pair's responses, or why there is none; undefined: not asked. */
export type Said = PairLabel | NonVerdict | undefined

/** A pair with what a live judge said of it, 10 tokens a judgment. */
export function judged(
  label: PairLabel | null,
  asGiven: Said,
  swapped: Said,
  more: Partial<Pair> = {},
): PairVerdicts {
  const id = more.id ?? `${label} ${asGiven} ${swapped}`
  const pair: Pair = { id, query: id, responses: ['x', 'y'], label, ...more }
  return { pair, orders: [orderVerdict(asGiven, false), orderVerdict(swapped, true)], source: 'live' }
}

function orderVerdict(said: Said, isSwapped: boolean): OrderVerdict | null {
  if (said === undefined) return null
  const verdict = said === 0 || said === 1 || said === 'tie' ? said : null
  const shown = isSwapped ? flipped(verdict) : verdict
  const judgment =
    typeof shown === 'number'
      ? { winner: shown, nonVerdict: null }
      : { winner: null, nonVerdict: said === 'tie' ? ('refused' as const) : (said as NonVerdict) }
  return { verdict, judgment: { ...judgment, reasoning: '', tokens: 10 } }
}

/** A recorded pair with the verdicts as they were published, to compare numbers with. */
export function asPublished(row: PairVerdicts): PairVerdicts {
  const { asGiven, swapped } = row.pair.recorded ?? {}
  const [first, second] = [asGiven, swapped].map((one) => one && { ...one, dialect: null })
  return recordedJudgment({ ...row.pair, recorded: { asGiven: first, swapped: second } })
}

/** Part and whole (or whatever the counts are) of a metric over all rows. */
export function countsIn(metrics: readonly JudgeMetric[], name: string): number[] {
  return named(metrics, name).all.counts
}

/** A metric's value over all rows, null where it is undefined. */
export function valueIn(metrics: readonly JudgeMetric[], name: string): number | null {
  return named(metrics, name).all.value?.mean ?? null
}

export function named(metrics: readonly JudgeMetric[], name: string): JudgeMetric {
  const metric = metrics.find((one) => one.name === name)
  if (metric) return metric
  throw new Error(`no metric ${name} among ${metrics.map((one) => one.name).join('; ')}`)
}
