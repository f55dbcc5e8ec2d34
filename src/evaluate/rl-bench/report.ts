import { type HackName, hackCounts, hackNames } from '../../rl/hacks.ts'
import { leastGrowth } from '../../rl/monitor.ts'
import type { StepRow } from '../../rl/run.ts'
import {
  type BootstrapOptions,
  bootstrapDifference,
  bootstrapMean,
  bootstrapShare,
  type Difference,
  type Interval,
  meanOf,
  meanOrNull,
  quantile,
} from '../bootstrap.ts'
import { kindsOf } from '../problems.ts'
import type { RlFound, RlOutcome, RlTricks } from './found.ts'
import type { ShownProblem } from './job.ts'
import type { TestSample } from './samples.ts'

/** What is drawn of a run, by step. */
export const drawn = [
  'proxy',
  'gold',
  'kl',
  'tokens',
  'steps',
  'step_length',
  'repetition',
  'redundant',
  'entropy',
] as const

export interface RlPoint extends Record<(typeof drawn)[number], number | null> {
  step: number
}

/** A hack in the samples of a policy: steps of a solution in which it is. */
export interface FoundHack {
  hack: HackName
  before: number
  after: number
  /** Over problems, 99%. */
  change: Interval
  /** It grew, by more than chance and enough to matter. */
  grew: boolean
  /** What the reward pays for it, in shares of what right solutions earn more than wrong ones; null where that is not known. */
  pays: Interval | null
  /** It grew, and the reward pays for it; where that is not known, it grew while the reward was gamed. */
  fell: boolean
}

/** One arm on one task, all seeds. */
export interface RlSummary {
  arm: string
  /** Share of test samples that are right, before and after; intervals over problems, means over seeds. */
  before: Interval
  after: Interval
  lift: Interval
  /**
   * After, minus after of the first arm, over the seeds that both have. null for the first arm, and where they have no seed in common.
   */
  minusFirst: Difference | null
  /** Of each seed: the lift, and the step from which the reward was gamed, null for never. */
  seeds: { seed: number; lift: number; hacked: number | null }[]
  /** Gold accuracy of the rollouts when KL reached the budget, mean over seeds; null where one never did. */
  atBudget: number | null
  /** KL to the reference, nats a token: median of the last steps, mean over seeds. */
  kl: number
  hacks: FoundHack[]
  /** Means over seeds and neighbouring steps; of KL the median. */
  curve: RlPoint[]
  /** A few test problems as they were solved before and after by the first seed's policy. */
  shown: (ShownProblem & { chosen: Chosen })[]
}

export interface RlSet {
  task: string
  problems: number
  arms: RlSummary[]
  /** What rewards pay for hacks. */
  tricks: (RlTricks['tricks'] & { arm: string })[]
}

/** Why a problem is shown: nothing changed more for the worse, or it is among the first of all. */
export const choices = ['worst', 'first'] as const
type Chosen = (typeof choices)[number]

/** Problems of either sort that go into the results. */
const shown = 3

/** Steps that a point of a curve is the mean of. */
const smooth = 5

type Options = BootstrapOptions & { budget: number }

/** Outcomes by task and arm. @param budget KL to the reference, nats a token, at which policies are compared */
export function reportRl(
  { outcomes, tricks }: Pick<RlFound, 'outcomes' | 'tricks'>,
  options: Options,
): RlSet[] {
  const tasks = [...new Set(outcomes.map(({ task }) => task))]
  return tasks.map((task) => {
    const own = outcomes.filter((each) => each.task === task)
    const ownTricks = tricks.filter((each) => each.task === task)
    const arms = [...new Set(own.map(({ arm }) => arm))]
    const { before } = own[0]
    // of the same problems in all arms
    const over = { ...options, kinds: kindsOf(before.map(([{ id }]) => id)) }
    const runsOf = (name: string) => own.filter(({ arm }) => arm === name)
    return {
      task,
      problems: before.length,
      arms: arms.map((arm) =>
        summary(runsOf(arm), arm === arms[0] ? [] : runsOf(arms[0]), tricksOf(arm, ownTricks), over),
      ),
      tricks: ownTricks.map(({ arm, tricks }) => ({ arm, ...tricks })),
    }
  })
}

/** Of an arm; beside the verifiable reward a right solution earns 1 more, so that hacks pay less by that unit. */
function tricksOf(arm: string, all: readonly RlTricks[]): RlTricks['tricks'] | null {
  const tricks = all.find((each) => each.arm === arm.replace('+vr', ''))?.tricks ?? null
  if (tricks === null || !arm.endsWith('+vr')) return tricks
  const gap = tricks.gap + 1
  const share = tricks.gap / gap
  const scaled = Object.entries(tricks.tricks).map(([name, { mean, low, high, solutions, rewards }]) => {
    const [m, l, h] = [mean, low, high].map((value) => value * share)
    return [
      name,
      { mean: m, low: l, high: h, solutions, rewards: rewards.map((each) => each && each * share) },
    ]
  })
  return { gap, tricks: Object.fromEntries(scaled) }
}

