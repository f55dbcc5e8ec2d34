import type { Operator } from '../expression.ts'

/**
 * An expression as it is written: numbers and bracketed chains, joined by operators with the usual precedence. Unlike
 * an `Expression`, a tree of operations, it knows its brackets and can lose, move or double a term.
 */
export type Chain = readonly Term[]

export interface Term {
  /** '+' at the first term, where it is not written. */
  readonly operator: Operator
  /** A chain is always written in brackets. */
  readonly operand: number | Chain
  /** Is the number in brackets: `(-5)`? */
  readonly bracketed?: boolean
}

export function isNumber(term: Term): term is Term & { operand: number } {
  return typeof term.operand === 'number'
}

export function number(value: number): Chain {
  return [{ operator: '+', operand: value }]
}

/** The number a chain has come down to, or null. */
export function asNumber(chain: Chain): number | null {
  const [{ operand }] = chain
  return chain.length === 1 && typeof operand === 'number' ? operand : null
}

export function chainValue(chain: Chain): number {
  let sum = 0
  let sign = 1
  let product = 0
  for (const { operator, operand } of chain) {
    const value = typeof operand === 'number' ? operand : chainValue(operand)
    if (operator === '*') product *= value
    else {
      sum += sign * product
      sign = operator === '-' ? -1 : 1
      product = value
    }
  }
  return sum + sign * product + 0 // no negative zero
}

/** @param say how to write a number, or the letter that it stands for */
export function written(chain: Chain, say: (operand: number) => string = String): string {
  let text = ''
  for (const [index, { operator, operand, bracketed }] of chain.entries()) {
    if (index > 0) text += ` ${operator} `
    if (typeof operand === 'number') text += bracketed ? `(${say(operand)})` : say(operand)
    else text += `(${written(operand, say)})`
  }
  return text
}

/** The chain with other numbers in the same places. */
export function mapNumbers(chain: Chain, map: (operand: number) => number): Chain {
  return chain.map((term) => ({
    ...term,
    operand: isNumber(term) ? map(term.operand) : mapNumbers(term.operand as Chain, map),
  }))
}

/** The terms from `start` to before `end` as a chain of their own: the operator before them is left outside. */
export function part(chain: Chain, start: number, end: number): Chain {
  return chain.slice(start, end).map((term, index) => (index === 0 ? { ...term, operator: '+' } : term))
}

/** The chain with other terms in the place of a {@link part}, behind the operator that stood before it. */
export function replaced(chain: Chain, start: number, end: number, by: Chain): Chain {
  const [first, ...more] = by
  return [
    ...chain.slice(0, start),
    { ...first, operator: chain[start].operator },
    ...more,
    ...chain.slice(end),
  ]
}

/** Where two or more terms are multiplied: [first, one past the last]. */
export function productRuns(chain: Chain): [number, number][] {
  const runs: [number, number][] = []
  for (let start = 0; start < chain.length; ) {
    let end = start + 1
    while (end < chain.length && chain[end].operator === '*') end++
    if (end - start > 1) runs.push([start, end])
    start = end
  }
  return runs
}

/** Plus for minus and minus for plus before it. */
export function negated(term: Term): Term {
  return { ...term, operator: term.operator === '+' ? '-' : '+' }
}
