import type { BootstrapOptions, Interval } from '../bootstrap.ts'
import { meanOver, ratiosOver } from '../ratios.ts'
import type { ArmRole } from './arms.ts'
import { type Ballot, type BenchPair, isRight, type JudgedPair } from './bench-pairs.ts'

/** What the training seeds of one group said of the same pairs. */
export interface ArmJudgments {
  group: string
  role: ArmRole
  /** A list of pairs for each seed, all in one order. */
  seeds: readonly (readonly JudgedPair[])[]
}

/** One group on some pairs: means over seeds and both orders, intervals over pairs. null: nothing to take a share of. */
export interface ArmSummary {
  arm: string
  /** Share of judgments whose verdict is right; one without a verdict is not. */
  accuracy: Interval
  /** The same of each seed. */
  seeds: number[]
  /** The same where the right response is shown first, and second. */
  rightFirst: Interval
  rightSecond: Interval
  /** Share of pairs with a verdict in both orders whose verdicts name the same response. */
  consistency: Interval | null
  /** Share of verdicts for the response that is shown first: 0.5 is no preference. */
  firstSlot: Interval | null
  /** Share of judgments without a verdict. */
  unparseable: Interval
  /** Generated tokens of a judgment. */
  tokens: Interval
}

/** How late the wrong response goes wrong: thirds of its steps. */
export const nearnesses = ['early', 'middle', 'late'] as const
export type Nearness = (typeof nearnesses)[number]

export function nearnessOf({ nearness }: Pick<BenchPair, 'nearness'>): Nearness {
  return nearness < 1 / 3 ? 'early' : nearness < 2 / 3 ? 'middle' : 'late'
}

/** Some of the pairs of a split. */
export interface Slice {
  split: string
  /** 'all': of all tasks. */
  task: string
  /** null: all of them. */
  level: number | null
  nearness: Nearness | null
  pairs: number
  arms: ArmSummary[]
  /** Accuracy of the judge minus that of another arm, paired. */
  differences: ({ minus: string } & Interval)[]
}

/** All pairs of each split, then those of its tasks, levels and nearnesses. */
export function accuracySlices(arms: readonly ArmJudgments[], options: BootstrapOptions): Slice[] {
  const pairs = arms[0].seeds[0].map(({ pair }) => pair)
  const distinct = <T>(values: readonly T[]) => [...new Set(values)]
  return distinct(pairs.map(({ split }) => split)).flatMap((split) => {
    const own = pairs.filter((pair) => pair.split === split)
    const tasks = distinct(own.map(({ task }) => task))
    const slice = (keys: Partial<Pick<Slice, 'task' | 'level' | 'nearness'>>): Slice => {
      const { task = 'all', level = null, nearness = null } = keys
      const isIn = (pair: BenchPair) =>
        pair.split === split &&
        (task === 'all' || pair.task === task) &&
        (level === null || pair.level === level) &&
        (nearness === null || nearnessOf(pair) === nearness)
      const some = arms.map((arm) => ({
        ...arm,
        seeds: arm.seeds.map((judged) => judged.filter(({ pair }) => isIn(pair))),
      }))
      return { split, task, level, nearness, ...summaries(some, options) }
    }
    return [
      slice({}),
      ...tasks.map((task) => slice({ task })),
      ...tasks.flatMap((task) =>
        distinct(own.filter((pair) => pair.task === task).map(({ level }) => level))
          .sort((a, b) => a - b)
          .map((level) => slice({ task, level })),
      ),
      ...nearnesses
        .filter((each) => own.some((pair) => nearnessOf(pair) === each))
        .map((nearness) => slice({ nearness })),
    ]
  })
}

/** All arms on the same pairs, and how far the judge is ahead of each. */
export function summaries(
  arms: readonly ArmJudgments[],
  options: BootstrapOptions,
): Pick<Slice, 'pairs' | 'arms' | 'differences'> {
  const ids = arms[0].seeds[0].map(({ pair }) => pair.id)
  const { mean, meanShare, share: shareOf } = ratiosOver(ids, options)
  const accuracyOf = (arm: ArmJudgments) => (pair: number) => meanOver(ballotsOf(arm, pair), isRightNumber)
  const judge = arms.find(({ role }) => role === 'judge')
  return {
    pairs: ids.length,
    arms: arms.map((arm): ArmSummary => {
      const share = (is: (ballot: Ballot) => boolean, among: (ballot: Ballot) => boolean = () => true) =>
        shareOf((pair) => {
          const ballots = ballotsOf(arm, pair).filter(among)
          return [ballots.filter(is).length, ballots.length]
        })
      return {
        arm: arm.group,
        accuracy: meanShare(accuracyOf(arm)),
        seeds: arm.seeds.map((judged) =>
          meanOver(judged, ({ ballots }) => meanOver(inBothOrders(ballots), isRightNumber)),
        ),
        rightFirst: share(isRight, ({ right }) => right === 0) as Interval,
        rightSecond: share(isRight, ({ right }) => right === 1) as Interval,
        consistency: shareOf((pair) => {
          const both = arm.seeds
            .map((judged) => inBothOrders(judged[pair].ballots))
            .filter((ballots) => ballots.every(({ winner }) => winner !== null))
          return [both.filter(([a, b]) => isRight(a) === isRight(b)).length, both.length]
        }),
        firstSlot: share(
          ({ winner }) => winner === 0,
          ({ winner }) => winner !== null,
        ),
        unparseable: share(({ winner }) => winner === null) as Interval,
        tokens: mean((pair) => meanOver(ballotsOf(arm, pair), ({ tokens }) => tokens)),
      }
    }),
    differences:
      judge === undefined
        ? []
        : arms
            .filter((arm) => arm !== judge)
            .map((arm) => ({
              minus: arm.group,
              ...mean((pair) => accuracyOf(judge)(pair) - accuracyOf(arm)(pair)),
            })),
  }
}

/** The first two ballots of a pair: one in each order. */
export function inBothOrders(ballots: readonly Ballot[]): readonly Ballot[] {
  return ballots.slice(0, 2)
}

/** Those of all seeds. */
export function ballotsOf({ seeds }: Pick<ArmJudgments, 'seeds'>, pair: number): Ballot[] {
  return seeds.flatMap((judged) => inBothOrders(judged[pair].ballots))
}

export const isRightNumber = (ballot: Ballot): number => Number(isRight(ballot))
