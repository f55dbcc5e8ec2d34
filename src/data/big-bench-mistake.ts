import { z } from 'zod'
import { sameAnswer } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { checkedRow, checkStep, type Format, parse } from './format.ts'

const row = z.looseObject({
  input: z.string(),
  steps: z.array(z.string()),
  target: z.string(),
  answer: z.string().nullable(),
  mistake_index: z.int({ error: 'must be a whole number (0 is the first step) or null' }).nullable(),
})

/**
 * BIG-Bench-Mistake (Tyen et al. 2023, arXiv 2311.08516): the first logical mistake, from 0, null for none. A solution without
 * an answer (null) counts as wrong. Mistake and answer are independent: each occurs without the other. Whether the answer is right
 * is not told but follows from the two answers, so a solution of which they say otherwise is not written.
 */
export const bigBenchMistake: Format = {
  name: 'big-bench-mistake',
  summary: '{input, steps, target, answer, mistake_index}: null or the first mistake, from 0',
  matches: (row) => 'input' in row && 'mistake_index' in row,
  read(value, { id }) {
    const { input, steps, target, answer, mistake_index } = parse(row, value)
    if (mistake_index !== null)
      checkStep(mistake_index, steps.length, `mistake_index is ${mistake_index} (0 is the first)`)
    return [
      checkedRow({
        id,
        problem: input,
        steps,
        answer: answer ?? undefined,
        correct: sameAnswer(answer, target),
        first_error: mistake_index,
        truth: target,
      }),
    ]
  },
  write({ problem, steps, answer, correct, truth, first_error }) {
    if (first_error === undefined) throw new InputError('"first_error" is missing: label it first')
    if (typeof truth !== 'string')
      throw new InputError('"truth" is missing: the format needs the right answer, as a string')
    const same = sameAnswer(answer ?? null, truth)
    if (correct !== undefined && correct !== same)
      throw new InputError(
        `"correct" is ${correct}, but "answer" and "truth" are ${same ? '' : 'not '}the same`,
      )
    return { input: problem, steps, target: truth, answer: answer ?? null, mistake_index: first_error }
  },
}
