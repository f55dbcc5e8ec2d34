import { z } from 'zod'
import { checkedRow, checkStep, type Format, firstBad, parse } from './format.ts'

const row = z.looseObject({
  idx: z.string(),
  modified_question: z.string(),
  modified_process: z.array(z.string()),
  error_steps: z.array(z.int({ error: 'must be a whole number (1 is the first step)' })),
  classification: z.string(),
  reason: z.string().optional(),
})

/**
 * PRMBench (Song et al. 2025, arXiv 2501.03124): every bad step of a solution, from 1. Whether the answer is right is not
 * told. `idx` occurs once in each class of errors, so an id is both.
 */
export const prmBench: Format = {
  name: 'prmbench',
  summary: '{idx, modified_question, modified_process, error_steps, classification}: all bad steps, from 1',
  matches: (row) => 'modified_process' in row && 'error_steps' in row,
  read(value) {
    const { idx, classification, modified_question, modified_process, error_steps } = parse(row, value)
    for (const step of error_steps)
      checkStep(step - 1, modified_process.length, `error_steps names step ${step} (1 is the first)`)
    const labels = modified_process.map((_, i) => !error_steps.includes(i + 1))
    return [
      checkedRow({
        id: `${classification}_${idx}`,
        problem: modified_question,
        steps: modified_process,
        first_error: firstBad(labels),
        labels,
        classification,
        idx,
      }),
    ]
  },
}
