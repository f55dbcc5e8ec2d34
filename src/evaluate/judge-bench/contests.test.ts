import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { simulatedJudge } from '../../judge/simulated.ts'
import type { Contest } from '../../judge/tournaments/play.ts'
import { seedOf } from '../../reasoning/random.ts'
import type { Comparison, PairJudge } from '../../reasoning/types.ts'
import { taskNamed, verify } from '../../tasks/index.ts'
import { keptGames, played, playsWith, scoredPools } from './contests.ts'
import { openJudgments } from './kept.ts'
import type { PolicySample } from './samples.ts'

const folder = scratchFolder()

const contests = Array.from(
  { length: 40 },
  (_, i): Contest => ({
    id: `contest ${i}`,
    query: `${i}`,
    entrants: Array.from({ length: i % 9 }, (_, k) => {
      return { id: `${k}`, text: k === 2 ? 'good' : `bad ${k}`, answer: k === 2 ? 'good' : 'bad', score: -k }
    }),
  }),
)
const perfect = simulatedJudge({ quality: (text) => Number(text === 'good'), accuracy: 1 - 1e-12, seed: 1 })

/** A judge that counts what it is asked. */
function counted(judge: PairJudge) {
  const asked: Comparison[] = []
  const counting: PairJudge = {
    compare(comparisons, options) {
      asked.push(...comparisons)
      return judge.compare(comparisons, options)
    },
  }
  return { asked, counting }
}

test('a game is played once, by however many tournaments and runs; a perfect judge finds the good one', async () => {
  const { asked, counting } = counted(perfect)
  const path = join(folder, 'games.jsonl')
  const run = async () => {
    const kept = await openJudgments(path)
    const judge = keptGames(kept, counting, {})
    const results = []
    for (const rules of Object.values(playsWith(10)))
      results.push(await played(contests, rules, { judge, seed: 1 }))
    await kept.close()
    return results
  }
  const first = await run()
  for (const results of first)
    for (const [i, result] of results.entries()) {
      const { length } = contests[i].entrants
      if (length === 0) expect(result).toBeNull()
      else if (length > 2) expect(result!.ranking[0]).toBe(2)
    }
  const games = first.flat().reduce((sum, result) => sum + (result?.calls ?? 0), 0)
  expect(asked.length).toBeLessThan(games)
  expect(new Set(asked.map((comparison) => JSON.stringify(comparison))).size).toBe(asked.length)
  const before = asked.length
  const second = await run()
  expect(asked.length).toBe(before)
  expect(second.map((each) => each.map((result) => result?.ranking))).toEqual(
    first.map((each) => each.map((result) => result?.ranking)),
  )
})

test('a cascade asks only where leaders are close', async () => {
  const calls = async (gap: number) => {
    const results = await played(contests, playsWith(gap).cascade, { judge: perfect, seed: 1 })
    return results.map((result) => result?.calls ?? 0)
  }
  expect(new Set(await calls(0.5))).toEqual(new Set([0]))
  // scores fall by one: the third one, which is another answer, is within 2 of the first
  expect(await calls(2)).toEqual(contests.map(({ entrants }) => (entrants.length > 2 ? 1 : 0)))
})

test('pools of a killed run go on, with all samples and their scores', async () => {
  const task = taskNamed('arithmetic')
  const problems = Array.from({ length: 10 }, (_, i) => task.problem('test', i, 3))
  const samples = problems.flatMap((problem): PolicySample[] =>
    Array.from({ length: 4 }, (_, k) => {
      const steps = [`Answer: ${k === 1 ? problem.truth : k}`]
      const { correct, firstError } = verify({ ...problem, steps })
      const row = {
        id: `${problem.id}#${k}`,
        problem: problem.problem,
        steps,
        correct,
        first_error: firstError,
      }
      return {
        ...row,
        seed: seedOf('sample', 1, problem.id, k),
        finish: k === 3 ? 'length' : 'end',
        tokens: 5,
      }
    }),
  )
  let read = 0
  const reward = (most: number) => ({
    names: ['crm'],
    async read(solutions: { problem: string; steps: string[] }[]) {
      read += solutions.length
      if (read > most) throw new Error('killed')
      return solutions.map(({ steps }) => [{ score: -steps[0].length }])
    },
  })
  const path = join(folder, 'pools.jsonl')
  const made = (most: number) => scoredPools(path, problems, samples, { n: 4, seed: 1, reward: reward(most) })
  await expect(made(20)).rejects.toThrow('killed')
  read = 0
  const rows = await made(20)
  expect(read).toBeLessThan(20)
  expect(rows.map(({ id }) => id)).toEqual(problems.map(({ id }) => id))
  for (const { correct, answer, rewards } of rows) {
    expect(correct[1]).toBe(1)
    // cut short: no answer, no score
    expect([answer[3], rewards.crm.score[3], correct[3]]).toEqual([null, null, 0])
    expect(rewards.crm.score[0]).toBe(-'Answer: 0'.length)
  }
})
