import { sameAnswer } from '../../reasoning/answer.ts'
import type { Random } from '../../reasoning/random.ts'
import type { LabelledSample } from './pairs.ts'

/*
 * Lines that a judge can think in. Each is a skill of its own, and says nothing of which response is better.
 */

/** A step said again, and whether it is right: all steps before it are. */
function checkLine(response: number, t: number, { steps, first_error }: LabelledSample): string {
  return `Check ${response + 1}.${t + 1}: ${steps[t]}; ${t === first_error ? 'wrong' : 'right'}`
}

/** A step said again. */
function restateLine(response: number, t: number, { steps }: LabelledSample): string {
  return `Step ${response + 1}.${t + 1}: ${steps[t]}`
}

/** Whose answers are compared: the judge's own, or that of a response. */
type Whose = 0 | 1 | 2

const responses = [1, 2] as const
const withOwn = [[0, 1], [0, 2], responses] as const

/** Two answers, 0 for one's own, and whether they are the same. */
function compareLine([a, b]: readonly [Whose, Whose], answers: readonly (string | null)[]): string {
  const said = [a, b].map((whose) => answers[whose] ?? 'none')
  return `Answers ${a} and ${b}: ${said.join(' and ')}; ${sameAnswer(answers[a], answers[b]) ? 'same' : 'different'}`
}

/** What follows `Answer:` in the last step, letter by letter. */
function answerAsSaid(steps: readonly string[]): string | null {
  return /^Answer: (.+)$/.exec(steps.at(-1) ?? '')?.[1] ?? null
}

/** Steps that can be checked: up to the first error, after which there is no right or wrong. */
export function checkable({ steps, first_error }: LabelledSample): number {
  return first_error === null ? steps.length : first_error + 1
}

/** All steps of a response, said again. */
export function restated(response: number, sample: LabelledSample): string[] {
  return sample.steps.map((_, t) => restateLine(response, t, sample))
}

/** All steps of a response that can be checked, one after the other. */
export function checks(response: number, sample: LabelledSample): string[] {
  return Array.from({ length: checkable(sample) }, (_, t) => checkLine(response, t, sample))
}

const longest = 20

/**
 * Any thoughts about two responses, in no order that would lead to a verdict: of any number, none too. Most of the time a solution of one's
 * own, which `solve` writes, is the first. Each check of a response goes on where the last one stopped, and most are of the response that was
 * checked last.
 */
export function aimlessThinking(
  shown: readonly [LabelledSample, LabelledSample],
  solve: () => readonly string[],
  stream: Random,
): string[] {
  const own = stream.next() < 0.8 ? solve() : null
  const lines = own === null ? [] : [...own]
  const answers = [own && answerAsSaid(own), ...shown.map(({ steps }) => answerAsSaid(steps))]
  const next = [0, 0]
  let response = stream.int(0, 1)
  while (stream.next() > 0.2 && lines.length < longest) {
    const kind = stream.next()
    if (kind < 0.6) {
      lines.push(compareLine(stream.pick(own === null ? [responses] : withOwn), answers))
      continue
    }
    if (stream.next() < 0.15) response = 1 - response
    const sample = shown[response]
    if (next[response] === checkable(sample)) continue
    if (kind < 0.65) lines.push(restateLine(response, next[response], sample))
    else lines.push(checkLine(response, next[response]++, sample))
  }
  return lines
}
