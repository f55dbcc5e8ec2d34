import type { Random } from '../../reasoning/random.ts'
import { weighted } from '../task.ts'
import type { Item } from './shuffle-contexts.ts'
import { type Holdings, optionOf, type Pair, type Shuffled } from './shuffle-problem.ts'
import { chance } from './trace.ts'

/** What a step says of who has what, how often with three people and with more, and whether it leaves people out. */
export const layouts = {
  full: { few: 18, many: 10, partial: false },
  /** By initials: `E and A swap: A: blue, B: white, E: yellow`. */
  letters: { few: 1.2, many: 1.2, partial: false },
  /** The same without who swaps. */
  bare: { few: 2, many: 2, partial: false },
  /** Only the two who swap. */
  pairs: { few: 0.5, many: 0.5, partial: true },
  /** Those who have swapped so far. */
  growing: { few: 0.3, many: 0.3, partial: true },
  /** One person. */
  one: { few: 0.2, many: 0.2, partial: true },
} as const

export type Layout = keyof typeof layouts

/** How somebody writes the steps about swaps. */
export interface Style {
  layout: Layout
  /** Does a first step say who has what at the start? */
  start: boolean
  startHead: string
  header(a: string, b: string, number: number): string
  item(item: Item): string
  /** Between a person and an item. */
  has: string
  stop: '' | '.'
  /** The people in the order in which they are named; those who swap first, in each step. */
  order: readonly number[]
  pairFirst: boolean
  end: 'sentence' | 'answer' | 'appended'
}

export function drawStyle({ context, people, swaps }: Shuffled, random: Random): Style {
  const layout = drawLayout(people.length, random)
  const named = layout !== 'letters' && layout !== 'bare'
  const start =
    layout === 'one' ||
    layout === 'bare' ||
    (!layouts[layout].partial && chance(named && people.length > 3 ? 0.65 : 0.92, random))
  const verb = named ? random.pick(context.swaps) : 'swap'
  const short = named ? chance(0.6, random) : true
  const capital = !named && chance(0.2, random)
  const everybody = [...people.keys()]
  const rest = everybody.filter((person) => !swaps[0].includes(person))
  const has = named && (layout === 'one' || chance(0.04, random)) ? ' has ' : ': '
  const wholly = has === ' has ' && chance(0.5, random)
  return {
    layout,
    start,
    startHead:
      !named || layout === 'one' ? '' : chance(0.94, random) ? 'At the start: ' : random.pick(startHeads),
    header: drawHeader(verb, random),
    item: ({ full, short: said }) =>
      capital ? capitalised(said) : !wholly && (short || isColour(full)) ? said : full,
    has,
    stop: named || chance(0.15, random) ? '.' : '',
    order: chance(start && named ? 0.04 : 0.4, random) ? [...swaps[0], ...rest] : everybody,
    pairFirst: !start || !named ? chance(0.25, random) : chance(0.02, random),
    end: named
      ? weighted({ sentence: start ? 40 : 4, answer: 1, appended: start ? 1 : 4 }, random)
      : weighted({ sentence: 1, answer: 5, appended: 4 }, random),
  }
}

function drawLayout(people: number, random: Random): Layout {
  const often = people === 3 ? 'few' : 'many'
  const weights = Object.entries(layouts).map(([layout, { [often]: weight }]) => [layout, weight])
  return weighted(Object.fromEntries(weights) as Record<Layout, number>, random)
}

/** A ball, hat or present is known by its colour. */
function isColour(full: string): boolean {
  return / (ball|present|hat)$/.test(full)
}

function capitalised(text: string): string {
  return text[0].toUpperCase() + text.slice(1)
}

const startHeads = ['Start: ', 'Initially: ', 'At the beginning: ', 'To start with: ']

function drawHeader(verb: string, random: Random): Style['header'] {
  const turned = chance(0.05, random) ? 0.3 : 0
  const pair = (a: string, b: string) =>
    `${chance(turned, random) ? `${b} and ${a}` : `${a} and ${b}`} ${verb}`
  if (chance(0.94, random)) return (a, b) => `${pair(a, b)}: `
  return random.pick<Style['header']>([
    (a, b) => `After ${pair(a, b)}: `,
    (a, b, number) => `${number === 1 ? 'First' : 'Then'}, ${pair(a, b)}: `,
    (a, b, number) => `${number}. ${pair(a, b)}: `,
    (a, b, number) => `(${number}) ${pair(a, b)}: `,
    (a, b) => `${pair(a, b)}, so: `,
  ])
}

/** Who is named in a step, in this order. `pair` is null at the start. */
export function shownPeople(
  style: Style,
  pair: Pair | null,
  earlier: readonly Pair[],
  asked: number,
): readonly number[] {
  const { layout, order } = style
  if (layout === 'one') return [pair === null || pair.includes(asked) ? asked : pair[0]]
  if (pair === null) return order
  if (layout === 'pairs') return pair
  const first = style.pairFirst ? [...pair, ...order.filter((person) => !pair.includes(person))] : order
  if (layout !== 'growing') return first
  return [...new Set([...earlier.flat(), ...pair])]
}

/** `Alice: red, Bob: blue`. */
export function holdingsText(
  shown: readonly number[],
  holdings: Holdings,
  { people }: Shuffled,
  style: Style,
): string {
  return shown
    .map((person) => `${nameOf(people[person], style)}${style.has}${style.item(holdings[person])}`)
    .join(', ')
}

export function swapHeader([a, b]: Pair, number: number, { people }: Shuffled, style: Style): string {
  if (style.layout === 'bare') return ''
  const header = style.header(nameOf(people[a], style), nameOf(people[b], style), number)
  return style.layout === 'one' ? header.replace(/: $/, ', ') : header
}

function nameOf(person: string, { layout }: Style): string {
  return layout === 'letters' || layout === 'bare' ? person[0] : person
}

export function answerText(option: number): string {
  return `So the answer is ${optionOf(option)}`
}

/** `At the end of the game, Bob has the red ball.` */
export function endText({ context, people, asked }: Shuffled, item: Item): string {
  return `${context.end}, ${context.holds(people[asked], item.full)}.`
}
