import { type Random, seedOf } from '../reasoning/random.ts'
import { curriculum } from './curriculum.ts'
import {
  bracketed,
  canonical,
  type Expression,
  evaluate,
  type Operation,
  operation,
  parseExpression,
} from './expression.ts'
import { defineTask, type StepReader, withoutStop } from './task.ts'

/** With values up to 99 a policy of a million parameters learned the format and no arithmetic. */
const largestValue = 30

/**
 * Evaluate a bracketed expression, one operation (sometimes two) a step, rewriting it each time.
 * Level = operations.
 *
 * The state of a solution is the expression it has arrived at. A step is wrong when that expression no longer has the
 * problem's value or cannot be read. What a step says on the way is a remark: `3 + 4 = 8, so 7 * 2` has a right state.
 */
export const arithmetic = defineTask<Expression>({
  name: 'arithmetic',
  levels: curriculum.arithmetic,
  draw: drawExpression,
  key: canonical,
  text: (expression, random) => random.pick(phrasings)(written(expression, expression)),
  truth: (expression) => `${evaluate(expression)}`,
  solve,
  follow,
})

/**
 * An expression of the problem or of a state on the way. Every other problem has its negative numbers in brackets: so there are
 * texts of many lengths at each level, and a longer problem is not longer in all respects.
 */
function written(expression: Expression, problem: Expression): string {
  return bracketed(expression, seedOf('brackets', canonical(problem)) % 2 === 0)
}

const phrasings = [
  (expression: string) => `Compute ${expression}.`,
  (expression: string) => `What is ${expression}?`,
  (expression: string) => `Find the value of ${expression}.`,
]

function drawExpression(operations: number, random: Random): Expression {
  if (operations === 0) return random.int(1, 9) * (random.next() < 0.2 ? -1 : 1)
  const operator = random.pick(['+', '-', '*'] as const)
  for (;;) {
    const left = random.int(0, operations - 1)
    const drawn = operation(
      operator,
      drawExpression(left, random),
      drawExpression(operations - 1 - left, random),
    )
    if (Math.abs(evaluate(drawn)) <= largestValue) return drawn
  }
}

/** Longer expressions written out twice would make the solution too long for a small policy. */
const mostOperationsToEquate = 4
const mostOperationsToRestate = 3

function solve(problem: Expression, random: Random): string[] {
  const anyOrder = random.next() < 0.5
  const equate = random.next() < 0.3 && countOperations(problem) <= mostOperationsToEquate
  const steps: string[] = []
  const text = (part: Expression) => written(part, problem)
  let state = problem
  while (typeof state !== 'number') {
    const ready = readyOperations(state)
    const ordered = anyOrder ? random.shuffle(ready) : ready
    const chosen = ordered.slice(0, ordered.length > 1 && random.next() < 0.15 ? 2 : 1)
    const equations = chosen.map((part) => `${text(part)} = ${evaluate(part)}`)
    const before = state
    state = rewrite(state, chosen)
    if (typeof state === 'number') steps.push(equations[0])
    else if (equate) steps.push(`${text(before)} = ${text(state)}`)
    else steps.push(`${equations.join(' and ')}, so ${text(state)}`)
    if (random.next() < 0.1) {
      const restate =
        typeof state !== 'number' && countOperations(state) <= mostOperationsToRestate && random.next() < 0.5
      steps.push(restate ? `So far: ${text(state)}` : `Check: ${random.pick(equations)}`)
    }
  }
  steps.push(`Answer: ${state}`)
  return steps
}

function countOperations(expression: Expression): number {
  return typeof expression === 'number'
    ? 0
    : 1 + countOperations(expression.left) + countOperations(expression.right)
}

/** The operations on two plain numbers, from left to right. */
function readyOperations(expression: Expression): Operation[] {
  if (typeof expression === 'number') return []
  const inside = [...readyOperations(expression.left), ...readyOperations(expression.right)]
  return inside.length > 0 ? inside : [expression]
}

function rewrite(expression: Expression, chosen: readonly Operation[]): Expression {
  if (typeof expression === 'number') return expression
  if (chosen.includes(expression)) return evaluate(expression)
  return { ...expression, left: rewrite(expression.left, chosen), right: rewrite(expression.right, chosen) }
}

function follow(problem: Expression): StepReader {
  const truth = evaluate(problem)
  let state: Expression = problem
  return (step) => {
    const next = stateAfter(step, state)
    if (next === null || evaluate(next) !== truth) return false
    state = next
    return true
  }
}

/**
 * The expression a step leaves to work on, null when it cannot be read:
 * after the last `, so`; after `So far:`; else after the last `=`; else all of it.
 * A step that only works out a part of the state (`4 + 3 = 7`, `2 - -5 = 2 + 5 = 7`) leaves it as it was: a remark.
 */
function stateAfter(step: string, state: Expression): Expression | null {
  const text = withoutStop(step).replace(/^so far\s*:/i, '')
  const so = text.lastIndexOf(', so ')
  const conclusion = so < 0 ? text : text.slice(so + 5)
  const sides = conclusion.split('=').map(parseExpression)
  const next = sides[sides.length - 1]
  const [first] = sides
  const isRemark = so < 0 && sides.length > 1 && first !== null && partsOf(state).has(meaning(first))
  return isRemark ? state : next
}

/** What is below the top of an expression and to be worked out, each by its {@link meaning}. */
function partsOf(expression: Expression): Set<string> {
  const parts = new Set<string>()
  const collect = (part: Expression) => {
    if (typeof part === 'number') return
    parts.add(meaning(part))
    collect(part.left)
    collect(part.right)
  }
  if (typeof expression !== 'number') for (const part of [expression.left, expression.right]) collect(part)
  return parts
}

/** Alike for what differs in the order of sums and products, or in `- -5` for `+ 5`. */
function meaning(expression: Expression): string {
  const plus = (part: Expression): Expression => {
    if (typeof part === 'number') return part
    const [left, right] = [plus(part.left), plus(part.right)]
    return part.operator === '-' && typeof right === 'number' && right < 0
      ? operation('+', left, -right)
      : operation(part.operator, left, right)
  }
  return canonical(plus(expression))
}
