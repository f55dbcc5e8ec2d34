import type { ReadSolution } from './solutions.ts'

/** What a file of solutions holds. */
export interface Description {
  /** null for a file without a good row. */
  format: string | null
  solutions: number
  /** Different problem texts. */
  problems: number
  steps: number
  /** Of the answers; `unknown`: the file does not tell. */
  right: number
  wrong: number
  unknown: number
  first_error: {
    /** Solutions whose first error is the step of that index. */
    at: number[]
    none: number
    unknown: number
  }
  /** Right answers with a bad step, and wrong ones said to have none. */
  right_with_error: number
  wrong_without_error: number
}

export async function description(solutions: AsyncIterable<ReadSolution>): Promise<Description> {
  const problems = new Set<string>()
  const found: Description = {
    format: null,
    solutions: 0,
    problems: 0,
    steps: 0,
    right: 0,
    wrong: 0,
    unknown: 0,
    first_error: { at: [], none: 0, unknown: 0 },
    right_with_error: 0,
    wrong_without_error: 0,
  }
  const { at } = found.first_error
  for await (const { row, format } of solutions) {
    const { problem, steps, correct, first_error } = row
    found.format = format
    found.solutions++
    found.steps += steps.length
    problems.add(problem)
    found[correct === undefined ? 'unknown' : correct ? 'right' : 'wrong']++
    if (first_error === undefined) found.first_error.unknown++
    else if (first_error === null) found.first_error.none++
    else {
      while (at.length <= first_error) at.push(0)
      at[first_error]++
    }
    if (correct === true && typeof first_error === 'number') found.right_with_error++
    if (correct === false && first_error === null) found.wrong_without_error++
  }
  return { ...found, problems: problems.size }
}
