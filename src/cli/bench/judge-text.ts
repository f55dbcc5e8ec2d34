import type { Interval } from '../../evaluate/bootstrap.ts'
import type { Slice } from '../../evaluate/judge-bench/accuracy.ts'
import type { JudgeBenchReport } from '../../evaluate/judge-bench/bench.ts'
import type { BestOfSet } from '../../evaluate/judge-bench/best-of.ts'
import { widest } from '../../report/judge.ts'
import { percent } from '../../report/percent.ts'
import { taskLabel } from '../../report/task-label.ts'
import { table } from '../table.ts'
import { change, withMargin } from './best-of-n-text.ts'

/** What a bench of judges came to, for a terminal: one text a part. */
export function describeJudges(report: JudgeBenchReport): string[] {
  const { settings, accuracy, thinking, budgets, votes, swapped, bestOf } = report
  return [
    ...settings.splits.map((split) => armsText(accuracy.filter((each) => each.split === split))),
    ratiosText(thinking),
    ...budgets.map(({ split, points }) =>
      titled(
        `thinking budget, ${split}`,
        table(points, [
          { title: 'tokens at most', value: ({ budget }) => budget },
          { title: 'right, %', align: 'right', value: ({ accuracy }) => withMargin(accuracy) },
          { title: 'no verdict, %', align: 'right', value: ({ unparseable }) => withMargin(unparseable) },
          { title: 'tokens', align: 'right', value: ({ tokens }) => tokens.mean.toFixed(0) },
        ]),
      ),
    ),
    ...votes.map(({ split, fixed, adaptive }) =>
      titled(
        `votes, ${split}`,
        table(
          [...fixed.map((each) => ({ ...each, gain: null })), ...adaptive],
          [
            { title: 'rule', value: ({ rule }) => rule },
            { title: 'right, %', align: 'right', value: ({ accuracy }) => withMargin(accuracy) },
            { title: 'votes', align: 'right', value: ({ votes }) => votes.toFixed(1) },
            { title: 'tokens', align: 'right', value: ({ tokens }) => tokens.mean.toFixed(0) },
            {
              title: 'gain at equal tokens',
              align: 'right',
              value: ({ gain }) => (gain === null ? null : change(gain)),
            },
          ],
        ),
      ),
    ),
    ...(swapped.length > 0 ? [swapsText(swapped)] : []),
    ...widest(bestOf).map(bestOfText),
  ]
}

const titled = (title: string, text: string) => `${title}\n${text}`

function armsText(slices: readonly Slice[]): string {
  const [whole, ...parts] = slices
  const share = (interval: Interval | null) => (interval === null ? null : percent(interval.mean, 1))
  return [
    titled(
      `${whole.split}: ${whole.pairs} pairs`,
      table(whole.arms, [
        { title: 'right, %', value: ({ arm }) => arm },
        { title: 'all', align: 'right', value: ({ accuracy }) => withMargin(accuracy) },
        {
          title: 'of each seed',
          value: ({ seeds }) => seeds.map((each) => (100 * each).toFixed(1)).join(' '),
        },
        { title: 'right first', align: 'right', value: ({ rightFirst }) => withMargin(rightFirst) },
        { title: 'second', align: 'right', value: ({ rightSecond }) => withMargin(rightSecond) },
        { title: 'orders agree', align: 'right', value: ({ consistency }) => share(consistency) },
        { title: 'for the first', align: 'right', value: ({ firstSlot }) => share(firstSlot) },
        { title: 'no verdict', align: 'right', value: ({ unparseable }) => share(unparseable) },
        { title: 'tokens', align: 'right', value: ({ tokens }) => tokens.mean.toFixed(0) },
      ]),
    ),
    ...whole.differences.map((each) => `judge minus ${each.minus}: ${change(each)}`),
    table(parts, [
      {
        title: 'right, %',
        value: ({ task, level, nearness }) =>
          nearness !== null ? `${nearness} misses` : level === null ? task : `${task}, level ${level}`,
      },
      { title: 'pairs', value: ({ pairs }) => pairs },
      ...whole.arms.map(({ arm: name }, i) => ({
        title: name,
        align: 'right' as const,
        value: ({ arms }: Slice) => withMargin(arms[i].accuracy),
      })),
    ]),
  ].join('\n')
}

function ratiosText(thinking: JudgeBenchReport['thinking']): string {
  const times = ({ mean, low, high }: Interval) =>
    `${mean.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`
  const rows = thinking.flatMap(({ arm, ratios }) => ratios.map((each) => ({ arm, ...each })))
  if (rows.length === 0) return 'thinking: the pairs are of one level'
  return titled(
    'thinking: hardest level over easiest, splits together',
    table(rows, [
      { title: 'arm', value: ({ arm }) => arm },
      { title: 'task', value: ({ task }) => task },
      { title: 'levels', value: ({ easy, hard }) => `${easy.join(', ')} and ${hard.join(', ')}` },
      { title: 'tokens', align: 'right', value: ({ tokens }) => times(tokens) },
      { title: 'tokens read', align: 'right', value: ({ read }) => times(read) },
    ]),
  )
}

function swapsText(swapped: JudgeBenchReport['swapped']): string {
  return titled(
    'after whose thinking the verdict is asked for',
    table(swapped, [
      { title: 'right, %', value: ({ split, pairs }) => `${split}, ${pairs} pairs` },
      { title: 'own', align: 'right', value: ({ own }) => withMargin(own) },
      { title: 'swapped', align: 'right', value: ({ swapped }) => withMargin(swapped) },
      { title: 'fall', align: 'right', value: ({ fall }) => change(fall) },
      { title: 'same place', align: 'right', value: ({ samePlace }) => withMargin(samePlace) },
      { title: 'other place', align: 'right', value: ({ otherPlace }) => withMargin(otherPlace) },
      { title: 'none', align: 'right', value: ({ none }) => withMargin(none) },
      { title: 'follows what is put in', align: 'right', value: ({ follows }) => withMargin(follows) },
    ]),
  )
}

function bestOfText({ split, task, problems, candidates, methods }: BestOfSet): string {
  const others = [...new Set(methods.flatMap(({ versus }) => Object.keys(versus)))]
  const curves = [...new Set(methods.flatMap(({ equalWork }) => equalWork.map(({ name }) => name)))]
  return titled(
    `best of ${candidates}, ${taskLabel(task)}, ${split}: ${problems} problems; tokens and compute of a problem`,
    table(methods, [
      { title: 'right, %', value: ({ name }) => name },
      { title: `N = ${candidates}`, align: 'right', value: ({ accuracy }) => withMargin(accuracy) },
      ...others.map((other) => ({
        title: `minus ${other}`,
        align: 'right' as const,
        value: ({ versus }: (typeof methods)[number]) => (versus[other] ? change(versus[other]) : null),
      })),
      { title: 'games', align: 'right', value: ({ calls }) => calls.toFixed(1) },
      { title: 'reads', align: 'right', value: ({ read }) => read.toFixed(0) },
      { title: 'writes', align: 'right', value: ({ written }) => written.toFixed(0) },
      { title: 'scored', align: 'right', value: ({ scored }) => scored.toFixed(0) },
      { title: 'M mult-adds', align: 'right', value: ({ work }) => (work / 1e6).toFixed(0) },
      ...curves.map((name) => ({
        title: `minus ${name}, equal compute`,
        align: 'right' as const,
        value: ({ equalWork }: (typeof methods)[number]) => {
          const there = equalWork.find((each) => each.name === name)
          return there ? `${change(there.difference)} at ${there.n}` : null
        },
      })),
    ]),
  )
}
