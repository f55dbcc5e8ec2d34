import { expect, test } from 'vitest'
import { verdictLine } from '../../judge/embedded/layout.ts'
import { random } from '../../reasoning/random.ts'
import type { Judgment } from '../../reasoning/types.ts'
import { somePairs, verdict } from './bench.fixture.ts'
import type { BenchPair, JudgedPair } from './bench-pairs.ts'
import { type Swap, type Swapped, swapReport, swaps, thinkingOf, thoughtsOf } from './swapped.ts'

const options = { seed: 1, resamples: 200 }

/** A judge that is right so often, and whose one line of thinking names the place that its verdict names. */
function judgedAt(pairs: readonly BenchPair[], accuracy: number): JudgedPair[] {
  return pairs.map((pair) => {
    const stream = random('judged', pair.id)
    const turn = stream.int(0, 1)
    return {
      pair,
      ballots: [0, 1].map((vote) => {
        const right = ((turn + vote) % 2) as 0 | 1
        const winner = (stream.next() < accuracy ? right : 1 - right) as 0 | 1
        const reasoning = `Response ${winner + 1} is fine\n${verdictLine(winner)}`
        return { ...verdict(winner, { reasoning }), right }
      }),
    }
  })
}

const said = (swap: Swap, say: (thinking: readonly string[], swap: Swap) => Judgment): Swapped => ({
  ...swap,
  said: Object.fromEntries(
    thoughtsOf.map((of) => [of, say(swap.asked[of].comparison.thinking, swap)]),
  ) as Swapped['said'],
})

const pairs = somePairs(200, [1, 2])
const judged = judgedAt(pairs, 0.9)
const all = swaps(judged, 1)

test('everyone gives to one other of the same task, split and level, and takes from one', () => {
  expect(all).toHaveLength(pairs.length)
  expect(new Set(all.map(({ donor }) => donor.pair.id)).size).toBe(pairs.length)
  for (const { judged, donor, asked } of all) {
    expect(donor.pair.id).not.toBe(judged.pair.id)
    for (const key of ['task', 'split', 'level'] as const) expect(donor.pair[key]).toBe(judged.pair[key])
    const { right } = judged.ballots[0]
    for (const of of thoughtsOf) {
      const { query, responses, seed } = asked[of].comparison
      expect(query).toBe(judged.pair.problem)
      expect(responses[right]).toBe(judged.pair.right.join('\n'))
      expect(seed).toBe(asked.own.comparison.seed)
    }
    const given = (place: 0 | 1) => thinkingOf(donor.ballots.find((ballot) => ballot.right === place)!)
    expect(asked['swapped, same place'].comparison.thinking).toEqual(given(right))
    expect(asked['swapped, other place'].comparison.thinking).toEqual(given((1 - right) as 0 | 1))
    expect(asked.none.comparison.thinking).toEqual([])
  }
  const ids = all.flatMap(({ asked }) => thoughtsOf.map((of) => asked[of].id))
  expect(new Set(ids).size).toBe(ids.length)
})

test('swapped verdicts are kept by whose thinking it was: another circle asks anew', () => {
  const asked = (some: readonly JudgedPair[]) =>
    new Map(swaps(some, 1).map((swap) => [swap.judged.pair.id, swap]))
  const fewer = asked(judged.slice(3))
  const changed = [...fewer].filter(
    ([id, { donor }]) => donor.pair.id !== asked(judged).get(id)!.donor.pair.id,
  )
  expect(changed.length).toBeGreaterThan(0)
  const whole = asked(judged)
  for (const [id, swap] of fewer)
    for (const of of thoughtsOf) {
      const [one, other] = [swap.asked[of], whole.get(id)!.asked[of]]
      expect(one.id === other.id).toBe(!of.startsWith('swapped') || swap.donor === whole.get(id)!.donor)
    }
})

test('no verdict is among the thoughts', () => {
  const reasoning = 'Check 1.1: 2 + 2 = 4; right\nBetter: 1\n\nBetter: 3\nStep 2.1: x'
  expect(thinkingOf({ reasoning })).toEqual(['Check 1.1: 2 + 2 = 4; right', 'Step 2.1: x'])
})

test('verdicts that follow the thinking fall to one half when it is swapped', () => {
  const follows = (thinking: readonly string[]) =>
    verdict(thinking.length === 0 ? 0 : ((Number(thinking[0].slice(9, 10)) - 1) as 0 | 1))
  const [report] = swapReport([all.map((swap) => said(swap, follows))], options)
  expect(report).toMatchObject({ split: 'test', pairs: pairs.length })
  expect(Math.abs(report.own.mean - 0.9)).toBeLessThan(0.05)
  expect(Math.abs(report.swapped.mean - 0.5)).toBeLessThan(0.03)
  expect(Math.abs(report.samePlace.mean - 0.9)).toBeLessThan(0.05)
  expect(Math.abs(report.otherPlace.mean - 0.1)).toBeLessThan(0.05)
  expect(Math.abs(report.none.mean - 0.5)).toBeLessThan(0.1)
  expect(report.follows.mean).toBe(1)
  expect(report.fall.low).toBeGreaterThan(0.3)
})

test('verdicts that do not read the thinking stay as they are', () => {
  const knows = (_: readonly string[], { judged }: Swap) => verdict(judged.ballots[0].right)
  const [report] = swapReport([all.map((swap) => said(swap, knows))], options)
  expect(report).toMatchObject({ fall: { mean: 0, low: 0, high: 0 }, own: { mean: 1 }, none: { mean: 1 } })
  expect(Math.abs(report.follows.mean - 0.5)).toBeLessThan(0.05)
})

test('pairs without a verdict in either order take no part; nor does a level of one pair; all of none is no report', () => {
  const [first, second, ...others] = judged.slice(0, 5)
  const mute: JudgedPair = { ...first, ballots: [first.ballots[0], { ...verdict(null), right: 0 }] }
  const alone: JudgedPair = { ...second, pair: { ...second.pair, level: 99 } }
  const some = swaps([mute, alone, ...others], 1)
  for (const { judged, donor } of some)
    for (const { pair } of [judged, donor]) expect([first.pair.id, second.pair.id]).not.toContain(pair.id)
  expect(swapReport([[]], options)).toEqual([])
})

test('splits are reported together and alone, over seeds by pair', () => {
  const harder = judged.map((each): JudgedPair => {
    const { pair } = each
    return { ...each, pair: { ...pair, id: pair.id.replace(/train@\d/, 'harder'), split: 'harder' } }
  })
  const right = (_: readonly string[], { judged }: Swap) => verdict(judged.ballots[0].right)
  const wrong = () => verdict(null)
  const one = swaps([...judged, ...harder], 1)
  const report = swapReport(
    [one.map((swap) => said(swap, right)), one.map((swap) => said(swap, wrong))],
    options,
  )
  expect(report.map(({ split, pairs }) => [split, pairs])).toEqual([
    ['all', 2 * pairs.length],
    ['test', pairs.length],
    ['harder', pairs.length],
  ])
  for (const { own } of report) expect(own).toEqual({ mean: 0.5, low: 0.5, high: 0.5 })
})
