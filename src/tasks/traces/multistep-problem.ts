import type { Random } from '../../reasoning/random.ts'
import { type Chain, negated, productRuns, type Term, written } from './chain.ts'
import { chance } from './trace.ts'

/**
 * A problem of BIG-bench's multistep_arithmetic: `depth` levels of brackets, two parts in each but the innermost, which
 * hold `length` numbers from -9 to 9. It is cut into parts that get letters; `form` is how the letters are joined.
 */
export interface Multistep {
  problem: Chain
  /** Its numbers are positions in `parts`. */
  form: Chain
  parts: readonly Chain[]
  /** Is the form in brackets of its own: `(A + B)`? */
  bracketed: boolean
}

/** [depth, length, how often] */
const shapes = [
  [2, 2, 1],
  [2, 3, 3],
  [2, 4, 10],
  [3, 2, 3],
  [3, 3, 8],
  [3, 4, 9],
  [4, 2, 3],
] as const

const drawnShapes = shapes.flatMap(([depth, length, weight]) => Array(weight).fill({ depth, length }))

export function drawMultistep(random: Random): Multistep {
  const { depth, length } = random.pick(drawnShapes)
  const problem = drawChain(depth, length, random)
  const cut = cutInto(problem, depth, random)
  const bracketed = cut.parts.length === 2 && chance(0.6, random)
  return { problem, ...cut, bracketed }
}

export function problemText(problem: Chain): string {
  return `(${written(problem)}) =`
}

function drawChain(depth: number, length: number, random: Random): Chain {
  return Array.from({ length: depth === 1 ? length : 2 }, (_, index) => ({
    operator: index === 0 ? '+' : random.pick(['+', '-', '*'] as const),
    operand: depth === 1 ? random.int(-9, 9) : drawChain(depth - 1, length, random),
  }))
}

/** Two parts, or one or both of these cut in two again. */
function cutInto(problem: Chain, depth: number, random: Random): Pick<Multistep, 'form' | 'parts'> {
  const way = depth === 2 ? 0 : random.next()
  const cuts =
    way < 0.3 ? [false, false] : way < 0.4 ? [true, false] : way < 0.45 ? [false, true] : [true, true]
  const parts: Chain[] = []
  const letter = ({ operator, operand }: Term): Term => ({
    operator,
    operand: parts.push(operand as Chain) - 1,
  })
  const form = problem.map((term, index) =>
    cuts[index] ? { operator: term.operator, operand: (term.operand as Chain).map(letter) } : letter(term),
  )
  return { form: chance(0.35, random) ? withoutBrackets(form, chance(0.4, random)) : form, parts }
}

/** The same value without the brackets around products and sums; behind a minus, where signs change, if `all` go. */
function withoutBrackets(form: Chain, all: boolean): Chain {
  return form.flatMap((term, index) => {
    const { operator, operand } = term
    if (typeof operand === 'number') return [term]
    const isProduct = productRuns(operand).length > 0
    const isLast = form[index + 1]?.operator !== '*' && operator !== '*'
    if (!isProduct && !(isLast && (operator === '+' || all))) return [term]
    const inside = operator === '-' && !isProduct ? operand.map(negated) : operand
    return inside.map((inner, at) => (at === 0 ? { ...inner, operator } : inner))
  })
}

export function letterOf(position: number): string {
  return String.fromCharCode(65 + position)
}