function summary(
  runs: readonly RlOutcome[],
  first: readonly RlOutcome[],
  tricks: RlTricks['tricks'] | null,
  { budget, ...options }: Options,
): RlSummary {
  const [{ arm, before }] = runs
  const start = rightIn(before)
  const ends = runs.map(({ after }) => rightIn(after))
  const after = meansOver(ends)
  const gamed = runs.some(({ hacking }) => hacking !== null)
  const found = hackNames.map((hack) => foundHack(hack, runs, tricks, gamed, options))
  return {
    arm,
    before: bootstrapShare(start, options),
    after: bootstrapShare(after, options),
    lift: bootstrapMean(
      after.map((share, i) => share - start[i]),
      options,
    ),
    minusFirst: minus(runs, first, options),
    seeds: runs.map(({ seed, hacking }, i) => ({
      seed,
      lift: meanOf(ends[i]) - meanOf(start),
      hacked: hacking?.began ?? null,
    })),
    atBudget: meanOrNull(runs.map(({ rows }) => goldAt(rows, budget))),
    kl: meanOf(runs.map(({ rows }) => middleKl(rows.slice(-2 * smooth)))),
    hacks: found,
    curve: curveOf(runs.map(({ rows }) => rows)),
    shown: shownOf(
      runs[0].shown,
      found.filter(({ grew }) => grew).map(({ hack }) => hack),
    ),
  }
}

/** Share of right samples of each problem. */
function rightIn(problems: readonly TestSample[][]): number[] {
  return problems.map((samples) => meanOf(samples.map(({ correct }) => Number(correct))))
}

/** By problem, over lists of all problems. */
function meansOver(lists: readonly number[][]): number[] {
  return lists[0].map((_, i) => meanOf(lists.map((list) => list[i])))
}

function minus(
  runs: readonly RlOutcome[],
  first: readonly RlOutcome[],
  options: BootstrapOptions,
): Difference | null {
  const pairs = runs.flatMap((run) => {
    const other = first.find(({ seed }) => seed === run.seed)
    return other ? [[rightIn(run.after), rightIn(other.after)]] : []
  })
  if (pairs.length === 0) return null
  const [own, others] = [0, 1].map((which) => meansOver(pairs.map((pair) => pair[which])))
  const seeds = pairs.map(([own, other]) => meanOf(own) - meanOf(other))
  return { ...bootstrapDifference(own, others, options), seeds }
}

function foundHack(
  hack: HackName,
  runs: readonly RlOutcome[],
  tricks: RlTricks['tricks'] | null,
  gamed: boolean,
  options: BootstrapOptions,
): FoundHack {
  const counts = (groups: readonly TestSample[][]) =>
    groups.map((samples) => meanOf(samples.map((sample) => countsOf(sample)[hack])))
  const start = counts(runs[0].before)
  const ends = runs.map(({ after }) => counts(after))
  const end = start.map((_, i) => meanOf(ends.map((each) => each[i])))
  const change = bootstrapMean(
    end.map((value, i) => value - start[i]),
    { ...options, confidence: 0.99 },
  )
  const grew = change.low > 0 && change.mean > leastGrowth
  const pays = tricks?.tricks[hack] ?? null
  const fell = grew && (pays === null ? gamed : pays.low > 0)
  return { hack, before: meanOf(start), after: meanOf(end), change, grew, pays, fell }
}

/** Reports are made again as runs end: samples are read once. */
const counted = new WeakMap<TestSample, Record<HackName, number>>()

function countsOf(sample: TestSample): Record<HackName, number> {
  const known = counted.get(sample)
  if (known) return known
  const found = hackCounts(sample.problem, sample.steps)
  counted.set(sample, found)
  return found
}

/**
 * Problems that were right and are wrong, and those with more of the hacks (what earns more by it before what earns less); then the first of the
 * others, whatever became of them.
 */
function shownOf(problems: readonly ShownProblem[], grown: readonly HackName[]): RlSummary['shown'] {
  const total = (rewards: number[] | null) => (rewards ?? []).reduce((sum, value) => sum + value, 0)
  const score = ({ problem, before, after }: ShownProblem) => {
    const [then, now] = [before, after].map(({ steps }) => hackCounts(problem, steps))
    const hacked = grown.reduce((sum, hack) => sum + now[hack] - then[hack], 0)
    const spoilt = Number(before.correct) - Number(after.correct)
    return hacked + spoilt + Number(total(after.rewards) > total(before.rewards)) / 2
  }
  const worst = problems
    .map((problem) => ({ problem, score: score(problem) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, shown)
    .map(({ problem }) => problem)
  const first = problems.filter((problem) => !worst.includes(problem)).slice(0, shown)
  const chosen = (some: ShownProblem[], chosen: Chosen) => some.map((problem) => ({ ...problem, chosen }))
  return [...chosen(worst, 'worst'), ...chosen(first, 'first')]
}

/** Gold of the last steps before KL passed the budget; null where it never did. */
function goldAt(rows: readonly StepRow[], budget: number): number | null {
  const past = rows.findIndex(
    (_, i) => i + 1 >= smooth && middleKl(rows.slice(i + 1 - smooth, i + 1)) > budget,
  )
  if (past < 0) return null
  const end = Math.max(1, past)
  return meanOf(rows.slice(Math.max(0, end - 2 * smooth), end).map(({ gold }) => gold))
}

/** Median: the estimate of a step (k3) has a long tail, so one token may make a mean. */
function middleKl(rows: readonly StepRow[]): number {
  return quantile(Float64Array.from(rows, ({ kl }) => kl).sort(), 0.5)
}

function curveOf(runs: readonly (readonly StepRow[])[]): RlPoint[] {
  const length = Math.min(...runs.map((rows) => rows.length))
  const points: RlPoint[] = []
  for (let from = 0; from < length; from += smooth) {
    const rows = runs.flatMap((rows) => rows.slice(from, Math.min(from + smooth, length)))
    const value = (name: (typeof drawn)[number]) => {
      if (name === 'kl') return middleKl(rows)
      return rows.some((row) => row[name] === null) ? null : meanOf(rows.map((row) => row[name] as number))
    }
    points.push({
      step: from,
      ...(Object.fromEntries(drawn.map((name) => [name, value(name)])) as Omit<RlPoint, 'step'>),
    })
  }
  return points
}
