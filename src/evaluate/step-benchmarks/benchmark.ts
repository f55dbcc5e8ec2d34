import type { LabelledRow } from '../../data/format.ts'
import type { ShippedModel } from '../../transformer/shipped.ts'
import type { Interval } from '../bootstrap.ts'
import { ratio, summed } from '../summed.ts'

/** A solution of a benchmark, and what a reward says of it. */
export interface Prediction {
  row: BenchmarkRow
  /** null for a solution that the reward cannot read. */
  opinion: Opinion | null
}

export interface Opinion {
  /** The predicted first error (0 is the first step), null for none. */
  first_error: number | null
  /** Chance that the answer is right. */
  p_correct: number
  /** Of shape [steps]: of each step how likely it is bad, by its hazard where the reward has them, else by itself. */
  hazards?: number[]
}

/** `first_error` as people found it, null for none. */
export type BenchmarkRow = LabelledRow & { first_error: number | null }

export interface Benchmark {
  name: string
  /** The format (`data/formats.ts`) it is published in. */
  format: string
  /** The reward model that comes with assay and reads such solutions; unless given, the CRM of the built-in tasks. */
  reward?: ShippedModel
  /** Does it judge single steps, by how likely they are bad? */
  judgesSteps?: true
  /** @throws InputError when the row does not say what the benchmark measures by */
  check?(row: BenchmarkRow): void
  /** @param threshold hazard from which a step counts as wrong, where single steps are judged */
  rules(rows: readonly BenchmarkRow[], threshold: number): Rule[]
}

/** A statistic that is a function of counts, summed over solutions. */
export interface Rule {
  name: string
  /** The solutions it is about; left out, all. */
  of?(row: BenchmarkRow): boolean
  /** What a solution adds, always of the same length. One that could not be read must count as missed. */
  counts(prediction: Prediction): number[]
  /** null where it is undefined. */
  statistic(sums: readonly number[]): number | null
}

export interface Metric {
  name: string
  /** Over the solutions that could be read. */
  readable: Measured
  /** Over all of them, those that could not be read counted as missed. */
  all: Measured
}

export interface Measured {
  solutions: number
  /** The statistic and its 95% bootstrap interval over problems (solutions of one problem stay together); null: undefined. */
  value: Interval | null
}

export interface MeasureOptions {
  seed?: number
  resamples?: number
}

/** Every rule on the same resamples. */
export function measure(
  predictions: readonly Prediction[],
  rules: readonly Rule[],
  options: MeasureOptions = {},
): Metric[] {
  const readable = predictions.filter(({ opinion }) => opinion !== null)
  return rules.map((rule) => ({
    name: rule.name,
    readable: measured(readable, rule, options),
    all: measured(predictions, rule, options),
  }))
}

function measured(
  predictions: readonly Prediction[],
  { of = () => true, ...rule }: Rule,
  options: MeasureOptions,
): Measured {
  const own = predictions.filter(({ row }) => of(row))
  const { value } = summed(own, { ...rule, group: ({ row }) => row.problem }, options)
  return { solutions: own.length, value }
}

/** A share of hits, null of nothing: the rule of an accuracy. */
export function accuracy(
  name: string,
  hit: (prediction: Prediction) => boolean,
  of?: (row: BenchmarkRow) => boolean,
): Rule {
  return {
    name,
    of,
    counts: (prediction) => [Number(hit(prediction)), 1],
    statistic: ([hits, count]) => ratio(hits, count),
  }
}

/** Is the first error predicted exactly? */
export function isHit({ row, opinion }: Prediction): boolean {
  return opinion !== null && opinion.first_error === row.first_error
}
