import { z } from 'zod'
import { bestOfNPlots, type PlottedBestOfN } from '../best-of-n.ts'
import { difference, interval, made, madeFacts, taskParts } from './bench.ts'
import { type Html, html } from './html.ts'
import {
  type Column,
  changes,
  changesBySeed,
  fractions,
  pageLook,
  type Section,
  shares,
  table,
  taskTitle,
} from './parts.ts'

/** A report of `bestOfN` in src/evaluate. */
export const accuracy = z.object({
  problems: z.int(),
  samples: z.int(),
  counts: z.array(z.int().min(1)).min(1),
  confidence: z.number(),
  methods: z.record(
    z.string(),
    z.object({
      kind: z.enum(['reference', 'best', 'vote']),
      points: z
        .array(
          interval.extend({
            n: z.int().min(1),
            versus: z.object({ 'pass@1': difference, majority: difference }).catchall(difference),
          }),
        )
        .min(1),
      fall: interval.extend({ from: z.int(), to: z.int() }).nullable(),
    }),
  ),
})

type Accuracy = z.output<typeof accuracy>

const quality = z.object({
  firstError: z
    .object({
      overall: interval.nullable(),
      onWrong: interval.nullable(),
      onCorrect: interval.nullable(),
      unnoticed: interval.nullable(),
      f1: z.number().nullable(),
    })
    .nullable(),
  auc: z.number().nullable(),
  ece: z.number().nullable(),
  brier: interval.nullable(),
})

const bestOfNSet = z.object({
  task: z.string(),
  split: z.string(),
  samples: z.object({
    total: z.int(),
    withoutAnswer: z.number(),
    distinct: z.number(),
    tokens: z.number(),
  }),
  accuracy,
  quality: z.record(z.string(), quality),
})

type BestOfNSet = z.output<typeof bestOfNSet>

export const bestOfNResult = z.object({
  bench: z.string(),
  ...made,
  settings: made.settings.extend({ samples: z.int() }),
  sets: z.array(bestOfNSet).min(1),
})

/**
 * The sections of `assay bench best-of-n` and of the benches that train what they compare by it.
 */
export function bestOfNSection(
  result: z.output<typeof bestOfNResult>,
  texts: Pick<Section, 'title' | 'about'>,
): Section {
  const { bench, sets, settings } = result
  return {
    ...texts,
    // a page may have several, of other rewards or splits
    title: bench === 'best-of-n' ? `${texts.title} by ${comparedIn(result)}` : texts.title,
    body: html`${taskParts(sets, result, {
      plots: (set) => bestOfNPlots(bench, set, pageLook).map(({ svg }) => ({ svg, caption: captionOf(set) })),
      numbers: (own) => html`${accuracyTable(own)}${rewardTable(own)}${sampleTable(own)}`,
    })}${madeFacts(result, `${settings.samples} of each problem and seed`)}`,
  }
}

/** `crm: test, harder` */
function comparedIn({ sets, plan }: z.output<typeof bestOfNResult>): string {
  const rewards = Object.entries(sets[0].accuracy.methods).flatMap(([name, { kind }]) =>
    kind === 'best' ? [name] : [],
  )
  const names = rewards.length > 2 ? `${rewards.length} rewards` : rewards.join(' and ') || 'majority'
  return `${names}: ${plan.splits.join(', ')}`
}

export function captionOf({ task, split, accuracy, samples }: PlottedBestOfN): string {
  const { problems, confidence } = accuracy
  const repetitions = Math.round(samples.total / (problems * accuracy.samples))
  return (
    `${taskTitle(task)}, ${split}: ${problems} problems, ${accuracy.samples} samples of each` +
    `${repetitions > 1 ? `, ${repetitions} times` : ''}; bands are ${Math.round(confidence * 100)}% intervals over problems.`
  )
}

/** How often answers are right, by method and N. */
export function accuracyTable(sets: readonly { split: string; accuracy: Accuracy }[]): Html {
  const counts = [...new Set(sets.flatMap(({ accuracy }) => accuracy.counts))].sort((a, b) => a - b)
  const groups = sets.map(({ split, accuracy }) => ({
    name: split,
    rows: Object.entries(accuracy.methods).map(([name, { points }]) => ({ name, points })),
  }))
  return table('Right answers, %, with intervals', groups, [
    { title: 'Method', value: ({ name }) => name },
    ...counts.map((n) => ({
      title: `N = ${n}`,
      value: ({ points }: (typeof groups)[number]['rows'][number]) =>
        shares(points.find((point) => point.n === n) ?? null),
    })),
  ])
}

/** What the numbers above come to for each reward, and how it reads single samples. */
function rewardTable(sets: readonly BestOfNSet[]): Html {
  const groups = sets.map(({ split, accuracy: { methods }, quality }) => ({
    name: split,
    rows: Object.entries(methods)
      .filter(([name, { kind }]) => kind === 'best' && Object.hasOwn(quality, name))
      .map(([name, curve]) => ({ name, curve, quality: quality[name], last: curve.points.at(-1)! })),
  }))
  type Row = (typeof groups)[number]['rows'][number]
  const columns: Column<Row>[] = [
    { title: 'Reward', value: ({ name }) => name },
    { title: 'minus pass@1, largest N', value: ({ last }) => changesBySeed(last.versus['pass@1']) },
    { title: 'minus majority, largest N', value: ({ last }) => changesBySeed(last.versus.majority) },
    {
      title: 'minus another reward, largest N',
      value: ({ last: { versus } }) => {
        const other = Object.keys(versus).find((name) => name !== 'pass@1' && name !== 'majority')
        return other !== undefined && html`${changesBySeed(versus[other])}<small>minus ${other}</small>`
      },
    },
    {
      title: 'largest N minus best N',
      value: ({ curve: { fall }, last }) =>
        fall ? html`${changes(fall)}<small>best at ${fall.from}</small>` : `best at ${last.n}`,
    },
    {
      title: 'first error right, %',
      value: ({ quality: { firstError } }) => shares(firstError?.overall ?? null),
    },
    {
      title: 'of wrong samples',
      value: ({ quality: { firstError } }) => shares(firstError?.onWrong ?? null),
    },
    {
      title: 'of right samples',
      value: ({ quality: { firstError } }) => shares(firstError?.onCorrect ?? null),
    },
    {
      title: 'wrong, none seen, %',
      value: ({ quality: { firstError } }) => shares(firstError?.unnoticed ?? null),
    },
    { title: 'F1', value: ({ quality: { firstError } }) => firstError?.f1?.toFixed(3) },
    { title: 'AUC', value: ({ quality: { auc } }) => auc?.toFixed(3) },
    { title: 'ECE', value: ({ quality: { ece } }) => ece?.toFixed(3) },
    { title: 'Brier', value: ({ quality: { brier } }) => fractions(brier) },
  ]
  return table('Rewards: differences in percentage points, and how they read single samples', groups, columns)
}

function sampleTable(sets: readonly BestOfNSet[]): Html {
  return table(
    'Samples',
    [{ name: '', rows: sets }],
    [
      { title: 'Split', value: ({ split }) => split },
      { title: 'problems', value: ({ accuracy: { problems } }) => problems },
      { title: 'samples', value: ({ samples }) => samples.total },
      { title: 'tokens of one', value: ({ samples }) => samples.tokens.toFixed(0) },
      { title: 'distinct, %', value: ({ samples }) => (100 * samples.distinct).toFixed(1) },
      { title: 'without an answer, %', value: ({ samples }) => (100 * samples.withoutAnswer).toFixed(1) },
    ],
  )
}
