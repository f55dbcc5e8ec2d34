import type { BenchmarkRow, Prediction } from './benchmark.ts'

/** A prediction on three steps; `said` 'unreadable' for none. */
export function prediction(
  truth: number | null,
  said: number | null | 'unreadable',
  more: Partial<BenchmarkRow> = {},
): Prediction {
  const id = `${truth} ${said}`
  const row: BenchmarkRow = { id, problem: id, steps: ['x', 'y', 'z'], first_error: truth, ...more }
  return { row, opinion: said === 'unreadable' ? null : { first_error: said, p_correct: 0.5 } }
}
