import type { Random } from '../../reasoning/random.ts'
import { listed } from '../words.ts'
import { type Context, drawContext, type Item } from './shuffle-contexts.ts'
import { chance } from './trace.ts'

export type Pair = readonly [number, number]

/** Who has what: one item a person, in the order of the people. */
export type Holdings = readonly Item[]

/** A problem of BIG-bench's tracking_shuffled_objects. */
export interface Shuffled {
  context: Context
  people: readonly string[]
  start: Holdings
  /** Positions of people. */
  swaps: readonly Pair[]
  /** Whose item is asked for. */
  asked: number
}

const usualPeople = ['Alice', 'Bob', 'Claire', 'Dave', 'Eve', 'Fred', 'Gertrude']

/** People of other names, by their first letters, which are all different. */
const otherPeople = [
  ['Anna', 'Amy', 'Andrew'],
  ['Ben', 'Bill', 'Bella'],
  ['Carol', 'Chris', 'Cora'],
  ['Dan', 'Dora', 'Diego'],
  ['Ella', 'Emil', 'Erin'],
  ['Finn', 'Frank', 'Fiona'],
  ['Grace', 'George', 'Gina'],
  ['Mary', 'Max', 'Mike'],
  ['Tom', 'Tina', 'Theo'],
]

export function drawShuffled(random: Random): Shuffled {
  const crowd = random.next()
  const count = crowd < 0.58 ? 3 : crowd < 0.95 ? 5 : crowd < 0.97 ? 7 : 4
  const people = chance(0.88, random)
    ? usualPeople.slice(0, count)
    : random
        .shuffle(otherPeople)
        .slice(0, count)
        .map((names) => random.pick(names))
  const context = drawContext(count, random)
  const swaps: Pair[] = []
  const length = chance(0.9, random) ? count : random.int(2, count + 1)
  while (swaps.length < length) {
    const [a, b] = random.shuffle([...people.keys()])
    if (swaps.length === 0 || !isPair(swaps[swaps.length - 1], [a, b])) swaps.push([a, b])
  }
  return { context, people, start: context.items(count, random), swaps, asked: random.int(0, count - 1) }
}

export function isPair(one: Pair, other: Pair): boolean {
  return one.includes(other[0]) && one.includes(other[1])
}

export function swapped(holdings: Holdings, [a, b]: Pair): Holdings {
  return holdings.with(a, holdings[b]).with(b, holdings[a])
}

export function shuffledText({ context, people, start, swaps, asked }: Shuffled): string {
  const having = people.map((person, position) => context.starts(person, start[position].full))
  const story = swaps.map(([a, b], index) => {
    const when = index === 0 ? 'First' : index < swaps.length - 1 ? 'Then' : 'Finally'
    return `${when}, ${people[a]} and ${people[b]} ${context.swap}.`
  })
  const options = start.map(({ full }, position) => `${optionOf(position)} ${full}.`)
  return [
    `${listed(people, ', and ')} ${context.opening}: ${listed(having, ', and ')}.`,
    `${context.progress} ${story.join(' ')} ${context.end}, ${context.ask(people[asked])}`,
    'Options:',
    ...options,
  ].join('\n')
}

export function optionOf(position: number): string {
  return `(${String.fromCharCode(65 + position)})`
}
