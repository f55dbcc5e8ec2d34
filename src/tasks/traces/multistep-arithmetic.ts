import type { Random } from '../../reasoning/random.ts'
import { type Chain, chainValue, isNumber, written } from './chain.ts'
import { drawHand, type Hand, workOut } from './hand.ts'
import { differing, finalKinds, finish, openingKinds, withSlip, wrongOpening } from './multistep-mistakes.ts'
import { drawMultistep, type Multistep, problemText } from './multistep-problem.ts'
import { definitionsText, drawWording, equationText, formText } from './multistep-text.ts'
import { miscopied, slipKinds } from './slips.ts'
import { chance, defineTraces } from './trace.ts'

/**
 * Traces of BIG-bench's multistep_arithmetic: the problem is cut into parts A, B, ..., each is calculated in a step, and
 * the last step puts them together. A step is wrong when two sides of an `=` in it differ, when it does not follow the
 * definitions and values before it, or, in the first step, when the form is not the problem's. After the first mistake
 * all goes on from what is written, mostly rightly.
 */
export const multistepArithmetic = defineTraces<Multistep>({
  name: 'multistep-arithmetic',
  kinds: [
    'none',
    ...Object.keys(openingKinds),
    ...Object.keys(slipKinds),
    'definition',
    ...Object.keys(finalKinds),
  ],
  draw: drawMultistep,
  key: ({ problem }) => written(problem),
  write,
})

/** How often a later step is wrong too. */
const wrongAgain = 0.12

function write(world: Multistep, random: Random) {
  const first = drawFirstError(world.parts.length, random)
  const {
    form,
    parts,
    kind: openingKind,
  } = first === 0 ? wrongOpening(world, random) : { ...world, kind: 'none' }
  const kinds = [openingKind]
  const isWrong = () =>
    kinds.length === first || (kinds.some((kind) => kind !== 'none') && chance(wrongAgain, random))

  const wording = drawWording(random)
  const bracketed = world.bracketed && form.every(isNumber)
  const steps = [wording.opening(formText(form, bracketed), definitionsText(parts, wording))]
  const hand = drawHand(random)
  const values: number[] = []
  for (const [position, part] of parts.entries()) {
    const { lines, kind } = calculate(part, hand, isWrong())
    kinds.push(kind)
    values.push(chainValue(lines.at(-1) as Chain))
    steps.push(wording.calculation(position, equationText(lines, wording)))
  }
  const { text, kind } = finish({ form, bracketed, values }, wording, random, isWrong())
  kinds.push(kind)
  steps.push(text)
  return {
    problem: problemText(world.problem),
    steps,
    first_error: first,
    kind: first === null ? 'none' : kinds[first],
  }
}

/** Which step, of one for each part between the opening and the end; the end half as often as a part. */
function drawFirstError(parts: number, random: Random): number | null {
  if (chance(0.2, random)) return null
  return chance(0.05, random) ? 0 : Math.ceil(random.int(1, 2 * parts + 1) / 2)
}

/** The lines of one part, from its definition to a number. */
function calculate(part: Chain, hand: Hand, wrong: boolean): { lines: Chain[]; kind: string } {
  const { random } = hand
  if (wrong && chance(0.03, random)) {
    const other = differing(part, () => miscopied(part, random))
    return { lines: [other, ...workOut(other, hand)], kind: 'definition' }
  }
  const lines = [part, ...(chance(0.05, random) ? [part] : []), ...workOut(part, hand)]
  return wrong ? withSlip(lines, hand) : { lines, kind: 'none' }
}
