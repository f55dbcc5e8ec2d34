import type { Random } from '../../reasoning/random.ts'
import {
  asNumber,
  type Chain,
  chainValue,
  isNumber,
  negated,
  part,
  productRuns,
  replaced,
  type Term,
} from './chain.ts'
import { chance } from './trace.ts'

/** How somebody works expressions out: habits, as chances, and what they write for what they have worked out. */
export interface Hand {
  random: Random
  /** Puts products and pairs in brackets before working them out. */
  brackets: number
  /** Does everything of one sort at once rather than one place a line. */
  together: number
  /** Leaves a result in brackets: `(-20)`. */
  keepBrackets: number
  /** Writes `- -3` as `+ 3` first of all. */
  signs: number
  /** Works three numbers out at once; more, more rarely. */
  leap: number
  /** What is written for a chain of numbers that is worked out: its value, but for slips. */
  result(chain: Chain): number
}

export function drawHand(random: Random): Hand {
  return {
    random,
    brackets: random.pick([0, 0.2, 0.6, 0.9]),
    together: random.pick([0.1, 0.4, 0.8]),
    keepBrackets: random.pick([0, 0.3, 0.9]),
    signs: random.pick([0.05, 0.3, 0.7]),
    leap: random.pick([0, 0.1, 0.2, 0.5]),
    result: chainValue,
  }
}

/** Every line from this expression to its value, this one left out; from `most` lines on it comes to an end. */
export function workOut(chain: Chain, hand: Hand, most = 5): Chain[] {
  const lines: Chain[] = []
  let now = chain
  while (asNumber(now) === null) {
    now = lines.length + 1 < most ? advance(now, hand) : result(now, hand)
    lines.push(now)
    // now and then a line stands twice
    if (lines.length + 1 < most && asNumber(now) === null && chance(0.03, hand.random)) lines.push(now)
  }
  return lines
}

function result(chain: Chain, hand: Hand, bracketed = false): Chain {
  return [{ operator: '+', operand: hand.result(chain), bracketed }]
}

/** The next line: the same value, written closer to it. */
export function advance(chain: Chain, hand: Hand): Chain {
  const { random } = hand
  const groups = [...chain.keys()].filter((index) => !isNumber(chain[index]))
  if (groups.length === 0) return advanceNumbers(chain, hand)
  const chosen = chance(hand.together, random)
    ? groups
    : [chance(0.7, random) ? groups[0] : random.pick(groups)]
  return chain.map((term, index) => (chosen.includes(index) ? advanceGroup(term, hand) : term))
}

function advanceGroup({ operator, operand }: Term, hand: Hand): Term {
  const inner = operand as Chain
  const next = leaps(inner, hand) ? result(inner, hand) : advance(inner, hand)
  const value = asNumber(next)
  if (value === null) return { operator, operand: next }
  return { operator, operand: value, bracketed: chance(hand.keepBrackets, hand.random) }
}

/** Is all of this worked out in one go? */
function leaps(chain: Chain, { leap, random }: Hand): boolean {
  if (!chain.every(isNumber)) return false
  return chance(chain.length < 3 ? leap : leap / 4 ** (chain.length - 3), random)
}

function advanceNumbers(chain: Chain, hand: Hand): Chain {
  const { random } = hand
  if (chain.length === 1) return result(chain, hand)
  if (leaps(chain, hand)) return result(chain, hand)
  const rewritten = chance(0.08, random) ? rewrite(chain, random) : null
  if (rewritten) return rewritten
  if (chance(hand.signs, random)) {
    const simple = withSigns(chain, hand)
    if (simple !== chain) return simple
  }
  const runs = productRuns(chain)
  if (runs.length > 0) return multiply(chain, runs, hand)
  return chain.length === 2 ? result(chain, hand) : add(chain, hand)
}

/**
 * The same numbers in another dress: a first 0 left out, `- -3` as `- (-3)`, `6 - 3 + 2` as `6 + 2 - 3`; null where there is nothing of that.
 */
function rewrite(chain: Chain, random: Random): Chain | null {
  const [first, second, ...others] = chain as readonly (Term & { operand: number })[]
  const isSum = chain.every(({ operator }) => operator !== '*')
  if (isSum && first.operand === 0 && others.length > 0) {
    const sign = second.operator === '-' ? -1 : 1
    return [{ operator: '+', operand: sign * second.operand + 0 }, ...others]
  }
  const negatives = [...chain.keys()].filter((index) => {
    const { operand, bracketed } = chain[index]
    return index > 0 && !bracketed && (operand as number) < 0
  })
  if (negatives.length > 0 && chance(0.5, random)) {
    const at = random.pick(negatives)
    return chain.with(at, { ...chain[at], bracketed: true })
  }
  return isSum && others.length > 0 && chance(0.3, random)
    ? [first, others[0], second, ...others.slice(1)]
    : null
}

