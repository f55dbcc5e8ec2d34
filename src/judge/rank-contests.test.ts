import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Line } from '../data/jsonl.ts'
import { type CandidateRow, candidateRow, outcomeRow } from '../data/pair-rows.ts'
import { preferencePairs, rewardGroup } from './feedback.ts'
import { JudgeFailed } from './judgments.ts'
import { rank, rankContests } from './rank-contests.ts'
import { plannedCalls, planOf, type RankRules } from './rank-rules.ts'
import { contestOf, outcomesOf, rankedRow } from './ranked-row.ts'
import { tournamentNames } from './tournaments/named.ts'
import type { MatchPlayed } from './tournaments/play.ts'
import { judgeOf, silence, simulatedJudge, verdict } from './tournaments/simulated.fixture.ts'

const row = (id: string, responses: unknown[]) =>
  candidateRow.parse({ id, query: `query of ${id}`, responses })

async function* stream(rows: CandidateRow[], fault?: Error): AsyncGenerator<Line<CandidateRow>> {
  for (const [i, row] of rows.entries()) yield { line: i + 1, where: `file:${i + 1}`, row }
  if (fault) throw fault
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const knockout: RankRules = { tournament: 'knockout' }

test('a call that fails ends its contest after its round, and no other one', async () => {
  const asked: string[] = []
  const judge = {
    compare: async (comparisons: readonly { query: string }[]) =>
      comparisons.map(({ query }, i) => {
        asked.push(query)
        return query.endsWith('bad') && i === 1 ? { ...silence('failed'), error: 'no answer' } : verdict(0, 5)
      }),
  }
  const rows = ['a', 'bad', 'c'].map((id) => row(id, ['1', '2', '3', '4']))
  const ranked = await all(rankContests(judge, stream(rows), { ...knockout, seed: 1 }))
  expect(ranked.map((each) => ('error' in each ? each.error : each.result.calls))).toEqual([
    3,
    'no answer',
    3,
  ])
  expect(asked.filter((query) => query === 'query of bad')).toHaveLength(2)
})

test('a game without a verdict is no failure', async () => {
  const rows = [row('a', ['1', '2'])]
  const [ranked] = await all(
    rankContests(
      judgeOf(() => null),
      stream(rows),
      { ...knockout, seed: 1 },
    ),
  )
  expect('result' in ranked && ranked.result.winner).toBeNull()
})

test('contests come in order, each the same alone as among others; then a fault of the reading', async () => {
  const rows = Array.from({ length: 9 }, (_, i) => row(`${i}`, ['3', '1', '4', '1', '5']))
  const rank = (some: CandidateRow[], fault?: Error) =>
    rankContests(simulatedJudge({ right: 0.7 }), stream(some, fault), {
      tournament: 'swiss',
      seed: 3,
      ahead: 2,
    })
  const together = await all(rank(rows))
  expect(together.map((each) => each.row.id)).toEqual(rows.map(({ id }) => id))
  const [alone] = await all(rank([rows[5]]))
  expect('result' in alone && alone.result).toEqual('result' in together[5] && together[5].result)
  const given: string[] = []
  await expect(async () => {
    for await (const each of rank(rows.slice(0, 3), new Error('bad row'))) given.push(each.row.id)
  }).rejects.toThrow('bad row')
  expect(given).toEqual(['0', '1', '2'])
})

const entrant = fc.record({
  text: fc.integer({ min: 0, max: 9 }).map(String),
  answer: fc.option(fc.constantFrom('x', 'y', 'z')),
  score: fc.option(fc.integer({ min: -5, max: 0 })),
})
const rules = fc.record({
  tournament: fc.constantFrom(...tournamentNames),
  teams: fc.boolean(),
  cascade: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  bothOrders: fc.boolean(),
})

test('a contest takes as many calls as were planned, whatever the rules', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entrant, { minLength: 1, maxLength: 7 }), rules, async (responses, rules) => {
      const candidates = row('a', responses)
      const options = { ...rules, seed: 1 }
      const planned = plannedCalls(contestOf(candidates), rules)
      const [spoken] = await all(rankContests(simulatedJudge({ right: 0.9 }), stream([candidates]), options))
      if ('error' in spoken) throw new Error(spoken.error)
      expect(spoken.result.calls).toBeGreaterThanOrEqual(planned.least)
      expect(spoken.result.calls).toBeLessThanOrEqual(planned.most)
      const silent = judgeOf(() => null)
      const [mute] = await all(rankContests(silent, stream([candidates]), options))
      expect('result' in mute && mute.result.calls).toBeLessThanOrEqual(planned.most + planned.replays)
    }),
    { numRuns: 60 },
  )
})

