import type { Random } from '../../reasoning/random.ts'
import { weighted } from '../task.ts'
import { type Chain, chainValue, mapNumbers, number, written } from './chain.ts'
import { drawHand, type Hand, workOut } from './hand.ts'
import type { Multistep } from './multistep-problem.ts'
import { finalText, formText, type Wording, withBrackets } from './multistep-text.ts'
import { miscopied, slip, slipKinds, withOtherDigit, withOtherOperator } from './slips.ts'
import { chance } from './trace.ts'

/** What can be wrong with the first step, kind -> how often. */
export const openingKinds = {
  /** The form has letters that nothing is said of. */
  'undefined-part': 2,
  /** What a letter stands for is not what stands there in the problem. */
  'wrong-part': 2,
  /** The letters are joined by another operator than the parts, and the value is another. */
  'wrong-form': 1,
} as const

/** What can be wrong with the last step besides its calculation, kind -> how often. */
export const finalKinds = {
  /** A letter is given a value that was not found for it. */
  substituted: 3,
  /** The form is not that of the first step. */
  form: 0.7,
  /** The answer is not what the last equation says. */
  answer: 1.3,
} as const

type Opening = Pick<Multistep, 'form' | 'parts'> & { kind: string }

export function wrongOpening({ form, parts }: Pick<Multistep, 'form' | 'parts'>, random: Random): Opening {
  const kind = weighted(openingKinds, random)
  if (kind === 'wrong-form') {
    const other = withOtherOperator(form, random)
    const value = (form: Chain) => chainValue(mapNumbers(form, (position) => chainValue(parts[position])))
    if (other === null || value(other) === value(form)) return wrongOpening({ form, parts }, random)
    return { form: other, parts, kind }
  }
  if (kind === 'undefined-part')
    return parts.length === 2
      ? {
          form: form.map((term, index) => ({ ...term, operand: twoLetters(index * 2, random) })),
          parts,
          kind,
        }
      : { form, parts: parts.slice(0, -1), kind }
  const at = random.int(0, parts.length - 1)
  const part = parts[at]
  const wrong = differing(part, () => {
    const way = random.next()
    if (way < 0.3) return miscopied(part, random)
    if (way < 0.5) return withOtherOperator(part, random)
    if (way < 0.7) return random.pick(parts)
    return [
      { operator: '+', operand: part },
      { operator: random.pick(['+', '-', '*'] as const), operand: random.pick(parts) },
    ]
  })
  return { form, parts: parts.with(at, wrong), kind }
}

function twoLetters(first: number, random: Random): Chain {
  return [
    { operator: '+', operand: first },
    { operator: random.pick(['+', '-', '*'] as const), operand: first + 1 },
  ]
}

const rounds = 1000

/** One of the lines is followed by a wrong one, and those after it go on from there. */
export function withSlip(lines: readonly Chain[], hand: Hand): { lines: Chain[]; kind: string } {
  for (let round = 0; round < rounds; round++) {
    const kind = weighted(slipKinds, hand.random)
    for (const at of hand.random.shuffle([...lines.keys()].slice(0, -1))) {
      const wrong = slip(lines[at], kind, hand)
      if (wrong === null) continue
      const rest = workOut(wrong, hand, lines.length - at)
      return { lines: [...lines.slice(0, at + 1), wrong, ...rest], kind }
    }
  }
  // where all is multiplied by 0, hardly anything else makes a difference
  const value = chainValue(lines.at(-1) as Chain)
  return { lines: lines.with(-1, number(otherAnswer(value, hand.random))), kind: 'product' }
}

/** The last step: the letters, the values in their places, the result, the answer. */
export function finish(
  { form, values, bracketed }: { form: Chain; values: readonly number[]; bracketed: boolean },
  wording: Wording,
  random: Random,
  wrong: boolean,
): { text: string; kind: string } {
  const hand = { ...drawHand(random), together: 0.9, brackets: 0.1, signs: 0.1, leap: 1 }
  const planned = wrong ? (chance(0.55, random) ? 'slip' : weighted(finalKinds, random)) : 'none'
  const shown = planned === 'form' ? differing(form, () => withOtherOperator(form, random)) : form
  // a letter without a value borrows one
  const right = mapNumbers(shown, (position) => values[position % values.length])
  const first = planned === 'substituted' ? wronglySubstituted(right, values, random) : right
  const start = withBrackets(first, wording.substituted)
  const lines = [start, ...workOut(start, hand)]
  const { lines: written, kind } = planned === 'slip' ? withSlip(lines, hand) : { lines, kind: planned }
  const [bracketsForm, bracketsNumbers] = wording.formBrackets.map((wanted) => wanted && bracketed)
  const equation = `${formText(shown, bracketsForm)} = ${finalText(written, bracketsNumbers)}`
  const value = chainValue(written.at(-1) as Chain)
  const answer = planned === 'answer' ? otherAnswer(value, random) : value
  return { text: wording.final(equation, `${answer}`), kind }
}

function wronglySubstituted(right: Chain, values: readonly number[], random: Random): Chain {
  const count = countNumbers(right)
  return differing(right, () => {
    const victim = random.int(0, count - 1)
    const way = random.next()
    let place = 0
    return mapNumbers(right, (value) => {
      if (place++ !== victim) return value
      if (way < 0.55) return -value
      return way < 0.8 ? random.pick(values) : withOtherDigit(value, random)
    })
  })
}

function countNumbers(chain: Chain): number {
  return chain.reduce(
    (count, { operand }) => count + (typeof operand === 'number' ? 1 : countNumbers(operand)),
    0,
  )
}

function otherAnswer(value: number, random: Random): number {
  for (;;) {
    const other = chance(0.4, random)
      ? -value
      : chance(0.5, random)
        ? withOtherDigit(value, random)
        : value + random.int(-9, 9)
    if (other !== value) return other
  }
}

const attempts = 100

/** A draw that is something else than this on paper. */
export function differing(chain: Chain, draw: () => Chain | null): Chain {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const other = draw()
    if (other !== null && written(other) !== written(chain)) return other
  }
  throw new Error(`nothing to change in ${written(chain)}`)
}
