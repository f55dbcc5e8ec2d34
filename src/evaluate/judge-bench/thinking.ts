import { type BootstrapOptions, bootstrap, bootstrapMean, type Interval } from '../bootstrap.ts'
import { kindsOf } from '../problems.ts'
import { meanOver, ratiosOver } from '../ratios.ts'
import { type ArmJudgments, ballotsOf, isRightNumber } from './accuracy.ts'
import type { Ballot, BenchPair, JudgedPair } from './bench-pairs.ts'

/** How long a group thinks about the pairs of one level, tokens of the verdict included. */
export interface LengthAtLevel {
  task: string
  level: number
  pairs: number
  tokens: Interval
}

/** Length on the hardest level over length on the easiest one. */
export interface LengthRatio {
  /** 'all': each task's easiest level against each task's hardest one, tasks alike. */
  task: string
  easy: number[]
  hard: number[]
  tokens: Interval
  /** The same ratio of what is read: harder problems have longer solutions. */
  read: Interval
}

export interface ThinkingLength {
  arm: string
  levels: LengthAtLevel[]
  ratios: LengthRatio[]
}

/** Thinking by the level of problems, all splits together; ratios are over levels, intervals over pairs. */
export function thinkingLength(arm: ArmJudgments, options: BootstrapOptions): ThinkingLength {
  const pairs = arm.seeds[0].map(({ pair }) => pair)
  const tokens = pairs.map((_, i) => meanOver(ballotsOf(arm, i), (ballot) => ballot.tokens))
  const tasks = [...new Set(pairs.map(({ task }) => task))]
  const levelsOf = (task: string) =>
    [...new Set(pairs.filter((pair) => pair.task === task).map(({ level }) => level))].sort((a, b) => a - b)
  const ratioOf = (task: string, some: readonly string[]): LengthRatio[] => {
    const ends = some.flatMap((each) => {
      const levels = levelsOf(each)
      return levels.length < 2 ? [] : [{ task: each, easy: levels[0], hard: levels[levels.length - 1] }]
    })
    const over = (value: (i: number) => number) => ratioOverLevels(pairs, ends, value, options)
    const [thought, read] = [over((i) => tokens[i]), over((i) => pairs[i].shown)]
    if (thought === null || read === null) return []
    const [easy, hard] = [ends.map((end) => end.easy), ends.map((end) => end.hard)]
    return [{ task, easy, hard, tokens: thought, read }]
  }
  return {
    arm: arm.group,
    levels: tasks.flatMap((task) =>
      levelsOf(task).map((level) => {
        const own = [...pairs.keys()].filter((i) => pairs[i].task === task && pairs[i].level === level)
        const kinds = kindsOf(own.map((i) => pairs[i].id))
        const mean = bootstrapMean(
          own.map((i) => tokens[i]),
          { ...options, kinds },
        )
        return { task, level, pairs: own.length, tokens: mean }
      }),
    ),
    ratios: [...tasks.flatMap((task) => ratioOf(task, [task])), ...ratioOf('all', tasks)],
  }
}

/** Mean over tasks of the means at their hard ends, by that at their easy ends; null where there is nothing to divide. */
function ratioOverLevels(
  pairs: readonly BenchPair[],
  ends: readonly { task: string; easy: number; hard: number }[],
  value: (pair: number) => number,
  options: BootstrapOptions,
): Interval | null {
  const places = pairs.flatMap((pair, i) => {
    const end = ends.findIndex(({ task }) => task === pair.task)
    const group = end < 0 ? -1 : pair.level === ends[end].easy ? 0 : pair.level === ends[end].hard ? 1 : -1
    return group < 0 ? [] : [{ i, at: 2 * end + group }]
  })
  if (places.length === 0) return null
  const ratio = (drawn: Iterable<number>) => {
    const sums = ends.flatMap(() => [0, 0])
    const counts = ends.flatMap(() => [0, 0])
    for (const place of drawn) {
      const { i, at } = places[place]
      sums[at] += value(i)
      counts[at]++
    }
    const mean = (group: 0 | 1) =>
      ends.reduce((sum, _, e) => sum + sums[2 * e + group] / counts[2 * e + group], 0)
    const hardOverEasy = mean(1) / mean(0)
    return Number.isFinite(hardOverEasy) ? hardOverEasy : null
  }
  const kinds = kindsOf(places.map(({ i }) => pairs[i].id))
  return bootstrap(places.length, ratio, { ...options, kinds })
}

/** Accuracy at one thinking budget. */
export interface BudgetPoint {
  budget: number
  accuracy: Interval
  unparseable: Interval
  tokens: Interval
}

export interface BudgetCurve {
  split: string
  points: BudgetPoint[]
}

/** @param byBudget for each budget, what every seed said of the same pairs */
export function budgetCurves(
  byBudget: readonly { budget: number; seeds: readonly (readonly JudgedPair[])[] }[],
  options: BootstrapOptions,
): BudgetCurve[] {
  const splits = [...new Set(byBudget[0].seeds[0].map(({ pair }) => pair.split))]
  return splits.map((split) => ({
    split,
    points: byBudget.map(({ budget, seeds }) => {
      const own = { seeds: seeds.map((judged) => judged.filter(({ pair }) => pair.split === split)) }
      const { mean } = ratiosOver(
        own.seeds[0].map(({ pair }) => pair.id),
        options,
      )
      const over = (value: (ballot: Ballot) => number) =>
        mean((pair) => meanOver(ballotsOf(own, pair), value))
      return {
        budget,
        accuracy: over(isRightNumber),
        unparseable: over(({ winner }) => Number(winner === null)),
        tokens: over(({ tokens }) => tokens),
      }
    }),
  }))
}
