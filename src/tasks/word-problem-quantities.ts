import { type Expression, evaluate, operation } from './expression.ts'
import type { Question, Start, Story } from './word-problem-story.ts'

/** A number that the story gives or that can be worked out from it. */
export interface Quantity {
  /** The person it belongs to, null for the total or difference. */
  person: number | null
  kind: 'at first' | 'bought' | 'now' | 'together' | 'difference'
  /** The story states its value: no step has to work it out. */
  given: boolean
  needs: Quantity[]
  /** How it is worked out, from the parts it needs in the same order. */
  formula: (parts: Expression[]) => Expression
  value: number
}

export interface Quantities {
  /** All of them, each after those it needs, in the story's order. */
  all: Quantity[]
  /** Each person's count: at first, then after each event that changes it. */
  timelines: Quantity[][]
  asked: Quantity
  /** The asked quantity and all that it is worked out from. */
  needed: Set<Quantity>
}

export function quantitiesOf({ starts, events, question }: Story): Quantities {
  const all: Quantity[] = []
  const add = (
    kind: Quantity['kind'],
    person: number | null,
    needs: Quantity[],
    formula: Quantity['formula'],
    given = false,
  ) => {
    const value = evaluate(formula(needs.map((need) => need.value)))
    const quantity = { person, kind, given, needs, formula, value }
    all.push(quantity)
    return quantity
  }
  const timelines: Quantity[][] = []
  for (const [person, start] of starts.entries()) {
    const needs = 'than' in start ? [timelines[start.than][0]] : []
    timelines.push([add('at first', person, needs, startFormula(start), start.kind === 'given')])
  }
  const current = (person: number) => timelines[person].at(-1) as Quantity
  const change = (person: number, operator: '+' | '-', by: number) =>
    timelines[person].push(add('now', person, [current(person)], ([count]) => operation(operator, count, by)))
  for (const event of events) {
    if (event.kind === 'packs') {
      const bought = add('bought', event.who, [], () => operation('*', event.packs, event.each))
      const needs = [current(event.who), bought]
      timelines[event.who].push(add('now', event.who, needs, ([count, more]) => operation('+', count, more)))
    } else {
      change(event.who, event.kind === 'gain' ? '+' : '-', event.by)
      if (event.kind === 'give') change(event.to, '+', event.by)
    }
  }
  const asked = askedQuantity(question, current, add)
  return { all, timelines, asked, needed: closure(asked) }
}

function startFormula(start: Start): Quantity['formula'] {
  switch (start.kind) {
    case 'given':
      return () => start.count
    case 'packs':
      return () => operation('*', start.packs, start.each)
    default: {
      const operator = ({ more: '+', fewer: '-', times: '*' } as const)[start.kind]
      return ([than]) => operation(operator, than, start.by)
    }
  }
}

function askedQuantity(
  question: Question,
  current: (person: number) => Quantity,
  add: (kind: Quantity['kind'], person: null, needs: Quantity[], formula: Quantity['formula']) => Quantity,
): Quantity {
  switch (question.kind) {
    case 'count':
      return current(question.who)
    case 'together':
      return add('together', null, question.people.map(current), (parts) =>
        parts.reduce((sum, part) => operation('+', sum, part)),
      )
    case 'difference':
      return add('difference', null, [current(question.more), current(question.fewer)], ([more, fewer]) =>
        operation('-', more, fewer),
      )
  }
}

function closure(asked: Quantity): Set<Quantity> {
  const needed = new Set<Quantity>()
  const visit = (quantity: Quantity) => {
    if (needed.has(quantity)) return
    needed.add(quantity)
    quantity.needs.forEach(visit)
  }
  visit(asked)
  return needed
}

/** The quantity written out down to the numbers of the story. */
export function writtenOut(quantity: Quantity): Expression {
  return quantity.formula(quantity.needs.map(writtenOut))
}
