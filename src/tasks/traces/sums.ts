import { type Random, random } from '../../reasoning/random.ts'
import { type Chain, chainValue, number, type Term } from './chain.ts'
import { drawHand, withSigns } from './hand.ts'
import { equationText } from './multistep-text.ts'
import { chance } from './trace.ts'

/** Lines of a sheet. */
const count = 20

/**
 * A sheet of short calculations, each worked out in one go: traces are about sums, but few of their tokens are one, and a model that is not sure
 * of `(-2 + -1 - 3)` can't tell a slip. The same sheet for the same index.
 */
export function sheetOfSums(index: number): { problem: string; steps: string[] } {
  const stream = random('sums', index)
  return { problem: 'Sums =', steps: Array.from({ length: count }, () => sum(stream)) }
}

/** `(-2 + -1 - 3) = -6.`, now and then with its signs written simply first. */
function sum(random: Random): string {
  const chain = drawSum(random)
  const simple = chance(0.2, random) ? withSigns(chain, drawHand(random)) : chain
  const lines = [chain, ...(simple === chain ? [] : [simple]), number(chainValue(chain))]
  return `${equationText(lines, { bare: false, bracketsValue: chance(0.2, random) })}.`
}

/** Two to four numbers, products of two: as large as the parts of a problem, and as what they come to. */
function drawSum(random: Random): Chain {
  const length = random.pick([2, 2, 3, 3, 3, 4])
  const terms: Term[] = []
  while (terms.length < length) {
    const times = terms.length > 0 && terms.at(-1)?.operator !== '*' && chance(0.2, random)
    const operator = times ? '*' : terms.length === 0 ? '+' : random.pick(['+', '-'] as const)
    const size = times || chance(0.6, random) ? 9 : random.pick([30, 90])
    const operand = random.int(-size, size)
    terms.push({ operator, operand, bracketed: operand < 0 && chance(0.3, random) })
  }
  return terms
}
