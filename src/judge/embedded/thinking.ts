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

/** The answer of one's own solution, those of both responses, and which of them are the same. */
export function compareLine(
  own: readonly string[],
  responses: readonly [readonly string[], readonly string[]],
): string {
  const mine = answerAsSaid(own)
  const given = responses.map(answerAsSaid)
  const same = given.map((answer) => sameAnswer(mine, answer))
  const said = given.map((answer, i) => `${i + 1} Answer: ${answer ?? 'none'}, ${same[i] ? 'same' : 'other'}`)
  const which = same[0] && same[1] ? 'both' : same[0] ? '1' : same[1] ? '2' : 'neither'
  return `Mine: ${mine ?? 'none'}; ${said.join('; ')}; same: ${which}`
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
 * own, which `solve` writes, is the first, with which the responses may be compared once; then the problem may be solved once more. Each check
 * of a response goes on where the last one stopped, and most are of the response that was checked last.
 */
export function aimlessThinking(
  shown: readonly [LabelledSample, LabelledSample],
  solve: () => readonly string[],
  stream: Random,
): string[] {
  let own = stream.next() < 0.8 ? solve() : null
  const lines = own === null ? [] : [...own]
  let compared = false
  const next = [0, 0]
  let response = stream.int(0, 1)
  while (stream.next() > 0.25 && lines.length < longest) {
    if (own !== null && !compared && stream.next() < 0.5) {
      lines.push(compareLine(own, [shown[0].steps, shown[1].steps]))
      compared = true
      continue
    }
    if (own !== null && compared && lines.length + own.length < longest && stream.next() < 0.3) {
      own = solve()
      lines.push(...own)
      compared = false
      continue
    }
    if (stream.next() < 0.15) response = 1 - response
    const sample = shown[response]
    if (next[response] === checkable(sample)) continue
    if (stream.next() < 0.1) lines.push(restateLine(response, next[response], sample))
    else lines.push(checkLine(response, next[response]++, sample))
  }
  return lines
}
