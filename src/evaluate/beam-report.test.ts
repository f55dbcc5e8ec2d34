import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { guessingGenerator } from '../data/generator.fixture.ts'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { random } from '../reasoning/random.ts'
import { verifierFor } from '../tasks/index.ts'
import { reportBeams } from './beam-report.ts'
import { mostTokens, readBeams, runBeams } from './beam-run.ts'
import { type ComparedReward, readScored } from './lab/compared.ts'
import { type Plan, planned } from './lab/plan.ts'
import type { Reward } from './lab/pools.ts'
import { needTokens, samplePools, samplesWithin, sumOf } from './lab/sample-pools.ts'
import { scorePools } from './lab/score-pools.ts'

const directory = scratchFolder()

const plan: Plan = { tasks: ['arithmetic'], splits: ['test'], problems: 4, seeds: [1, 2] }
const problems = planned(plan, 'arithmetic', 'test')
const generator = guessingGenerator(
  problems.map(({ id }) => id),
  0.5,
)
const verifier = verifierFor()
const widths = [
  { n: 4, beams: 2 },
  { n: 8, beams: 2 },
]

/** Says something else of every solution. */
const reward = (name: string): Reward => ({
  names: [name],
  read: async (solutions) =>
    solutions.map(({ steps }) => [{ score: -random('score', name, ...steps).next() }]),
})
const rewards: ComparedReward[] = [
  { name: 'first', names: ['first'], seed: null, folder: 'scores/first' },
  { name: 'other', names: ['other'], seed: 1, folder: 'scores/other-1' },
  { name: 'other', names: ['other'], seed: 2, folder: 'scores/other-2' },
]
const sets = { plan, directory, rewards, widths, diverse: false }
const quiet = { report: () => {} }

async function make() {
  for (const { name, folder, seed } of rewards)
    for (const width of widths)
      await runBeams(
        { ...plan, seeds: seed === null ? plan.seeds : [seed] },
        {
          ...{ ...width, diverse: false, directory, generator, verifier, candidates: 16, ...quiet },
          reward: { ...reward(name), folder },
        },
      )
  const most = await mostTokens(sets)
  await samplePools(plan, { directory, generator, verifier, need: needTokens(most), chunk: 64, ...quiet })
  for (const { name, folder, seed } of rewards)
    await scorePools(
      { ...plan, seeds: seed === null ? plan.seeds : [seed] },
      {
        ...{ directory, folder, reward: reward(name), chunk: 64, ...quiet },
        upTo: (pool, seed) => samplesWithin(pool, most(pool.id, seed)),
      },
    )
  return most
}

test('a beam is held against as few whole samples as have its tokens, each seed with its own reward', async () => {
  const most = await make()
  const [{ points, problems: count }] = await reportBeams(sets, { seed: 1, resamples: 20 })
  expect(count).toBe(4)
  expect(points.map(({ reward, n }) => `${reward} ${n}`)).toEqual([
    'first 4',
    'other 4',
    'first 8',
    'other 8',
  ])
  const beams = await readBeams(plan, sets, 'arithmetic', 'test')
  for (const { reward: name, n, beams: kept, samples, tokens, bestTokens, best, minusFirst } of points) {
    const rows = beams.get(name)!.get(`${n}/${kept}`)!
    const all = await Promise.all(
      plan.seeds.map((seed) =>
        readScored(plan, directory, rewards, { task: 'arithmetic', split: 'test', seed }),
      ),
    )
    const own = all.flatMap((scored, which) =>
      scored.map(({ pool, columns }, i) => {
        const { tokens } = rows[which][i]
        const used = samplesWithin(pool, tokens)
        expect(most(pool.id, plan.seeds[which])).toBeGreaterThanOrEqual(tokens)
        expect(sumOf(pool.tokens.slice(0, used))).toBeGreaterThanOrEqual(tokens)
        expect(sumOf(pool.tokens.slice(0, used - 1))).toBeLessThan(tokens)
        const answered = pool.of.slice(0, used).filter((place) => pool.solutions[place].answer !== null)
        const score = (place: number) => columns[name].score[place] as number
        const [top] = answered.toSorted((a, b) => score(b) - score(a))
        return { used, tokens, right: top === undefined ? 0 : pool.solutions[top].correct }
      }),
    )
    const mean = (value: (each: (typeof own)[number]) => number) => sumOf(own.map(value)) / own.length
    expect(samples).toBeCloseTo(
      mean(({ used }) => used),
      12,
    )
    expect(tokens).toBeCloseTo(
      mean((each) => each.tokens),
      12,
    )
    expect(bestTokens).toBeGreaterThanOrEqual(tokens)
    expect(best.mean).toBeCloseTo(
      mean(({ right }) => right),
      12,
    )
    expect(minusFirst === null).toBe(name === 'first')
  }
  // what is there is not searched, sampled or scored again
  const asked = generator.requests.length
  await make()
  expect(generator.requests.length).toBe(asked)
  // a folder for each width and reward
  expect(readdirSync(join(directory, 'beams'))).toHaveLength(2 * 3)
})
