import type { LabelledRow } from '../../data/format.ts'
import type { ShippedModel } from '../../transformer/shipped.ts'
import type { Interval } from '../bootstrap.ts'
import { type MeasureOptions, measureRule, type Rule, share } from '../rules.ts'

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
  /** Rows of one group are drawn together in a bootstrap. The problem unless given. */
  group?(row: BenchmarkRow): string
  /** @throws InputError when the row does not say what the benchmark measures by */
  check?(row: BenchmarkRow): void
  /**
   * What a solution that could not be read adds must count as missed.
   * @param threshold hazard from which a step counts as wrong, where single steps are judged
   */
  rules(rows: readonly BenchmarkRow[], threshold: number): Rule<Prediction>[]
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
  /** The statistic and its 95% bootstrap interval over problems (solutions of one problem, or {@link Benchmark.group}, stay together); null: undefined. */
  value: Interval | null
}

/** Every rule. */
export function measure(
  predictions: readonly Prediction[],
  rules: readonly Rule<Prediction>[],
  { group = ({ problem }) => problem, ...options }: MeasureOptions & Pick<Benchmark, 'group'> = {},
): Metric[] {
  const readable = predictions.filter(({ opinion }) => opinion !== null)
  const measured = (some: readonly Prediction[], rule: Rule<Prediction>): Measured => {
    const { rows, value } = measureRule(some, rule, ({ row }) => group(row), options)
    return { solutions: rows, value }
  }
  return rules.map((rule) => ({
    name: rule.name,
    readable: measured(readable, rule),
    all: measured(predictions, rule),
  }))
}

/** A share of hits: the rule of an accuracy. */
export function accuracy(
  name: string,
  hit: (prediction: Prediction) => boolean,
  of?: (prediction: Prediction) => boolean,
): Rule<Prediction> {
  return share(name, (prediction) => [Number(hit(prediction)), 1], of)
}

/** For {@link accuracy}: the solutions with a first error. */
export function hasError({ row }: Prediction): boolean {
  return row.first_error !== null
}

/** And those without. */
export function hasNoError(prediction: Prediction): boolean {
  return !hasError(prediction)
}

/** Is the first error predicted exactly? */
export function isHit({ row, opinion }: Prediction): boolean {
  return opinion !== null && opinion.first_error === row.first_error
}
