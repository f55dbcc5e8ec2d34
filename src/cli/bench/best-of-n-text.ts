import type { BestOfNSet, RewardQuality } from '../../evaluate/best-of-n-report.ts'
import type { Difference, Interval } from '../../evaluate/bootstrap.ts'
import { taskLabel } from '../../report/task-label.ts'
import { table } from '../table.ts'

/** Where paired differences are shown, if that N was measured. */
const versusOne = [16]
const versusMajority = [4, 64]
const versusReward = [4, 16, 64, 256]

/** A table of accuracies in percent, and what is to be said of every reward. */
export function describeSet({ task, split, accuracy, samples, quality }: BestOfNSet): string {
  const { methods, counts, problems } = accuracy
  const rows = Object.entries(methods).map(([name, { points }]) => ({ name, points }))
  const columns = counts.map((n, i) => ({
    title: `N = ${n}`,
    align: 'right' as const,
    value: ({ points }: (typeof rows)[number]) => withMargin(points[i]),
  }))
  const title = `${taskLabel(task)}, ${split}: ${problems} problems`
  return [
    title,
    table(rows, [{ title: 'right, %', value: ({ name }) => name }, ...columns]),
    `${samples.total} samples of ${samples.tokens.toFixed(0)} tokens; ${share(samples.distinct)} distinct, ` +
      `${share(samples.withoutAnswer)} without an answer`,
    ...Object.keys(quality).flatMap((reward) => [
      ...differences(methods[reward].points, reward),
      ...falls(methods[reward].fall, reward),
      ...qualityLines(quality[reward], reward),
    ]),
  ].join('\n')
}

type Points = BestOfNSet['accuracy']['methods'][string]['points']

function differences(points: Points, reward: string): string[] {
  const at = (counts: number[], reference: string) =>
    points
      .filter(({ n }) => counts.includes(n))
      .map(({ n, versus }) => `${reward} minus ${reference} at ${n}: ${bySeed(versus[reference])}`)
  const others = Object.keys(points[0].versus).filter((name) => name !== 'pass@1' && name !== 'majority')
  return [
    ...at(versusOne, 'pass@1'),
    ...at(versusMajority, 'majority'),
    ...others.flatMap((other) => at(versusReward, other)),
  ]
}

/** A difference, and of each seed where there are several. */
export function bySeed(difference: Difference): string {
  const { seeds } = difference
  return change(difference) + (seeds.length > 1 ? `, of each seed ${seeds.map(signed).join(', ')}` : '')
}

function falls(fall: BestOfNSet['accuracy']['methods'][string]['fall'], reward: string): string[] {
  if (fall === null) return [`${reward} is best at the largest N`]
  const verdict = fall.high < 0 ? 'falls' : 'does not clearly fall'
  return [`${reward} ${verdict}; from its best N, ${fall.from}, to ${fall.to}: ${change(fall)}`]
}

function qualityLines({ firstError, auc, ece, brier }: RewardQuality, reward: string): string[] {
  const within = (interval: Interval | null) =>
    interval === null ? '-' : `${share(interval.mean)} [${share(interval.low)}, ${share(interval.high)}]`
  const plain = (value: number | null | undefined) => value?.toFixed(3) ?? '-'
  const located = firstError && [
    `${reward} first error right: ${within(firstError.overall)}; in wrong solutions ${within(firstError.onWrong)}, ` +
      `in right ones ${within(firstError.onCorrect)}; F1 ${plain(firstError.f1)}; none seen in ${within(firstError.unnoticed)} of the wrong`,
  ]
  return [
    ...(located ?? []),
    `${reward} P(correct): AUC ${plain(auc)}, ECE ${plain(ece)}, Brier ${plain(brier?.mean)}`,
  ]
}

export function withMargin({ mean, low, high }: Interval): string {
  return `${points(mean)} ±${points((high - low) / 2)}`
}

/** A difference in percentage points with its interval. */
export function change({ mean, low, high }: Interval): string {
  return `${signed(mean)} [${signed(low)}, ${signed(high)}]`
}

function signed(value: number): string {
  const text = points(value)
  return Number(text) === 0 ? '0.0' : value > 0 ? `+${text}` : text.replace('-', '−')
}

export function points(value: number): string {
  return (100 * value).toFixed(1)
}

function share(value: number): string {
  return `${points(value)}%`
}
