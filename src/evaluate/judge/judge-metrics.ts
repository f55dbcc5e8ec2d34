import { type MeasuredRule, type MeasureOptions, measureRule, type Rule } from '../rules.ts'

export interface JudgeMetric {
  name: string
  /** Over the rows with a verdict wherever the judge was asked. */
  decided: MeasuredRule
  /** Over all rows. A missing verdict is a miss where verdicts are counted, and left out where verdicts are compared (kappa). */
  all: MeasuredRule
}

/** What the rows of a benchmark are. */
export interface JudgedRows<Row> {
  /** What is drawn at once in a resample. */
  prompt(row: Row): string
  isDecided(row: Row): boolean
}

/** Every rule; those that are about no row are left out. */
export function measureRules<Row>(
  rows: readonly Row[],
  rules: readonly Rule<Row>[],
  { prompt, isDecided }: JudgedRows<Row>,
  options?: MeasureOptions,
): JudgeMetric[] {
  const decided = rows.filter(isDecided)
  return rules
    .filter(({ of = () => true }) => rows.some(of))
    .map((rule) => ({
      name: rule.name,
      decided: measureRule(decided, rule, prompt, options),
      all: measureRule(rows, rule, prompt, options),
    }))
}
