import type { Random } from '../../reasoning/random.ts'
import { asNumber, type Chain, written } from './chain.ts'
import { letterOf } from './multistep-problem.ts'
import { chance } from './trace.ts'

/** How somebody writes the steps of a multistep calculation. */
export interface Wording {
  opening(form: string, definitions: string): string
  calculation(position: number, equation: string): string
  final(equation: string, answer: string): string
  definitions(parts: readonly string[]): string
  /** Does the value of a part stand in brackets: `= (-14)`? */
  bracketsValue: boolean
  /** Is a bracket around a whole line left out from the second line on? */
  bare: boolean
  /** Does the final equation repeat the brackets of `(A + B)`: in its letters, in its numbers? */
  formBrackets: [boolean, boolean]
  /** Which numbers stand in brackets when they are put in the places of letters. */
  substituted: 'none' | 'negative' | 'negative inside' | 'all'
}

const openings: Wording['opening'][] = [
  (form, definitions) => `This expression can be written as "${form}", where ${definitions}.`,
  (form, definitions) => `We can write this as "${form}", where ${definitions}.`,
  (form, definitions) => `The equation has the form "${form}", where ${definitions}.`,
  (form, definitions) => `This is the same as ${form}, where ${definitions}.`,
]

const calculations: Wording['calculation'][] = [
  (position, equation) => `Let's compute ${letterOf(position)} = ${equation}.`,
  (position, equation) => `${letterOf(position)} = ${equation}.`,
  (position, equation) =>
    `${position === 0 ? 'First' : 'Next'}, let's calculate ${letterOf(position)} = ${equation}.`,
  (position, equation) => `Now we calculate ${letterOf(position)} = ${equation}`,
]

const finals: Wording['final'][] = [
  (equation, answer) => `So, the final equation is ${equation}. So the answer is ${answer}.`,
  (equation, answer) => `Finally, we get ${equation}. The answer is ${answer}.`,
  (equation, answer) => `Then, ${equation}. So the answer is ${answer}`,
  (equation, answer) => `Therefore, the result is ${equation}. So the answer is ${answer}`,
]

/** Mostly the common wording; now and then another for one of the sentences. */
export function drawWording(random: Random): Wording {
  const common = 0.93
  return {
    opening: chance(common, random)
      ? (form, definitions) => `This equation can be written as "${form}", where ${definitions}.`
      : random.pick(openings),
    calculation: chance(common, random)
      ? (position, equation) => `Let's calculate ${letterOf(position)} = ${equation}.`
      : random.pick(calculations),
    final: chance(common, random)
      ? (equation, answer) => `Then, the final equation is ${equation}. So the answer is ${answer}`
      : random.pick(finals),
    definitions: random.pick([
      listedWithComma,
      listedWithComma,
      listedWithComma,
      joinedByAnd,
      joinedByAnd,
      listedWithout,
    ]),
    bracketsValue: chance(0.15, random),
    bare: chance(0.08, random),
    formBrackets: random.pick([
      [true, true],
      [false, false],
      [true, false],
    ]),
    substituted: random.pick(['none', 'none', 'negative', 'negative inside', 'negative inside', 'all']),
  }
}

function listedWithComma(parts: readonly string[]): string {
  return parts.length < 3 ? parts.join(' and ') : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`
}

function joinedByAnd(parts: readonly string[]): string {
  return parts.join(' and ')
}

function listedWithout(parts: readonly string[]): string {
  return parts.length < 3 ? parts.join(' and ') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** `A = (3 + 4) and B = (5 - 2)`. */
export function definitionsText(parts: readonly Chain[], wording: Wording): string {
  return wording.definitions(parts.map((part, position) => `${letterOf(position)} = (${written(part)})`))
}

/** `(3 + 4 + 5) = (7 + 5) = 12`. */
export function equationText(
  lines: readonly Chain[],
  wording: Pick<Wording, 'bare' | 'bracketsValue'>,
): string {
  return lines
    .map((line, index) => {
      const value = asNumber(line)
      if (value !== null) return wording.bracketsValue ? `(${value})` : `${value}`
      return wording.bare && index > 0 ? written(line) : `(${written(line)})`
    })
    .join(' = ')
}

export function formText(form: Chain, bracketed: boolean): string {
  const text = written(form, letterOf)
  return bracketed ? `(${text})` : text
}

/** Numbers in the places of letters, before anything is worked out. */
export function withBrackets(chain: Chain, style: Wording['substituted'], inside = false): Chain {
  return chain.map((term, index) => {
    const { operator, operand } = term
    if (typeof operand !== 'number') return { operator, operand: withBrackets(operand, style, true) }
    const wanted = {
      none: false,
      negative: operand < 0,
      'negative inside': operand < 0 && index > 0 && !inside,
      all: true,
    }
    return { operator, operand, bracketed: wanted[style] }
  })
}

/** The final equation behind its letters. */
export function finalText(lines: readonly Chain[], bracketed: boolean): string {
  return lines
    .map((line, index) => (bracketed && index === 0 ? `(${written(line)})` : plainNumber(line)))
    .join(' = ')
}

function plainNumber(line: Chain): string {
  const value = asNumber(line)
  return value === null ? written(line) : `${value}`
}
