import { z } from 'zod'
import { answerOf, sameAnswer } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { checkedRow, type Format, type LabelledRow, parse, type RowContext } from './format.ts'

const completion = z.looseObject({
  text: z.string(),
  rating: z.literal([-1, 0, 1]).nullable(),
})
const step = z.looseObject({
  completions: z.array(completion).nullable(),
  human_completion: z.looseObject({ text: z.string() }).nullable(),
  chosen_completion: z.int().min(0).nullable(),
})
const row = z.looseObject({
  question: z.looseObject({
    problem: z.string(),
    ground_truth_answer: z.string().nullable().optional(),
    pre_generated_steps: z.array(z.string()).nullable().optional(),
    pre_generated_answer: z.string().nullable().optional(),
  }),
  label: z.looseObject({
    steps: z.array(step),
    finish_reason: z.enum(['solution', 'found_error', 'give_up', 'bad_problem']),
  }),
})

type Row = z.infer<typeof row>

/** A step of the solution that was followed. */
interface Rated {
  text: string
  /** undefined where it has no rating. */
  good: boolean | undefined
}

interface Labelling {
  followed: Rated[]
  /** Of shape [steps] or [steps + 1]: labelling may end where no completion was taken. */
  alternatives: string[][]
}

/**
 * PRM800K (Lightman et al. 2023, arXiv 2305.20050), as OpenAI publishes it. A row gives first the solution that was followed:
 * the chosen completion of each step, or the one a labeller wrote, which is good. In the second phase the whole solution is
 * known; labelling stops at its first error. Then, for each other completion rated bad before the first error, the solution
 * that ends with it: no step follows, so it is wrong, at that step. Other completions that are not bad are left out.
 *
 * The answer is right when labelling ended with "solution", or when it is the reference as text; a solution that was given up
 * has no `correct`. A rating of 0 (neutral) needs the option `neutral`.
 */
export const prm800k: Format = {
  name: 'prm800k',
  summary: '{question, label: {steps, finish_reason}}: rated completions of each step; 0 needs --neutral',
  options: ['neutral'],
  matches: ({ question, label }) =>
    typeof question === 'object' && typeof label === 'object' && label !== null && 'steps' in label,
  read(value, context) {
    const given = parse(row, value)
    if (given.label.finish_reason === 'bad_problem')
      throw new InputError('the labeller called the problem bad', { fix: 'Leave the row out.' })
    const { followed, alternatives } = labellingOf(given, context)
    const error = followed.findIndex(({ good }) => good === false)
    const toError = error === -1 ? alternatives : alternatives.slice(0, error + 1)
    const ended = toError.flatMap((texts, i) => {
      const before = followed.slice(0, i)
      return texts.map((text) => ({
        steps: [...before.map((step) => step.text), text],
        correct: false,
        first_error: known(before) ? i : undefined,
      }))
    })
    const { problem, ground_truth_answer } = given.question
    const main = followed.length === 0 ? [] : [followedRow(given, followed)]
    return [...main, ...ended].map((solution, k) =>
      checkedRow({ id: `${context.id}#${k}`, problem, ...solution, truth: ground_truth_answer ?? undefined }),
    )
  },
}

const known = (steps: Rated[]) => steps.every(({ good }) => good !== undefined)

function followedRow({ question, label }: Row, followed: Rated[]): Partial<LabelledRow> {
  const labelled = followed.map(({ text }) => text)
  const { pre_generated_steps: whole, pre_generated_answer, ground_truth_answer } = question
  const isWhole = whole != null && labelled.every((text, i) => text === whole[i])
  const steps = isWhole ? whole : labelled
  const answer = (isWhole ? pre_generated_answer : null) ?? answerOf(steps) ?? undefined
  const first = followed.findIndex(({ good }) => good === false)
  const toError = first === -1 ? followed : followed.slice(0, first)
  return {
    steps,
    answer,
    correct: {
      solution: true,
      found_error: sameAnswer(answer ?? null, ground_truth_answer ?? null),
      give_up: undefined,
      bad_problem: undefined,
    }[label.finish_reason],
    // a solution that was given up may yet go wrong
    first_error: !known(toError)
      ? undefined
      : first !== -1
        ? first
        : label.finish_reason === 'solution'
          ? null
          : undefined,
  }
}

function labellingOf({ question, label }: Row, { neutral }: RowContext): Labelling {
  const followed: Rated[] = []
  const alternatives: string[][] = []
  for (const [i, { completions, human_completion, chosen_completion }] of label.steps.entries()) {
    const given = completions ?? []
    const isGood = (rating: number | null): boolean | undefined => {
      if (rating === null) return undefined
      if (rating !== 0) return rating === 1
      if (neutral !== undefined) return neutral === 'good'
      throw new InputError(`a completion of label.steps[${i}] is rated 0, neutral`, {
        fix: 'Say what that counts as: --neutral good, or --neutral bad.',
      })
    }
    if (chosen_completion !== null && given[chosen_completion] === undefined)
      throw new InputError(`label.steps[${i}].chosen_completion is ${chosen_completion} of ${given.length}`)
    const isOwn = given[0] !== undefined && given[0].text === question.pre_generated_steps?.[i]
    const taken = given[chosen_completion ?? (human_completion === null && isOwn ? 0 : -1)]
    alternatives.push(
      given.filter((one) => one !== taken && isGood(one.rating) === false).map(({ text }) => text),
    )
    if (taken) followed.push({ text: taken.text, good: isGood(taken.rating) })
    else if (human_completion) followed.push({ text: human_completion.text, good: true })
    else break
  }
  return { followed, alternatives }
}
