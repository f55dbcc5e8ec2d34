import type { Random } from '../../reasoning/random.ts'
import { weighted } from '../task.ts'
import { type Chain, chainValue, isNumber, part, replaced, type Term } from './chain.ts'
import { added, advance, type Hand, withSigns } from './hand.ts'
import { chance } from './trace.ts'

/**
 * What can go wrong from one line of a calculation to the next, kind -> how often it is tried: not every line has, say, a
 * double minus.
 */
export const slipKinds = {
  /** A sum comes out wrong. */
  sum: 6,
  /** A product comes out wrong in size. */
  product: 1.5,
  /** A product or sum comes out with the wrong sign. */
  sign: 1.5,
  /** `- -5 - 3` as `+ 5 + 3`: the new sign spreads to a neighbour. */
  'sign-spread': 14,
  /** `- -5` as `- 5`, `(-5)` as `5`. */
  'sign-lost': 1.5,
  /** Terms are added up, and one of them stays. */
  'kept-term': 6,
  'dropped-term': 1,
  /** `7 - 2 + 5` as `7 - 7`: brackets where there are none. */
  regrouped: 4,
  /** `7 - 2 * 5` as `5 * 5`. */
  precedence: 1.5,
  /** A number is copied wrong. */
  copied: 1,
  /** A plus, minus or times is copied wrong. */
  operator: 0.5,
  /** Two of these in one line. */
  jumble: 1,
} as const

export type SlipKind = keyof typeof slipKinds

const attempts = 4

/** A next line with another value than this one; null when this line, or the draw, leaves no room for such a slip. */
export function slip(chain: Chain, kind: SlipKind, hand: Hand): Chain | null {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const wrong = slipOnce(chain, kind, hand)
    if (wrong !== null && chainValue(wrong) !== chainValue(chain)) return wrong
  }
  return null
}

function slipTwice(chain: Chain, hand: Hand): Chain | null {
  const [first, second] = [weighted(slipKinds, hand.random), weighted(slipKinds, hand.random)]
  const once = slipOnce(chain, first, hand)
  return once && slipOnce(once, second, hand)
}

/** The slip at this level or, more often, inside a bracket; the other brackets stay as they are or go on rightly. */
function slipOnce(chain: Chain, kind: SlipKind, hand: Hand): Chain | null {
  const { random } = hand
  const groups = [...chain.keys()].filter((index) => !isNumber(chain[index]))
  if (groups.length === 0 || (kind !== 'sum' && chance(0.1, random))) return slips[kind](chain, hand)
  const at = random.pick(groups)
  const inner = slipOnce(chain[at].operand as Chain, kind, hand)
  if (inner === null) return null
  const others = chance(hand.together, random) ? advance(chain, hand) : chain
  return replaced(others, at, at + 1, unwrapped(inner, hand))
}

/** A bracket that has come down to a number is written as one. */
function unwrapped(inner: Chain, { random, keepBrackets }: Hand): Chain {
  if (inner.length > 1 || !isNumber(inner[0])) return [{ operator: '+', operand: inner }]
  return [{ ...inner[0], bracketed: chance(keepBrackets, random) }]
}

const slips: Record<SlipKind, (chain: Chain, hand: Hand) => Chain | null> = {
  sum: (chain, hand) =>
    misreckoned(chain, hand, (worked) => (isProduct(worked) ? null : wrongSum(worked, hand.random))),
  product: (chain, hand) =>
    misreckoned(chain, hand, (worked) => (isProduct(worked) ? wrongProduct(worked, hand.random) : null)),
  sign: (chain, hand) => misreckoned(chain, hand, (worked) => -chainValue(worked)),
  'sign-spread': signSpread,
  'sign-lost': (chain, { random }) => {
    const negative = numbersWhere(chain, ({ operand }) => operand < 0)
    return changed(chain, negative, random, ({ operator, operand }) => ({ operator, operand: -operand }))
  },
  'kept-term': keptTerm,
  'dropped-term': (chain, { random }) => {
    if (chain.length < 3) return null
    const at = random.int(0, chain.length - 1)
    const rest = chain.toSpliced(at, 1)
    return at === 0 ? part(rest, 0, rest.length) : rest
  },
  regrouped: (chain, hand) => {
    const minuses = sumsAt(chain).filter((index) => chain[index].operator === '-')
    if (minuses.length === 0) return null
    const start = hand.random.pick(minuses)
    const terms = part(chain, start, start + 2)
    const inside: Term = chance(hand.brackets, hand.random)
      ? { operator: '-', operand: terms }
      : { operator: '-', operand: chainValue(terms) }
    return replaced(chain, start, start + 2, [inside])
  },
  precedence: (chain, hand) => {
    const places = [...chain.keys()].filter(
      (index) => chain[index].operator !== '*' && chain[index + 1] && chain[index + 2]?.operator === '*',
    )
    const start = places.length > 0 ? hand.random.pick(places) : -1
    return start < 0 || chain[start + 1].operator === '*' ? null : added(chain, start, start + 2, hand)
  },
  copied: (chain, hand) => {
    const next = chance(0.5, hand.random) ? chain : advance(chain, hand)
    return miscopied(next, hand.random)
  },
  operator: (chain, hand) => {
    const next = chance(0.5, hand.random) ? chain : advance(chain, hand)
    return withOtherOperator(next, hand.random)
  },
  jumble: slipTwice,
}

