import { countsOf } from '../../reasoning/counts.ts'
import { readMultistepMistake } from '../../tasks/traces/read-multistep.ts'
import { readShuffleMistake } from '../../tasks/traces/read-shuffle.ts'
import type { Rule } from '../rules.ts'
import { ratio } from '../summed.ts'
import {
  accuracy,
  type Benchmark,
  type BenchmarkRow,
  hasError,
  hasNoError,
  isHit,
  type Prediction,
} from './benchmark.ts'

/**
 * BIG-Bench-Mistake (Tyen et al. 2023, arXiv 2311.08516): how often the first mistake, or that there is none, is told exactly.
 * Most solutions have their mistake at the same few steps, so what counts is the difference to always giving the
 * commonest answer of the file, and to always saying that there is no mistake.
 */
export const bigBenchMistake: Benchmark = {
  name: 'BIG-Bench-Mistake',
  format: 'big-bench-mistake',
  reward: 'crm-traces',
  rules(rows) {
    const best = commonest(rows)
    const constants = best === null ? [null] : [best, null]
    const readings = new Map(rows.map((row) => [row, readingOf(row)]))
    return [
      accuracy('exact', isHit),
      accuracy('exact with a mistake', isHit, hasError),
      accuracy('exact without a mistake', isHit, hasNoError),
      ...constants.map((step) =>
        accuracy(
          `${always(step)}${step === best ? ' (best constant)' : ''}`,
          ({ row }) => row.first_error === step,
        ),
      ),
      ...constants.map((step) => above(`exact minus ${always(step)}`, step)),
      accuracy('exact, step 0 read as no mistake', isHitReadingFirstAsNone),
      ...places.map(({ name, has }) =>
        accuracy(
          `exact, mistake in ${name}`,
          isHit,
          ({ row }) => row.first_error !== null && has(row.first_error, row.steps.length),
        ),
      ),
      ...[...countsOf([...readings.values()].filter((reading) => reading !== null))]
        .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
        .map(([reading]) => accuracy(`exact, ${reading}`, isHit, ({ row }) => readings.get(row) === reading)),
    ]
  },
}

/** What the step of the first mistake looks like, in the two tasks whose traces can be read; the rows say only where it is. */
function readingOf({ problem, steps, first_error }: BenchmarkRow): string | null {
  if (first_error === null) return null
  const reading =
    readMultistepMistake(problem, steps, first_error) ?? readShuffleMistake(problem, steps, first_error)
  return reading && `mistake reads as: ${reading}`
}

/** The last step puts together what those before it found. */
const places = [
  { name: 'the last step', has: (step: number, steps: number) => step === steps - 1 },
  { name: 'a step before it', has: (step: number, steps: number) => step < steps - 1 },
]

/**
 * In the published files no first step is labelled a mistake: a trace that goes wrong there is labelled as if nothing were. Read
 * so, a prediction of step 0 says "no mistake".
 */
function isHitReadingFirstAsNone({ row, opinion }: Prediction): boolean {
  return opinion !== null && (opinion.first_error === 0 ? null : opinion.first_error) === row.first_error
}

const always = (step: number | null) => `always ${step === null ? 'no mistake' : `step ${step}`}`

/** Difference of accuracies, paired by solution. */
function above(name: string, constant: number | null): Rule<Prediction> {
  return {
    name,
    counts: (prediction) => [Number(isHit(prediction)) - Number(prediction.row.first_error === constant), 1],
    statistic: ([above, rows]) => ratio(above, rows),
    range: [-1, 1],
  }
}

/** The first error that most rows have, null for none; of equally many the earlier step. */
export function commonest(rows: readonly BenchmarkRow[]): number | null {
  const counts = countsOf(rows.map(({ first_error }) => first_error))
  const place = (step: number | null) => step ?? Number.POSITIVE_INFINITY
  const [best] = [...counts].sort(([a, m], [b, n]) => n - m || place(a) - place(b))
  return best?.[0] ?? null
}
