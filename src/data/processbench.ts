import { z } from 'zod'
import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { checkedRow, checkStep, type Format, knownOutcome, parse } from './format.ts'

const row = z.looseObject({
  id: z.string(),
  generator: z.string().optional(),
  problem: z.string(),
  steps: z.array(z.string()),
  final_answer_correct: z.boolean(),
  label: z.int({ error: 'must be a whole number: -1 for no error, or a step (0 is the first)' }),
})

/** ProcessBench (Zheng et al. 2024, arXiv 2412.06559): the first error as people found it, also in solutions whose answer is right. */
export const processBench: Format = {
  name: 'processbench',
  summary: '{id, generator, problem, steps, final_answer_correct, label}: -1 or the first error, from 0',
  matches: (row) => 'problem' in row && 'steps' in row && 'label' in row,
  read(value) {
    const { id, generator, problem, steps, final_answer_correct, label } = parse(row, value)
    if (label !== -1) checkStep(label, steps.length, `label names step ${label} (0 is the first)`)
    return [
      checkedRow({
        id,
        problem,
        steps,
        answer: answerOf(steps) ?? undefined,
        correct: final_answer_correct,
        first_error: label === -1 ? null : label,
        generator,
      }),
    ]
  },
  write(row) {
    const { id, problem, steps, first_error, generator } = row
    if (first_error === undefined) throw new InputError('"first_error" is missing: label it first')
    return {
      id,
      ...(generator === undefined ? {} : { generator }),
      problem,
      steps,
      final_answer_correct: knownOutcome(row),
      label: first_error ?? -1,
    }
  },
}