const offBy = [
  1, 1, 1, -1, -1, -1, 2, 2, -2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 8, -8, 10, 10, -10, -10, 20, -20,
]

/** The next line, with the first or second result of its sort wrong; null when it has none. */
function misreckoned(chain: Chain, hand: Hand, wrong: (worked: Chain) => number | null): Chain | null {
  let left = hand.random.int(0, 1)
  const result = (worked: Chain) => {
    const value = wrong(worked)
    return value !== null && left-- === 0 ? value : chainValue(worked)
  }
  const next = advance(chain, { ...hand, result })
  return left < 0 ? next : null
}

function isProduct(worked: Chain): boolean {
  return worked.every(({ operator }, index) => index === 0 || operator === '*') && worked.length > 1
}

function wrongSum(worked: Chain, random: Random): number {
  return chance(0.25, random) ? confused(worked, random) : chainValue(worked) + random.pick(offBy)
}

function wrongProduct(worked: Chain, random: Random): number {
  const way = random.next()
  if (way < 0.15) return confused(worked, random)
  return way < 0.55 ? withOtherDigit(chainValue(worked), random) : chainValue(worked) + random.pick(offBy)
}

/** Numbers put together the wrong way: the sizes added or taken from each other, or a sum for a product. */
function confused(worked: Chain, random: Random): number {
  const numbers = worked.map(({ operand }) => (typeof operand === 'number' ? operand : chainValue(operand)))
  const [first, ...others] = numbers.map(chance(0.5, random) ? Math.abs : Number)
  return others.reduce((sum, next) => (chance(0.5, random) ? sum + next : sum - next), first)
}

export function withOtherDigit(value: number, random: Random): number {
  const digits = [...`${Math.abs(value)}`]
  const at = random.int(0, digits.length - 1)
  const size = Number(digits.with(at, `${random.int(0, 9)}`).join(''))
  return value < 0 ? -size : size
}

/** Signs are simplified, and a term beside one of them changes its sign too. */
function signSpread(chain: Chain, hand: Hand): Chain | null {
  const { random } = hand
  const places = [...chain.keys()].filter((index) => {
    const { operator, operand } = chain[index]
    return index > 0 && operator === '-' && typeof operand === 'number' && operand < 0
  })
  if (places.length === 0) return null
  const next = withSigns(chain, { ...hand, together: 1 })
  const victims = [...next.keys()].filter(
    (index) => index > 0 && !places.includes(index) && next[index].operator !== '*',
  )
  if (victims.length === 0) return null
  const chosen = chance(0.3, random) ? victims : [random.pick(victims)]
  return next.map((term, index) =>
    chosen.includes(index) ? { ...term, operator: term.operator === '+' ? '-' : '+' } : term,
  )
}

/** `5 - 30 + 6` as `-19 + 6`, or `-25 - 30 + 6`: what is worked out is still there. */
function keptTerm(chain: Chain, hand: Hand): Chain | null {
  const { random } = hand
  const places = sumsAt(chain)
  if (places.length === 0 || chain.length < 3) return null
  const start = chance(0.7, random) ? places[0] : random.pick(places)
  const more = chain[start + 2] !== undefined && sumsAt(chain).includes(start + 1)
  const end = more && chance(0.7, random) ? start + 3 : start + 2
  const sum = added(chain, start, end, hand)
  return replaced(sum, start, start + 1, [...part(sum, start, start + 1), chain[end - 1]])
}

/** Where a number and the next can be added up. */
function sumsAt(chain: Chain): number[] {
  const free = (index: number) =>
    index < chain.length &&
    isNumber(chain[index]) &&
    (index === 0 || chain[index].operator !== '*') &&
    chain[index + 1]?.operator !== '*'
  return [...chain.keys()].filter((index) => free(index) && free(index + 1))
}

/** One number of the chain, or of a bracket in it, with another digit or sign. */
export function miscopied(chain: Chain, random: Random): Chain {
  const at = random.int(0, chain.length - 1)
  const { operand } = chain[at]
  const wrong =
    typeof operand !== 'number'
      ? miscopied(operand, random)
      : chance(0.3, random)
        ? -operand
        : withOtherDigit(operand, random)
  return chain.with(at, { ...chain[at], operand: wrong })
}

/** One operator of the chain, or of a bracket in it, is another one; null for a lone number. */
export function withOtherOperator(chain: Chain, random: Random): Chain | null {
  const at = random.int(0, chain.length - 1)
  const { operator, operand } = chain[at]
  if (typeof operand !== 'number' && chance(0.7, random)) {
    const inner = withOtherOperator(operand, random)
    return inner && chain.with(at, { operator, operand: inner })
  }
  if (at === 0) return null
  const others = (['+', '-', '*'] as const).filter((other) => other !== operator)
  return chain.with(at, { ...chain[at], operator: random.pick(others) })
}

type NumberTerm = Term & { operand: number }

function numbersWhere(chain: Chain, test: (term: NumberTerm) => boolean): number[] {
  return [...chain.keys()].filter((index) => {
    const term = chain[index]
    return isNumber(term) && test(term)
  })
}

function changed(
  chain: Chain,
  places: readonly number[],
  random: Random,
  change: (term: NumberTerm) => Term,
): Chain | null {
  if (places.length === 0) return null
  const at = random.pick(places)
  return chain.with(at, change(chain[at] as NumberTerm))
}
