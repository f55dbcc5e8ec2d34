import { z } from 'zod'
import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { checkedRow, type Format, firstBad, parse, stepLabels } from './format.ts'

const row = z.looseObject({
  prompt: z.string(),
  completions: z.array(z.string()),
  labels: z.array(z.union([z.boolean(), z.literal([0, 1])], { error: 'must be true or false' })),
})

/**
 * Stepwise supervision of TRL's PRM trainer. It does not say whether the answer is right, unless the option `outcome` says
 * that the last label does. Labels are written as booleans: the trainer cuts numbers down to whole ones.
 *
 * Steps are list entries on both sides, so no text in them can make a step or a label. The trainer, however, puts its
 * `step_separator` (a line feed unless set) after each step, and a model that is later asked to split text at it would
 * see more steps where one holds it: choose one that no step holds.
 */
export const trl: Format = {
  name: 'trl',
  summary: '{prompt, completions, labels}: stepwise supervision of TRL',
  options: ['outcome'],
  matches: (row) => 'prompt' in row && 'completions' in row && 'labels' in row,
  read(value, { id, outcome }) {
    const { prompt, completions, labels: given } = parse(row, value)
    if (given.length !== completions.length)
      throw new InputError(`labels holds ${given.length} labels for ${completions.length} completions`)
    const labels = given.map(Boolean)
    return [
      checkedRow({
        id,
        problem: prompt,
        steps: completions,
        answer: answerOf(completions) ?? undefined,
        correct: outcome === 'last-step' ? labels.at(-1) : undefined,
        first_error: firstBad(labels),
        labels,
      }),
    ]
  },
  write: (row) => ({ prompt: row.problem, completions: row.steps, labels: stepLabels(row) }),
}
