import { expect, test } from 'vitest'
import { checkCounts } from '../reasoning/counts.ts'
import type { Continuation, GenerateRequest, Generator, StepScorer } from '../reasoning/types.ts'
import { ScorerFailed } from '../reward/checked.ts'
import { beamSearches, logSurvivalReward } from './beam.ts'
import { bestFirstSearch } from './best-first.ts'
import { hazardsOf, lockstep, type Scorable, type Search } from './lockstep.ts'
import { prunedBestOfN } from './pruned.ts'
import { tree } from './tree.fixture.ts'

const problems = [
  { id: '1', problem: 'one' },
  { id: '2', problem: 'two' },
]

/** The continuation of every seed: 'step' goes on with that word. */
function generatorOf(finish: Continuation['finish'], calls: GenerateRequest[][] = []): Generator {
  return {
    async generate(requests) {
      calls.push(requests)
      return requests.map(({ seeds }) =>
        seeds.map((seed) => ({ steps: seed === 0 ? [] : [`s${seed}`], finish, tokens: 3, seed })),
      )
    },
  }
}

/** Extends the first child of the last, `depth` times, and returns the values it saw. */
function* chain(depth: number, seeds: number[]): Search<number, { values: (number | undefined)[] }> {
  const values = []
  let prefix: string[] = []
  for (let t = 0; t < depth; t++) {
    const [children] = yield [{ prefix, seeds }]
    values.push(...children.map(({ value }) => value))
    prefix = children[0].steps
  }
  return { values }
}

const lengths = (calls: Scorable[][] = []) => ({
  score: async (solutions: Scorable[]) => {
    calls.push(solutions)
    return solutions.map(({ steps }) => steps.length)
  },
})

test('all problems share the calls, for as long as each lasts', async () => {
  const asked: GenerateRequest[][] = []
  const scored: Scorable[][] = []
  const results = await lockstep(problems, ({ id }) => chain(id === '1' ? 1 : 3, [7]), {
    generator: generatorOf('step', asked),
    ...lengths(scored),
  })
  expect(results).toEqual([
    { id: '1', values: [1], tokens: 3, scoredSteps: 1 },
    { id: '2', values: [1, 2, 3], tokens: 9, scoredSteps: 3 },
  ])
  expect(asked.map((requests) => requests.map(({ problem }) => problem))).toEqual([
    ['one', 'two'],
    ['two'],
    ['two'],
  ])
  expect(asked[1]).toEqual([{ problem: 'two', prefix: ['s7'], seeds: [7], until: 'step' }])
  expect(scored.map((solutions) => solutions.length)).toEqual([2, 1, 1])
})

test('equal prefixes are scored once; all their tokens count', async () => {
  const scored: Scorable[][] = []
  const [{ values, tokens, scoredSteps }] = await lockstep([problems[0]], () => chain(1, [5, 5, 6]), {
    generator: generatorOf('step'),
    ...lengths(scored),
  })
  expect({ values, tokens, scoredSteps }).toEqual({ values: [1, 1, 1], tokens: 9, scoredSteps: 2 })
  expect(scored).toHaveLength(1)
})

test('nothing without steps or with a cut step is scored; what does not fit is cut', async () => {
  const refused = { score: () => Promise.reject(new Error('asked')) }
  const run = (actors: Parameters<typeof lockstep<number, object>>[2]) =>
    lockstep<number, object>([problems[0]], () => chain(2, [0, 4]), actors)
  expect(await run({ generator: generatorOf('length'), ...refused })).toMatchObject([{ scoredSteps: 0 }])
  const fits = (problem: string, prefix: string[]) => problem !== 'one' || prefix.length === 0
  const generator = { ...generatorOf('step'), fits }
  expect(await run({ generator, ...refused })).toMatchObject([{ scoredSteps: 0 }])
  await expect(run({ generator: generatorOf('step'), ...refused })).rejects.toThrow('asked')
})

test('no problems, no calls', async () => {
  const refused = () => Promise.reject(new Error('asked'))
  const none = await lockstep<number, object>([], () => chain(1, [1]), {
    generator: { generate: refused },
    score: refused,
  })
  expect(none).toEqual([])
})

test('an empty problem, and a scorer that gives too few scores, are refused', async () => {
  const generator = generatorOf('step')
  await expect(
    lockstep([{ id: 'p', problem: ' ' }], () => chain(1, [1]), { generator, ...lengths() }),
  ).rejects.toThrow('p: the problem is empty')
  await expect(
    lockstep(problems, () => chain(1, [1]), { generator, score: async () => [1] }),
  ).rejects.toThrow('1 scores of 2 solutions')
})

test('every search hands its signal to generator and scorer', async () => {
  const { generator, scorer } = tree(1)
  const { signal } = new AbortController()
  const heard = { generator: new Set<unknown>(), scorer: new Set<unknown>() }
  const writer: Generator = {
    generate(requests, options) {
      heard.generator.add(options?.signal)
      return generator.generate(requests)
    },
  }
  const reader: StepScorer = {
    score(solutions, options) {
      heard.scorer.add(options?.signal)
      return scorer.score(solutions)
    },
  }
  const actors = { generator: writer, scorer: reader, seed: 1, signal }
  for (const search of [
    () => beamSearches(problems, { ...actors, score: logSurvivalReward(reader), n: 4, beams: 2 }),
    () => bestFirstSearch(problems, actors),
    () => prunedBestOfN(problems, { ...actors, n: 4 }),
  ]) {
    await search()
    expect(heard).toEqual({ generator: new Set([signal]), scorer: new Set([signal]) })
    heard.scorer.clear()
    heard.generator.clear()
  }
})

test('hazards are one a step, each a probability', async () => {
  const score = (...hazards: number[]) =>
    hazardsOf({ score: async () => [hazards] })([{ problem: 'p', steps: ['a', 'b'] }])
  expect(await score(0, 1)).toEqual([[0, 1]])
  for (const wrong of [[0.5], [0.5, 0.5, 0.5], [0.5, Number.NaN], [0.5, -0.1], [1.1, 0.5]])
    await expect(score(...wrong)).rejects.toThrow(ScorerFailed)
})

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a count of %j is refused', (n) => {
  expect(() => checkCounts({ width: 1, n })).toThrow(`n is ${n}\n  Make n a whole number of at least 1.`)
})
