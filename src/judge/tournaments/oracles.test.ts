import { describe, expect, test } from 'vitest'
import { random } from '../../reasoning/random.ts'
import { active } from './active.ts'
import { bradleyTerry } from './bradley-terry.ts'
import { elo } from './elo.ts'
import { knockout } from './knockout.ts'
import { playTournaments } from './play.ts'
import { roundRobin } from './round-robin.ts'
import { contestOf, type SimulatedJudge, simulatedJudge } from './simulated.fixture.ts'
import { swiss } from './swiss.ts'
import type { Tournament } from './tournament.ts'

/** How often the one right response of n is ranked first, and calls a contest. */
async function pickRight(tournament: Tournament, judge: SimulatedJudge, { n = 8, runs = 1500 } = {}) {
  const contests = Array.from({ length: runs }, (_, run) => {
    const right = random('right', run).int(0, n - 1)
    const qualities = Array.from({ length: n }, (_, i) => Number(i === right))
    return { right, ...contestOf(qualities, `${run}`) }
  })
  const results = await playTournaments(contests, tournament, { judge: simulatedJudge(judge), seed: 1 })
  const hits = results.filter(({ ranking }, i) => ranking[0] === contests[i].right).length
  return { share: hits / runs, calls: results.reduce((sum, { calls }) => sum + calls, 0) / runs }
}

/** Four standard deviations of a share of so many runs. */
const slack = (p: number, runs = 1500) => 4 * Math.sqrt((p * (1 - p)) / runs)

describe('one right of 8, a judge that is right in 9 of 10 (docs/rrm.md section 3)', () => {
  const roundRobinElo = roundRobin(elo())
  test.each([
    ['knockout', knockout(), 1, 7, 0.737],
    ['knockout, 5 votes', knockout(), 5, 35, 0.974],
    ['Swiss', swiss(), 1, 12, 0.725],
    ['Elo round robin', roundRobinElo, 1, 28, 0.856],
    ['Elo round robin, 5 votes', roundRobinElo, 5, 140, 0.993],
    // the same matches, and ratings that go by the number of wins alone
    ['Bradley-Terry round robin', roundRobin(bradleyTerry()), 1, 28, 0.856],
  ])('%s', async (_, tournament, votes, calls, expected) => {
    const picked = await pickRight(tournament, { right: 0.9, votes })
    expect(picked.calls * votes).toBe(calls)
    expect(Math.abs(picked.share - expected)).toBeLessThan(slack(expected))
  })

  test('active pairs pick better than a round robin, with fewer calls', async () => {
    const picked = await pickRight(active({ confidence: 0.8, draws: 300 }), { right: 0.9 }, { runs: 120 })
    expect(picked.share).toBeGreaterThan(0.9)
    expect(picked.calls).toBeLessThan(26)
  })
})

test.each([
  [0.8, 1],
  [0.8, 2],
  [0.8, 3],
  [0.9, 3],
  [0.943, 3],
])('knockout with p = %d of 2^%d: p^m', async (p, m) => {
  const expected = p ** m
  const { share } = await pickRight(knockout(), { right: p }, { n: 2 ** m })
  expect(Math.abs(share - expected)).toBeLessThan(slack(expected))
})
