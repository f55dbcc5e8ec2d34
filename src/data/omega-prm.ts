import { z } from 'zod'
import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { checkedRow, type Format, type LabelledRow, parse } from './format.ts'

const value = z.number().min(0, { error: 'must not be below 0' }).max(1, { error: 'must not be above 1' })
const node = z.looseObject({ text: z.string(), mc_value: value, children: z.array(z.unknown()) })
const prefixes = z.array(z.looseObject({ solution_prefix: z.string(), mc_value: value }))
const row = z.looseObject({
  question: z.string(),
  final_answer: z.string().optional(),
  reasoning_steps: z.unknown(),
})

/** A part of a solution, and the share of its rollouts that reach the right answer. */
interface Prefix {
  steps: string[]
  value: number
}

/**
 * OmegaPRM's searches (Luo et al. 2024, arXiv 2406.06592) as OpenR writes them: a list of prefixes, or the tree they form. Each
 * path to a leaf becomes a solution, its steps the pieces of text that the search cut, its `values` the shares of right
 * rollouts after each. A prefix that was tried more than once has the mean.
 *
 * A leaf of value 1 is a finished solution whose answer is right. One of value 0 is a prefix, mostly unfinished, that no
 * rollout brought to the right answer; its first error is the first step after the last that one did. Any other leaf has
 * no label. Ids are the file's: `question_id` is not unique.
 */
export const omegaPrm: Format = {
  name: 'omegaprm',
  summary: "OpenR's OmegaPRM searches, as a list of prefixes or as a tree, with Monte-Carlo values",
  matches: (row) => 'question' in row && 'reasoning_steps' in row,
  read(given, { id }) {
    const { question, final_answer, reasoning_steps } = parse(row, given)
    const all = Array.isArray(reasoning_steps)
      ? fromList(question, parse(prefixes, reasoning_steps))
      : fromTree(reasoning_steps)
    return leaves(merged(all)).map(({ steps, values }, k) =>
      checkedRow({
        id: `${id}#${k}`,
        problem: question,
        steps,
        ...labelsOf(steps, values),
        values,
        truth: final_answer,
      }),
    )
  },
}

function labelsOf(steps: string[], values: number[]): Partial<LabelledRow> {
  const last = values[values.length - 1]
  if (last === 1) return { correct: true, first_error: null, answer: answerOf(steps) ?? undefined }
  if (last > 0) return {}
  return { correct: false, first_error: values.findLastIndex((value) => value > 0) + 1 }
}

/** No search is that deep; a file that is would take the square of it in memory. */
const deepest = 1000

/** The root is the question itself. */
function fromTree(root: unknown): Prefix[] {
  const found: Prefix[] = []
  const waiting = [...parse(node, root).children]
    .map((child) => ({ child, before: [] as string[] }))
    .reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { text, mc_value, children } = parse(node, next.child)
    const steps = [...next.before, text.trim()]
    if (steps.length > deepest) throw new InputError(`reasoning_steps is deeper than ${deepest} steps`)
    found.push({ steps, value: mc_value })
    waiting.push(...children.map((child) => ({ child, before: steps })).reverse())
  }
  return found
}

/** A prefix continues the longest other one that it begins with. */
function fromList(question: string, list: z.infer<typeof prefixes>): Prefix[] {
  const texts = list.map(({ solution_prefix, mc_value }, i) => {
    if (!solution_prefix.startsWith(question.trim()))
      throw new InputError(`reasoning_steps[${i}].solution_prefix does not begin with the question`)
    return { text: solution_prefix.slice(question.trim().length).trim(), value: mc_value }
  })
  const known = new Map<string, string[]>([['', []]])
  const lengths = [...new Set(texts.map(({ text }) => text))].sort((a, b) => a.length - b.length)
  for (const text of lengths) {
    const before =
      [...known.keys()].findLast((prefix) => prefix === '' || text.startsWith(`${prefix}\n\n`)) ?? ''
    if (text !== '') known.set(text, [...(known.get(before) ?? []), text.slice(before.length).trim()])
  }
  return texts
    .filter(({ text }) => text !== '')
    .map(({ text, value }) => ({ steps: known.get(text) ?? [], value }))
}

const keyOf = (steps: readonly string[]) => JSON.stringify(steps)

/** Equal prefixes as one, with the mean of their values, in order of first appearance. */
function merged(all: Prefix[]): Map<string, Prefix> {
  const tries = new Map<string, { steps: string[]; values: number[] }>()
  for (const { steps, value } of all) {
    const same = tries.get(keyOf(steps)) ?? { steps, values: [] }
    same.values.push(value)
    tries.set(keyOf(steps), same)
  }
  return new Map(
    [...tries].map(([key, { steps, values }]) => [
      key,
      { steps, value: values.reduce((sum, one) => sum + one, 0) / values.length },
    ]),
  )
}

/** Prefixes that no other continues, each with the values of all its own prefixes. */
function leaves(prefixes: Map<string, Prefix>): { steps: string[]; values: number[] }[] {
  const continued = new Set([...prefixes.values()].map(({ steps }) => keyOf(steps.slice(0, -1))))
  return [...prefixes.values()]
    .filter(({ steps }) => !continued.has(keyOf(steps)))
    .map(({ steps }) => ({
      steps,
      values: steps.map((_, i) => prefixes.get(keyOf(steps.slice(0, i + 1)))?.value ?? 0),
    }))
}
