import { z } from 'zod'
import { sameAnswer } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { checkedRow, checkStep, type Format, parse } from './format.ts'

const errorStep = z.union([z.string(), z.int()], { error: 'must be a step, from 1, or "N/A"' })

const mrBenRow = z.looseObject({
  Question_UUID: z.string(),
  Subject: z.string().optional(),
  Question: z.string(),
  Options: z.string().optional(),
  Ground_Truth_Answer: z.string().optional(),
  Ground_Truth_Answer_Modified: z.string().optional(),
  Sampled_Model: z.string(),
  Model_Solution_Steps: z.array(z.string(), {
    error: 'must be a list of steps (solutions in code are one text, and their errors have no step)',
  }),
  Model_Solution_Correctness: z.enum(['correct', 'incorrect']),
  Model_Solution_First_Error_Step: errorStep,
})

const mrGsm8kRow = z.looseObject({
  uuid: z.string(),
  question: z.string(),
  ground_truth_answer: z.union([z.string(), z.number()]).optional(),
  model_output_steps: z.array(z.string()),
  model_output_answer_correctness: z.enum(['correct', 'wrong']),
  model_output_solution_correctness: z.enum(['correct', 'wrong']),
  model_output_solution_first_error_step: errorStep,
  question_type: z.string().optional(),
})

/**
 * MR-Ben (Zeng et al. 2024, arXiv 2406.13975) and MR-GSM8K (arXiv 2312.17080): the first error as people found it, from 1, a
 * number or a string, "N/A" for none. MR-Ben judges the solution, not the answer; its answer is read from the line
 * "Solution: Choice_X". A question has a solution of several models, so an id there is both.
 *
 * The error step is the number that the step says of itself ("Step 3: ..."). Blank lines and further lines of a step stand
 * as list entries of their own; blank ones are dropped, and the others join their step.
 */
export const mrBen: Format = {
  name: 'mr-ben',
  summary: 'MR-Ben and MR-GSM8K: the first error from 1, "N/A" for none',
  matches: (row) => 'Model_Solution_Steps' in row || 'model_output_steps' in row,
  read: (value) => [isMrGsm8k(value) ? fromMrGsm8k(value) : fromMrBen(value)],
}

function isMrGsm8k(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'model_output_steps' in value
}

function fromMrGsm8k(value: unknown) {
  const row = parse(mrGsm8kRow, value)
  const { first_error, steps } = located(
    row.model_output_steps,
    row.model_output_solution_first_error_step,
    row.model_output_solution_correctness === 'correct',
  )
  return checkedRow({
    id: row.uuid,
    problem: row.question,
    steps,
    correct: row.model_output_answer_correctness === 'correct',
    first_error,
    truth: row.ground_truth_answer === undefined ? undefined : String(row.ground_truth_answer),
    task: row.question_type,
  })
}

function fromMrBen(value: unknown) {
  const row = parse(mrBenRow, value)
  const right = row.Model_Solution_Correctness === 'correct'
  const { first_error, steps } = located(row.Model_Solution_Steps, row.Model_Solution_First_Error_Step, right)
  const truth = row.Ground_Truth_Answer_Modified ?? row.Ground_Truth_Answer
  const answer = /^solution:\s*choice[\s\\_:]*([a-z])\b/i.exec(steps.at(-1) ?? '')?.[1]
  const told = answer !== undefined && truth !== undefined ? sameAnswer(answer, truth) : undefined
  return checkedRow({
    id: `${row.Question_UUID}#${row.Sampled_Model}`,
    problem: row.Options === undefined ? row.Question : `${row.Question}\n${row.Options}`,
    steps,
    answer,
    correct: told ?? (right ? true : undefined),
    first_error,
    truth,
    task: row.Subject,
  })
}

/** @param error the first error's number, from 1, or "N/A" */
function located(
  lines: string[],
  error: string | number,
  right: boolean,
): { steps: string[]; first_error: number | null } {
  const { steps, numbers } = stepsOf(lines)
  const said = String(error).trim()
  if (said.toUpperCase() === 'N/A') {
    if (!right) throw new InputError('the solution is called wrong, but its first error step is "N/A"')
    return { steps, first_error: null }
  }
  if (right) throw new InputError(`the solution is called correct, but its first error is step ${said}`)
  if (!/^\d+$/.test(said))
    throw new InputError(`the first error step ${JSON.stringify(said)} is neither a number nor "N/A"`)
  if (numbers === null && steps.length !== lines.length)
    throw new InputError('steps are blank and not numbered, so the first error may be one or another')
  const first_error = numbers === null ? Number(said) - 1 : numbers.indexOf(Number(said))
  checkStep(first_error, steps.length, `the first error is step ${said} (1 is the first)`)
  return { steps, first_error }
}

/**
 * A step begins at each entry "Step n:" that counts on, and at "Solution:", which has the number after the last. Where the
 * first entry is not "Step 1:" there are no numbers, and each entry is a step.
 */
function stepsOf(lines: string[]): { steps: string[]; numbers: number[] | null } {
  const kept = lines.map((line) => line.trim()).filter((line) => line !== '')
  if (numberOf(kept[0] ?? '') !== 1) return { steps: kept, numbers: null }
  const steps: string[] = []
  const numbers: number[] = []
  for (const line of kept) {
    const last = numbers.at(-1) ?? 0
    const number = /^solution:/i.test(line) ? last + 1 : numberOf(line)
    if (number > last) {
      steps.push(line)
      numbers.push(number)
    } else steps[steps.length - 1] += `\n${line}`
  }
  return { steps, numbers }
}

/** The n of "Step n:", 0 for another line. */
function numberOf(line: string): number {
  return Number(/^step (\d+)\s*[:.]/i.exec(line)?.[1] ?? 0)
}
