import { z } from 'zod'
import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { checkedRow, type Format, knownOutcome, parse } from './format.ts'
import { problemIdOf } from './samples.ts'

const row = z.looseObject({
  id: z.string().optional(),
  prompt: z.string(),
  answers: z.array(z.string()).min(1, { error: 'must hold at least one answer' }),
  labels: z.array(z.union([z.boolean(), z.literal([0, 1])], { error: 'must be 0 or 1' })),
})

const blankLine = /\n[^\S\n]*\n/

/**
 * Solutions to choose among, by problem, with 1 for a right answer and 0 for a wrong one; steps are not labelled. A text's
 * paragraphs are its steps; where it has no blank line, its lines are. A solution whose steps would come back otherwise is
 * not written.
 */
export const bestOfN: Format = {
  name: 'best-of-n',
  summary: '{prompt, answers, labels}: solutions of one problem, 1 for right and 0 for wrong',
  matches: (row) => 'prompt' in row && 'answers' in row && 'labels' in row,
  read(value, context) {
    const { id = context.id, prompt, answers, labels } = parse(row, value)
    if (labels.length !== answers.length)
      throw new InputError(`labels holds ${labels.length} labels for ${answers.length} answers`)
    return answers.map((text, k) => {
      const steps = stepsOf(text)
      const answer = answerOf(steps) ?? undefined
      if (steps.length === 0) throw new InputError(`answers[${k}] is empty`)
      return checkedRow({ id: `${id}#${k}`, problem: prompt, steps, answer, correct: Boolean(labels[k]) })
    })
  },
  writeProblem: (rows) => ({
    id: problemIdOf(rows[0].id),
    prompt: rows[0].problem,
    answers: rows.map(({ steps }) => textOf(steps)),
    labels: rows.map((row) => Number(knownOutcome(row))),
  }),
}

function stepsOf(text: string): string[] {
  return text
    .trim()
    .split(blankLine.test(text.trim()) ? blankLine : '\n')
    .map((step) => step.trim())
    .filter((step) => step !== '')
}

function textOf(steps: string[]): string {
  const text = steps.join('\n\n')
  const again = stepsOf(text)
  if (again.length !== steps.length)
    throw new InputError(`its ${steps.length} steps would come back as ${again.length}`, {
      fix: 'A step holds a blank line, or the only step a line end.',
    })
  return text
}
