import type { Random } from '../../reasoning/random.ts'
import { weighted } from '../task.ts'
import { type Holdings, isPair, type Pair, type Shuffled, swapped } from './shuffle-problem.ts'
import { type Layout, layouts } from './shuffle-style.ts'
import { chance } from './trace.ts'

/** What can go wrong with a swap, kind -> how often. */
export const swapKinds = {
  /** Nothing changes. */
  stale: 2,
  /** Two others swap, or one of the two with somebody else. */
  'other-pair': 5,
  /** Three people pass on what they have. */
  cycle: 4,
  /** Somebody gets what another keeps. */
  duplicate: 4,
  /** All have what they had at the start, or earlier. */
  reset: 1.5,
  /** Four or more have something else. */
  scrambled: 1.5,
  /** Somebody is left out. */
  omitted: 1.5,
  /** Two swaps in one step, of which at most one is named. */
  merged: 0.7,
  /** The next swap is made in place of this one. */
  skipped: 0.7,
  /** A pair swaps, and says so, that does not in the problem. */
  misread: 0.8,
  /** Somebody has what is not there. */
  invented: 0.3,
} as const

/** A step without the names of those who swap: often two swaps are taken together. */
const bareKinds = { ...swapKinds, merged: 6, omitted: 4 }

export type SwapKind = keyof typeof swapKinds

/** What is written for the swap at `number`. */
export interface SwapStep {
  kind: SwapKind | 'none'
  /** Who swaps, as the step says. */
  pair: Pair
  holdings: Holdings
  /** People that the step leaves out. */
  hidden: readonly number[]
  /** The swap that comes after. */
  next: number
}

export function rightStep({ swaps }: Shuffled, number: number, before: Holdings): SwapStep {
  const pair = swaps[number]
  return { kind: 'none', pair, holdings: swapped(before, pair), hidden: [], next: number + 1 }
}

/** @param history who had what at the start, after the first swap, ... up to before this one */
export function wrongStep(
  world: Shuffled,
  number: number,
  history: readonly Holdings[],
  layout: Layout,
  random: Random,
): SwapStep {
  const right = rightStep(world, number, history[history.length - 1])
  for (;;) {
    const kind = weighted(layout === 'bare' ? bareKinds : swapKinds, random)
    const wrong = swapMistakes[kind]({ world, number, history, right, layout }, random)
    if (wrong !== null && isDifferent(wrong, right)) return { ...right, ...wrong, kind }
  }
}

interface Situation {
  world: Shuffled
  number: number
  history: readonly Holdings[]
  right: SwapStep
  layout: Layout
}

function isDifferent(wrong: Partial<SwapStep>, right: SwapStep): boolean {
  const { holdings = right.holdings, hidden = [], pair = right.pair } = wrong
  return (
    hidden.length > 0 ||
    !isPair(pair, right.pair) ||
    holdings.some((item, person) => item !== right.holdings[person])
  )
}

const swapMistakes: Record<SwapKind, (at: Situation, random: Random) => Partial<SwapStep> | null> = {
  stale: ({ history }) => ({ holdings: history[history.length - 1] }),
  'other-pair': ({ history, right, world }, random) => ({
    holdings: swapped(history[history.length - 1], otherPair(right.pair, world, random)),
  }),
  cycle: ({ history, right, world }, random) => {
    const before = history[history.length - 1]
    const [a, b] = random.shuffle(right.pair)
    const c = random.pick(others([a, b], world))
    const [x, y, z] =
      world.people.length > 3 && chance(0.2, random) ? [a, c, anyBut([a, c], world, random)] : [a, b, c]
    return { holdings: before.with(x, before[y]).with(y, before[z]).with(z, before[x]) }
  },
  duplicate: ({ history, right, world }, random) => {
    const before = history[history.length - 1]
    const [a, b] = random.shuffle(right.pair)
    const taken = random.pick(others([a], world))
    return chance(0.3, random)
      ? { holdings: before.with(a, before[b]) }
      : { holdings: before.with(b, before[a]).with(a, before[taken]) }
  },
  reset: ({ history }, random) => {
    const earlier = history.slice(0, -1)
    return earlier.length === 0 ? null : { holdings: chance(0.5, random) ? earlier[0] : random.pick(earlier) }
  },
  scrambled: ({ history, world }, random) => {
    const before = history[history.length - 1]
    const holdings = random.shuffle(before)
    const changed = holdings.filter((item, person) => item !== before[person]).length
    return world.people.length > 3 && changed > 3 ? { holdings } : null
  },
  omitted: ({ right, world, layout }, random) => {
    if (layouts[layout].partial) return null
    const bystanders = random.shuffle(others(right.pair, world))
    if (chance(0.15, random)) return { hidden: [random.pick(right.pair)] }
    return { hidden: bystanders.slice(0, chance(0.7, random) ? 1 : random.int(1, bystanders.length)) }
  },
  merged: ({ world, number, right, layout }, random) => {
    const pair = world.swaps[number + 1]
    if (pair === undefined || (layout !== 'bare' && chance(0.5, random))) return null
    return { holdings: swapped(right.holdings, pair), next: number + 2 }
  },
  skipped: ({ world, number, history }) => {
    const pair = world.swaps[number + 1]
    if (pair === undefined) return null
    return { pair, holdings: swapped(history[history.length - 1], pair), next: number + 2 }
  },
  misread: ({ history, right, world }, random) => {
    const pair = otherPair(right.pair, world, random)
    return { pair, holdings: swapped(history[history.length - 1], pair) }
  },
  invented: ({ world, right }, random) => {
    const items = world.context.items(world.people.length + 1, random)
    const known = new Set(world.start.map(({ short }) => short))
    const item = items.find(({ short }) => !known.has(short))
    return item ? { holdings: right.holdings.with(random.int(0, world.people.length - 1), item) } : null
  },
}

function otherPair(pair: Pair, world: Shuffled, random: Random): Pair {
  const people = [...world.people.keys()]
  for (;;) {
    const other: Pair = chance(0.8, random)
      ? [random.pick(pair), random.pick(others(pair, world))]
      : [random.pick(people), random.pick(people)]
    if (other[0] !== other[1] && !isPair(other, pair)) return other
  }
}

function others(people: readonly number[], world: Shuffled): number[] {
  return [...world.people.keys()].filter((person) => !people.includes(person))
}

function anyBut(people: readonly number[], world: Shuffled, random: Random): number {
  return random.pick(others(people, world))
}
