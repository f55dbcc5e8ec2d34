import { z } from 'zod'
import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import {
  checkedRow,
  type Format,
  firstBad,
  knownOutcome,
  type LabelledRow,
  parse,
  stepLabels,
} from './format.ts'

const row = z.looseObject({ input: z.string(), label: z.string(), task: z.string().optional() })

/** Stands after each step of `input`; `label` is the same text with + or - in its place. */
const tag = 'ки'

/**
 * Math-Shepherd (Wang et al. 2024, arXiv 2312.08935): Monte-Carlo labels. The problem is what stands before "Step 1:". The
 * last label tells whether the answer is right, because a solution's own end is all that can follow its last step.
 *
 * Texts are not trusted to keep away from the tag. Where `label` has the tag's letters too they are text. A tag that does
 * not end a line, or a step that is not numbered on from the one before, makes the row bad, and a text that holds the tag
 * is not written. A right answer with a bad step is written only where the label of each step is known, the last being the outcome.
 */
export const mathShepherd: Format = {
  name: 'math-shepherd',
  summary: '{input, label, task}: "ки" after each step, + or - in its place in the label',
  matches: ({ input, label }) => typeof input === 'string' && typeof label === 'string',
  read(value, { id }) {
    const { input, label, task } = parse(row, value)
    const { texts, labels } = taggedTexts(input.trimEnd(), label.trimEnd())
    const [problem, first] = problemAndFirstStep(texts[0])
    const steps = [first, ...texts.slice(1)].map((text) => text.trim())
    for (const [i, step] of steps.entries())
      if (stepNumber(step) !== i + 1)
        throw new InputError(`step ${i + 1} in "input" does not begin with "Step ${i + 1}:"`)
    return [
      checkedRow({
        id,
        problem,
        steps,
        answer: answerOf(steps) ?? undefined,
        correct: labels.at(-1),
        first_error: firstBad(labels),
        labels,
        task,
      }),
    ]
  },
  write(row) {
    const { problem, task } = row
    const steps = row.steps.map((step) => step.trim())
    for (const text of [problem, ...steps])
      if (text.includes(tag)) throw new InputError(`its text holds "${tag}", the tag that ends a step`)
    if (/\bstep 1:/i.test(problem)) throw new InputError('its problem holds "Step 1:", where the steps begin')
    const labels = outcomeLabels(row)
    const lines = steps.map((step, i) => (stepNumber(step) === i + 1 ? step : `Step ${i + 1}: ${step}`))
    if (problemAndFirstStep(lines[0])[0] !== '')
      throw new InputError('its first step holds text before "Step 1:", which would go to the problem')
    const text = (ends: string[]) => `${problem} ${lines.map((line, i) => `${line} ${ends[i]}`).join('\n')}`
    return {
      input: text(lines.map(() => tag)),
      label: text(labels.map((good) => (good ? '+' : '-'))),
      task: typeof task === 'string' ? task : 'unknown',
    }
  },
}

/** The last label is the outcome, so only those before it may be unknown. */
function outcomeLabels(row: LabelledRow): boolean[] {
  const correct = knownOutcome(row)
  const last = row.steps.length - 1
  const labels =
    row.labels === undefined && row.first_error !== last
      ? [...stepLabels({ ...row, steps: row.steps.slice(0, last) }), correct]
      : stepLabels(row)
  if (labels.at(-1) !== correct)
    throw new InputError(`its last step's label is ${labels.at(-1)}, but its "correct" ${correct}`)
  return labels
}

/** The texts between the tags, untrimmed, and the labels in their places, both of shape [steps]. */
function taggedTexts(input: string, label: string): { texts: string[]; labels: boolean[] } {
  const differ = (fault: string) =>
    new InputError(`"label" is not "input" with + or - for "${tag}": ${fault}`)
  const parts = input.split(tag)
  const texts: string[] = []
  const labels: boolean[] = []
  let text = ''
  let at = 0
  for (const [i, part] of parts.entries()) {
    if (!label.startsWith(part, at)) throw differ(`the texts part after step ${labels.length}`)
    text += part
    at += part.length
    if (i === parts.length - 1) break
    const sign = label[at]
    if (label.startsWith(tag, at)) {
      text += tag
      at += tag.length
    } else if (sign !== '+' && sign !== '-') throw differ(`no label for step ${labels.length + 1}`)
    else {
      if (!/^[^\S\n]*(\n|$)/.test(parts[i + 1]))
        throw new InputError(`the tag "${tag}" stands inside a line of step ${labels.length + 1}`)
      texts.push(text)
      labels.push(sign === '+')
      text = ''
      at++
    }
  }
  if (labels.length === 0) throw new InputError(`"input" has no step: "${tag}" ends each`)
  if (text.trim() !== '' || at !== label.length) throw differ('there is text after the last step')
  return { texts, labels }
}

function problemAndFirstStep(text: string): [problem: string, step: string] {
  const starts = [...text.matchAll(/\bstep 1:/gi)].map(({ index }) => index)
  if (starts.length === 1) return [text.slice(0, starts[0]).trim(), text.slice(starts[0])]
  throw new InputError(
    `"Step 1:" stands ${starts.length} times before the first label, so the problem's end is not known`,
  )
}

function stepNumber(step: string): number | null {
  const number = /^step (\d+):/i.exec(step)?.[1]
  return number === undefined ? null : Number(number)
}
