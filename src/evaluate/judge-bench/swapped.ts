import { verdictCue } from '../../judge/embedded/layout.ts'
import { random } from '../../reasoning/random.ts'
import type { Comparison, Judgment } from '../../reasoning/types.ts'
import type { BootstrapOptions, Interval } from '../bootstrap.ts'
import { meanOver, ratiosOver } from '../ratios.ts'
import { type Ballot, isRight, type JudgedPair } from './bench-pairs.ts'
import type { Asked } from './kept.ts'

/**
 * Whose thinking stands before the verdict: the judge's own about this pair; its own about another pair of the same task, split and
 * level, where the right response was shown in the same place or in the other one; nobody's.
 */
export const thoughtsOf = ['own', 'swapped, same place', 'swapped, other place', 'none'] as const
export type ThoughtOf = (typeof thoughtsOf)[number]

/** One pair in one order, four times with the verdict forced. */
export interface Swap {
  judged: JudgedPair
  donor: JudgedPair
  asked: Record<ThoughtOf, Asked<Comparison & { thinking: string[] }>>
}

/**
 * Thinking is swapped among pairs of one task, split and level, everyone giving to one other and taking from one; a level of a single
 * pair has nobody. Only pairs take part with a verdict in both orders. Half of the thoughts that are taken saw the right response in the
 * other place: verdicts that follow thinking alone come to one half.
 */
export function swaps(judged: readonly JudgedPair[], seed: number): Swap[] {
  const groups = new Map<string, JudgedPair[]>()
  for (const each of judged) {
    const { task, split, level } = each.pair
    if (each.ballots.slice(0, 2).some(({ winner }) => winner === null)) continue
    const key = `${split} ${task} ${level}`
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups].flatMap(([key, group]) => {
    if (group.length < 2) return []
    const circle = random('swap', seed, key).shuffle(group)
    return circle.map((each, i) => swapOf(each, circle[(i + 1) % circle.length]))
  })
}

function swapOf(judged: JudgedPair, donor: JudgedPair): Swap {
  const [own] = judged.ballots
  const { pair } = judged
  const steps = own.right === 0 ? [pair.right, pair.wrong] : [pair.wrong, pair.right]
  const [first, second] = steps.map((each) => each.join('\n'))
  const given = (same: boolean) =>
    donor.ballots.slice(0, 2).find(({ right }) => (right === own.right) === same) as Ballot
  const ask = (of: string, thinking: string[]): Asked<Comparison & { thinking: string[] }> => ({
    id: `${pair.id} right ${own.right + 1} ${of}`,
    comparison: {
      query: pair.problem,
      responses: [first, second],
      seed: random('swapped', pair.id).int(0, 2 ** 31),
      thinking,
    },
  })
  return {
    judged,
    donor,
    asked: {
      own: ask('own', thinkingOf(own)),
      'swapped, same place': ask(`swapped, same place, ${donor.pair.id}`, thinkingOf(given(true))),
      'swapped, other place': ask(`swapped, other place, ${donor.pair.id}`, thinkingOf(given(false))),
      none: ask('none', []),
    },
  }
}

/** The lines of a judgment but its verdict. */
export function thinkingOf({ reasoning }: Pick<Judgment, 'reasoning'>): string[] {
  return reasoning.split('\n').filter((line) => line !== '' && !line.startsWith(verdictCue))
}

/** What was said after each thinking. */
export type Swapped = Swap & { said: Record<ThoughtOf, Judgment> }

export interface SwapReport {
  /** 'all' of them, or one. */
  split: string
  pairs: number
  /** Accuracy after one's own thinking, after that of another pair (half of it with the right response in the other place), after none. */
  own: Interval
  swapped: Interval
  samePlace: Interval
  otherPlace: Interval
  none: Interval
  /** What swapping costs: own minus swapped, paired. */
  fall: Interval
  /** Share of verdicts that are those of the thinking which was put in, whatever the pair: one half where it is not read. */
  follows: Interval
}

/** @param seeds of each training seed, its swaps; pairs count with the mean over the seeds in which they took part */
export function swapReport(seeds: readonly (readonly Swapped[])[], options: BootstrapOptions): SwapReport[] {
  const splits = [...new Set(seeds.flat().map(({ judged }) => judged.pair.split))]
  const sets = splits.length > 1 ? ['all', ...splits] : splits
  return sets.map((split) => {
    const byPair = new Map<string, Swapped[]>()
    for (const swap of seeds.flat()) {
      const { pair } = swap.judged
      if (split === 'all' || pair.split === split) byPair.set(pair.id, [...(byPair.get(pair.id) ?? []), swap])
    }
    const pairs = [...byPair.values()]
    const { mean, meanShare } = ratiosOver([...byPair.keys()], options)
    const over = (value: (swap: Swapped) => number) => meanShare((pair) => meanOver(pairs[pair], value))
    const right = (of: ThoughtOf) => (swap: Swapped) =>
      Number(isRight({ ...swap.said[of], right: swap.judged.ballots[0].right }))
    const mixed = (swap: Swapped) =>
      (right('swapped, same place')(swap) + right('swapped, other place')(swap)) / 2
    return {
      split,
      pairs: pairs.length,
      own: over(right('own')),
      swapped: over(mixed),
      samePlace: over(right('swapped, same place')),
      otherPlace: over(right('swapped, other place')),
      none: over(right('none')),
      fall: mean((pair) => meanOver(pairs[pair], (swap) => right('own')(swap) - mixed(swap))),
      follows: over(follows),
    }
  })
}

/** Of the two swapped verdicts, the share that names the place which the donor's own verdict named. */
function follows({ judged, donor, said }: Swapped): number {
  const own = judged.ballots[0].right
  const agrees = (same: boolean) => {
    const given = donor.ballots.slice(0, 2).find(({ right }) => (right === own) === same) as Ballot
    const after = said[same ? 'swapped, same place' : 'swapped, other place']
    return Number(after.winner === given.winner)
  }
  return (agrees(true) + agrees(false)) / 2
}
