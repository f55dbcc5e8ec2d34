import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { cascade, leadersOf } from './cascade.ts'
import { bradleyTerry } from './tournaments/bradley-terry.ts'
import { knockout } from './tournaments/knockout.ts'
import { type Contest, callsOf, playTournaments } from './tournaments/play.ts'
import { roundRobin } from './tournaments/round-robin.ts'
import { contestOf, judgeOf, simulatedJudge } from './tournaments/simulated.fixture.ts'
import { teams } from './tournaments/teams.ts'

function scored(qualities: readonly number[], scores: readonly (number | null)[]): Contest {
  const { entrants, ...rest } = contestOf(qualities)
  return { ...rest, entrants: entrants.map((entrant, i) => ({ ...entrant, score: scores[i] })) }
}

const all = roundRobin(bradleyTerry())

describe('leaders', () => {
  test('are those whose gap to the first is inside the error, both ends included', () => {
    expect(leadersOf([-3, -1, -1.5, -2], 0.5)).toEqual([1, 2])
    expect(leadersOf([-3, -1, -1.5, -2], 0)).toEqual([1])
    expect(leadersOf([-1, -1], 0)).toEqual([0, 1])
    expect(leadersOf([], 1)).toEqual([])
  })

  test('an error can depend on the two scores', () => {
    expect(leadersOf([0.9, 0.6, 0.1], (top, other) => (other > 0.5 ? 0.4 : top / 2))).toEqual([0, 1])
  })

  test('no score never leads; log S of 0 is a score like any other', () => {
    const never = Number.NEGATIVE_INFINITY
    expect(leadersOf([null, -4, null], 100)).toEqual([1])
    expect(leadersOf([null, null], 100)).toEqual([])
    expect(leadersOf([never, null, never], 1)).toEqual([0, 2])
    expect(leadersOf([never, -5], 1000)).toEqual([1])
  })

  test('a wider error never loses a leader, and the first always leads', () => {
    const scores = fc.array(fc.double({ min: -50, max: 0, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(
        scores,
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (given, a, b) => {
          const narrow = leadersOf(given, Math.min(a, b))
          expect(leadersOf(given, Math.max(a, b)).slice(0, narrow.length)).toEqual(narrow)
          expect(given[narrow[0]]).toBeGreaterThanOrEqual(Math.max(...given))
        },
      ),
    )
  })

  test('NaN and errors below 0 are refused', () => {
    expect(() => leadersOf([Number.NaN], 1)).toThrow(InputError)
    for (const error of [-1, Number.NaN]) expect(() => leadersOf([1, 2], error)).toThrow(InputError)
  })
})

test('a clear leader costs no call, and is right or wrong with its score', async () => {
  const judge = simulatedJudge()
  const contest = scored([9, 5, 1], [-4, -1, -2])
  const [{ calls, winner, ranking }] = await playTournaments([contest], cascade(all, { error: 0.5 }), {
    judge,
    seed: 1,
  })
  expect({ calls, winner, ranking }).toEqual({ calls: 0, winner: 1, ranking: [1, 2, 0] })
  expect(judge.asked).toEqual([])
})

test('only leaders play; the rest keep the order of their scores', async () => {
  const judge = simulatedJudge()
  const contest = scored([3, 1, 9, 2, 9], [-1.2, -1, -5, -1.1, null])
  const [{ calls, winner, ranking, matches, ratings }] = await playTournaments(
    [contest],
    cascade(all, { error: 0.5 }),
    { judge, seed: 1 },
  )
  expect({ calls, winner, ranking }).toEqual({ calls: 3, winner: 0, ranking: [0, 3, 1, 2, 4] })
  expect(new Set(matches.flatMap(({ pair }) => pair))).toEqual(new Set([0, 1, 3]))
  expect(ratings!.map((rating) => rating === null)).toEqual([false, false, true, false, true])
})

test('contests with and without a clear leader go together, in one call', async () => {
  const judge = simulatedJudge()
  const contests = [scored([1, 2], [-1, -9]), { ...scored([1, 2], [-1, -1.1]), id: 'close' }]
  const results = await playTournaments(contests, cascade(knockout(), { error: 0.5 }), { judge, seed: 1 })
  expect(results.map(({ winner, calls }) => [winner, calls])).toEqual([
    [0, 0],
    [1, 1],
  ])
  expect(judge.asked).toHaveLength(1)
})

test.each([
  ['round robin', all],
  ['knockout', knockout()],
])('a judge that always fails leaves the order of the scores, and no winner (%s)', async (_, inner) => {
  const options = { judge: judgeOf(() => null), seed: 1 }
  const contest = scored([1, 2, 3, 4], [-1.3, -1.1, -1.2, -7])
  const [{ winner, ranking }] = await playTournaments([contest], cascade(inner, { error: 1 }), options)
  expect(winner).toBeNull()
  expect([ranking[0], ranking[3]]).toEqual([1, 3])
  if (inner === all) expect(ranking).toEqual([1, 2, 0, 3])
})

test('where nobody has a score all play', async () => {
  const options = { judge: simulatedJudge(), seed: 1 }
  const [{ winner, calls }] = await playTournaments(
    [contestOf([1, 3, 2])],
    cascade(all, { error: 1 }),
    options,
  )
  expect({ winner, calls }).toEqual({ winner: 1, calls: 3 })
})

test('leaders of one answer need no judge', async () => {
  const judge = simulatedJudge()
  const contest = scored([1, 2, 3], [-1, -1.1, -9])
  const entrants = contest.entrants.map((entrant) => ({ ...entrant, answer: '4' }))
  const tournament = cascade(teams(knockout()), { error: 0.5 })
  const [{ calls, ranking }] = await playTournaments([{ ...contest, entrants }], tournament, {
    judge,
    seed: 1,
  })
  expect(calls).toBe(0)
  expect(ranking[2]).toBe(2)
})

test('at most the calls of the inner tournament', () => {
  expect(callsOf(cascade(all, { error: 1 }), 4)).toMatchObject({ least: 0, most: 6 })
})