test('a plan adds up contests, and counts every vote', async () => {
  const contests = [row('a', ['1', '2', '3']), row('b', ['1', '2'])].map(contestOf)
  async function* given() {
    yield* contests
  }
  expect(await planOf(given(), knockout, { least: 2, most: 5 })).toEqual({
    contests: 2,
    responses: 5,
    least: 6,
    most: 15,
    replays: 15,
    unscored: 0,
  })
})

test('a ranked row, through JSON, makes the feedback that its result makes', async () => {
  const candidates = row('a', ['3', { id: 'x', text: '1' }, '4', '1', '5'])
  for (const tournament of tournamentNames) {
    const judge = simulatedJudge({ right: 0.9, silent: 0.2 })
    const [ranked] = await all(rankContests(judge, stream([candidates]), { tournament, seed: 2 }))
    if ('error' in ranked) throw new Error(ranked.error)
    const written = rankedRow(candidates, ranked.result, 's')
    expect(written.ranking).toHaveLength(5)
    expect(written.calls).toBe(ranked.result.calls)
    const { contest, outcomes } = outcomesOf(outcomeRow.parse(JSON.parse(JSON.stringify(written))))
    const original = contestOf(candidates)
    expect(preferencePairs(contest, outcomes, { margin: 0.1 })).toEqual(
      preferencePairs(original, ranked.result, { margin: 0.1 }),
    )
    const rewards = rewardGroup(original, ranked.result).rewards
    for (const [i, reward] of rewardGroup(contest, outcomes).rewards.entries())
      if (reward === null) expect(rewards[i]).toBeNull()
      else expect(reward).toBeCloseTo(rewards[i]!, 4)
  }
})

const six = {
  query: 'Which is the largest?',
  responses: ['3', '1', { text: '6' }, '2', { id: 'five', text: '5' }, '4'],
}

test('rank: places, best first, as the stream of contests has it; a knockout unless told otherwise', async () => {
  const result = await rank(six, { judge: simulatedJudge(), tournament: 'bradley-terry' })
  expect(result.ranking).toEqual([2, 4, 5, 0, 3, 1])
  expect(result.winner).toBe(2)
  const knockout = await rank(six, { judge: simulatedJudge() })
  expect(knockout.bracket).toHaveLength(3)
  const line = row(six.query, six.responses)
  const [streamed] = await all(
    rankContests(simulatedJudge(), stream([{ ...line, query: six.query }]), {
      tournament: 'knockout',
      seed: 1,
    }),
  )
  expect('result' in streamed && streamed.result).toEqual(knockout)
})

test('rank tells of the matches of a round before the next is asked for', async () => {
  const events: MatchPlayed[] = []
  const judge = simulatedJudge()
  const before: number[] = []
  const watched = {
    compare: (comparisons: Parameters<typeof judge.compare>[0]) => {
      before.push(events.length)
      return judge.compare(comparisons)
    },
  }
  const { matches } = await rank(six, { judge: watched, onEvent: (event) => events.push(event) })
  expect(events).toEqual(matches.map((match) => ({ type: 'match-played', id: six.query, ...match })))
  expect(before).toEqual([0, 3, 4])
  expect(structuredClone(events)).toEqual(events)
})

test('rank: a call that fails is an error of its own kind, no place in a ranking', async () => {
  const judge = { compare: async () => [{ ...silence('failed'), error: 'no answer' }] }
  const ranked = rank({ query: 'q', responses: ['1', '2'] }, { judge })
  await expect(ranked).rejects.toThrow(JudgeFailed)
  await expect(ranked).rejects.toThrow('no answer')
  await expect(rank({ query: 'q', responses: [] }, { judge })).rejects.toThrow('no responses')
  const other = { judge, tournament: 'duel' as 'swiss' }
  await expect(rank({ query: 'q', responses: ['1'] }, other)).rejects.toThrow('tournaments: knockout')
})

test('rank ends at an abort, also with a judge that hears of none', async () => {
  const abort = new AbortController()
  const deaf = { compare: () => new Promise<never>(() => {}) }
  const ranked = rank(six, { judge: deaf, signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(ranked).rejects.toThrow('enough')
  await expect(rank(six, { judge: simulatedJudge(), signal: abort.signal })).rejects.toThrow('enough')
})
