import type { PairLabel } from '../../data/pairs/pair.ts'
import type { NonVerdict } from '../../reasoning/types.ts'
import { type Rule, share } from '../rules.ts'
import { ratio } from '../summed.ts'
import { cohenKappa, confusion } from './agreement.ts'
import type { JudgedRows } from './judge-metrics.ts'
import type { OrderVerdict, PairVerdicts } from './judge-run.ts'

export type PairRule = Rule<PairVerdicts>

export const perPrompt: JudgedRows<PairVerdicts> = {
  prompt: ({ pair }) => pair.query,
  isDecided: (row) => asked(row).every(({ verdict }) => verdict !== null),
}

const orderNames = ['as given', 'swapped'] as const

/** The judgments that were made. */
export function asked({ orders }: PairVerdicts): OrderVerdict[] {
  return orders.filter((order) => order !== null)
}

const isLabelled = ({ pair }: PairVerdicts) => pair.label !== null
const inBoth = ({ orders }: PairVerdicts) => orders.every((order) => order !== null)
const inOrder = (i: number) => (row: PairVerdicts) => row.orders[i] !== null

function isRight({ pair }: PairVerdicts, order: OrderVerdict | null): boolean {
  return order !== null && pair.label !== null && order.verdict === pair.label
}

/** Right verdicts minus wrong ones. A tie on a pair with a better response is neither; nor is a missing verdict. */
export function rightMinusWrong(row: PairVerdicts): number {
  const { label } = row.pair
  const points = asked(row).map(({ verdict }) => {
    if (verdict === null || label === null) return 0
    if (verdict === label) return 1
    return verdict === 'tie' ? 0 : -1
  })
  return points.reduce<number>((sum, point) => sum + point, 0)
}

/** How often the judge is right: in each order, over both, in both, and by the rule of JudgeBench. */
export const accuracyRules: readonly PairRule[] = [
  ...orderNames.map((name, i) =>
    share<PairVerdicts>(
      `accuracy, ${name}`,
      (row) => [Number(isRight(row, row.orders[i])), 1],
      (row) => isLabelled(row) && inOrder(i)(row),
    ),
  ),
  share('accuracy, mean of both orders', rightOfAsked, (row) => isLabelled(row) && inBoth(row)),
  share(
    'right in both orders',
    (row) => [Number(row.orders.every((order) => isRight(row, order))), 1],
    (row) => isLabelled(row) && inBoth(row),
  ),
  share(
    'right minus wrong > 0',
    (row) => [Number(rightMinusWrong(row) > 0), 1],
    (row) => isLabelled(row) && inBoth(row),
  ),
  ...orderNames.map(
    (name, i): PairRule => ({
      name: `kappa with the label, ${name}`,
      of: (row) => isLabelled(row) && inOrder(i)(row),
      counts: ({ pair, orders }) => confusion(orders[i]?.verdict ?? null, pair.label),
      statistic: cohenKappa,
    }),
  ),
]

/** Right judgments, and judgments. */
export function rightOfAsked(row: PairVerdicts): [number, number] {
  return [asked(row).filter((order) => isRight(row, order)).length, asked(row).length]
}

/** Place of the winner as shown in each order, null where there is none. */
const shown = ({ orders }: PairVerdicts) => orders.map((order) => order?.judgment.winner ?? null)
const isTwice = (place: 0 | 1) => (row: PairVerdicts) => shown(row).every((winner) => winner === place)

const twice = (name: string, ...places: (0 | 1)[]) =>
  share<PairVerdicts>(name, (row) => [Number(places.some((place) => isTwice(place)(row))), 1], inBoth)

/** How much the judge goes by the order, whatever is right. */
export const orderRules: readonly PairRule[] = [
  share(
    'same verdict in both orders',
    ({ orders: [first, second] }) => [Number(isSame(first, second)), 1],
    inBoth,
  ),
  share('first slot, of the verdicts for one', (row) => [winners(row, 0), winners(row, 0) + winners(row, 1)]),
  twice('first slot twice', 0),
  twice('second slot twice', 1),
  twice('flips with the order', 0, 1),
  {
    name: 'kappa between the orders',
    of: inBoth,
    counts: ({ orders: [first, second] }) => confusion(first?.verdict ?? null, second?.verdict ?? null),
    statistic: cohenKappa,
  },
]

function isSame(first: OrderVerdict | null, second: OrderVerdict | null): boolean {
  return first !== null && first.verdict !== null && first.verdict === second?.verdict
}

const winners = (row: PairVerdicts, place: 0 | 1) => shown(row).filter((winner) => winner === place).length

/** Is a metric of this name a count? All others are shares and coefficients. */
export const isCount = (name: string) => name.startsWith('tokens')

/** Judgments without a verdict, by kind, and what the others cost. */
export function costRules(rows: readonly PairVerdicts[]): PairRule[] {
  const guessed = rows.some(({ source }) => source === 'recorded')
  return [
    ofJudgments('ties', ({ verdict }) => verdict === 'tie'),
    ...nonVerdicts.map((kind) => ofJudgments(kind, (order) => isWithout(order, kind))),
    {
      name: `tokens per verdict${guessed ? ', guessed: a quarter of the characters on record' : ''}`,
      counts: (row) => [
        asked(row).reduce((sum, { judgment }) => sum + judgment.tokens, 0),
        asked(row).filter(({ verdict }) => verdict !== null).length,
      ],
      statistic: ([tokens, verdicts]) => ratio(tokens, verdicts),
    },
  ]
}

const nonVerdicts: readonly NonVerdict[] = ['unparseable', 'truncated', 'refused', 'failed']

/** Has the judgment no verdict, for this reason? A tie is a verdict. */
function isWithout({ verdict, judgment }: OrderVerdict, kind: NonVerdict): boolean {
  return verdict === null && judgment.nonVerdict === kind
}

const ofJudgments = (name: string, is: (order: OrderVerdict) => boolean) =>
  share<PairVerdicts>(name, (row) => [asked(row).filter(is).length, asked(row).length])

/** A verdict of both orders: the one they agree on; a tie where they differ; null where one is missing. */
export function jointVerdict({ orders: [first, second] }: PairVerdicts): PairLabel | null {
  if (!first || !second || first.verdict === null || second.verdict === null) return null
  return first.verdict === second.verdict ? first.verdict : 'tie'
}