/** `- -3` becomes `+ 3`, `+ -3` becomes `- 3`, and brackets around numbers go; the same chain when there is none. */
export function withSigns(chain: Chain, { random, together }: Hand): Chain {
  const places = [...chain.keys()].filter((index) => {
    const { operator, operand, bracketed } = chain[index]
    return bracketed || (index > 0 && operator !== '*' && typeof operand === 'number' && operand < 0)
  })
  if (places.length === 0) return chain
  const chosen = chance(0.5 + together / 2, random) ? places : [random.pick(places)]
  return chain.map((term, index) => (chosen.includes(index) ? withSign(term, index) : term))
}

function withSign({ operator, operand }: Term, index: number): Term {
  if (index === 0 || operator === '*' || typeof operand !== 'number' || operand >= 0)
    return { operator, operand }
  return { operator: operator === '-' ? '+' : '-', operand: -operand }
}

function multiply(chain: Chain, runs: [number, number][], hand: Hand): Chain {
  const { random } = hand
  const chosen = chance(hand.together, random) ? runs : [random.pick(runs)]
  const alone = runs[0][1] - runs[0][0] === chain.length
  const brackets = !alone && chance(hand.brackets, random)
  return chosen.toReversed().reduce((chain, [start, end]) => {
    const run = part(chain, start, end)
    return replaced(chain, start, end, brackets ? inBrackets(run) : multiplied(run, alone, hand))
  }, chain)
}

function inBrackets(chain: Chain): Chain {
  return [{ operator: '+', operand: chain }]
}

/** A product worked out, or one factor shorter, or of four numbers in two pairs. */
function multiplied(run: Chain, alone: boolean, hand: Hand): Chain {
  const { random } = hand
  if (run.length === 4 && chance(0.3 * hand.brackets, random)) return inPairs(run)
  if (run.length === 2 || chance(0.4, random))
    return result(run, hand, !alone && chance(hand.keepBrackets, random))
  const start = chance(0.75, random) ? 0 : random.int(1, run.length - 2)
  const pair = part(run, start, start + 2)
  return replaced(
    run,
    start,
    start + 2,
    chance(hand.brackets, random) ? inBrackets(pair) : result(pair, hand),
  )
}

/** A sum of three numbers or more, with some of them bracketed or added up. */
function add(chain: Chain, hand: Hand): Chain {
  const { random } = hand
  const isEven = chain.length === 4 && chain[2].operator === '+'
  if (isEven && chance(0.4 * hand.brackets, random)) return inPairs(chain)
  if (chance(hand.brackets / 2, random)) return bracket(chain, random)
  if (chain.length > 3 && chance(hand.together / 3, random))
    return added(added(chain, 2, 4, hand), 0, 2, hand)
  const start = chance(0.75, random) ? 0 : random.int(1, chain.length - 2)
  const end = chain.length > 3 && start === 0 && chance(0.15, random) ? 3 : start + 2
  return added(chain, start, end, hand)
}

/** `1 + 2 + 3 - 4` as `(1 + 2) + (3 - 4)`. */
function inPairs(chain: Chain): Chain {
  return [part(chain, 0, 2), part(chain, 2, 4)].map((pair, i) => ({
    operator: chain[2 * i].operator,
    operand: pair,
  }))
}

/**
 * `7 - 2 + 5` as `(7 - 2) + 5` or, behind a plus, to the end: `7 + (2 - 5)`. Within it numbers mostly lose brackets of their own, and often double
 * signs: `(17) - -2 + 5` as `(17 + 2) + 5`.
 */
function bracket(chain: Chain, random: Random): Chain {
  const pluses = [...chain.keys()].filter(
    (index) => index > 0 && index < chain.length - 1 && chain[index].operator === '+',
  )
  const [start, end] = pluses.length > 0 && chance(0.3, random) ? [random.pick(pluses), chain.length] : [0, 2]
  const inside = part(chain, start, end)
  const bare = chance(0.8, random) ? inside.map((term) => ({ ...term, bracketed: false })) : inside
  const simple = chance(0.5, random) ? bare.map((term, index) => withSign(term, index)) : bare
  return replaced(chain, start, end, inBrackets(simple))
}

/** The terms from `start` to before `end` added up; behind a minus, `- 3 - 2` comes out as `- 5`. */
export function added(chain: Chain, start: number, end: number, hand: Hand): Chain {
  const minus = chain[start].operator === '-'
  const terms = part(chain, start, end).map((term, index) => (minus && index > 0 ? negated(term) : term))
  const value = hand.result(terms)
  const sum = replaced(chain, start, end, [{ operator: '+', operand: value }])
  if (start === 0 || value >= 0 || chance(0.5, hand.random)) return sum
  return sum.map((term, index) => (index === start ? withSign(term, index) : term))
}
