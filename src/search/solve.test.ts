import { expect, expectTypeOf, test } from 'vitest'
import type { Continuation, Generator, StepScorer } from '../reasoning/types.ts'
import { ScorerFailed } from '../reward/checked.ts'
import type { Scorer } from '../reward/score.ts'
import {
  beamSearch,
  bestOfN,
  type SearchEvent,
  type SearchName,
  type SolveResult,
  searches,
} from './solve.ts'

const problem = 'Compute 3 + 4.'

/** Gives its continuations in turn, one a seed. */
function recorded(continuations: Omit<Continuation, 'seed' | 'tokens'>[]): Generator {
  return {
    generate: async (requests) =>
      requests.map(({ seeds }) => seeds.map((seed, i) => ({ ...continuations[i], tokens: 9, seed }))),
  }
}

const ended = (...steps: string[]) => ({ steps, finish: 'end' as const })

/** The hazard of a step is the number after its `#`. */
const scorer: StepScorer = {
  score: async (solutions) =>
    solutions.map(({ steps }) => steps.map((step) => Number(/#(\S+)/.exec(step)?.[1] ?? 0.01))),
}

const run = (continuations: Omit<Continuation, 'seed' | 'tokens'>[]) =>
  bestOfN(problem, { generator: recorded(continuations), scorer, n: continuations.length })

test('ranks by S(T); the runner-up is the best with another answer, and answers are tallied as they mean', async () => {
  const result = await run([
    ended('3 + 4 = 8 #0.9', 'Answer: 8'),
    ended('3 + 4 = 7 #0.2', 'Answer: 7'),
    ended('3 + 4 = 7 #0.1', 'Answer: 07.'),
    ended('3 + 4 = 9 #0.6', 'Answer: 9'),
    { steps: ['3 + 4 = 7', 'Answer: 7'], finish: 'length' },
    ended('3 + 4 = 7'),
  ])
  expect(result.ranked.map(({ answer }) => answer)).toEqual(['7', '7', '9', '8'])
  expect(result.winner).toMatchObject({ steps: ['3 + 4 = 7 #0.1', 'Answer: 07.'], first_error: null })
  expect(result.winner?.p_correct).toBeCloseTo(0.9 * 0.99, 10)
  expect(result.winner?.score).toBeCloseTo(Math.log(0.9 * 0.99), 10)
  expect(result.runnerUp).toMatchObject({ answer: '9', first_error: 0 })
  expect(result.answers.map(({ answer, votes }) => [answer, votes])).toEqual([
    ['7', 2],
    ['9', 1],
    ['8', 1],
  ])
  expect(result.answers[0].sum).toBeCloseTo((0.9 + 0.8) * 0.99, 10)
  expect(result.unfinished.map(({ answer, finish }) => [answer, finish])).toEqual([
    [null, 'length'],
    [null, 'end'],
  ])
})

test('every sample has its own seed', async () => {
  const { ranked } = await run(Array.from({ length: 200 }, () => ended('Answer: 1')))
  expect(new Set(ranked.map(({ seed }) => seed)).size).toBe(200)
})

test('nothing finished, nothing invented', async () => {
  const asked = { score: () => Promise.reject(new Error('was asked about nothing')) }
  const generator = recorded([{ steps: ['3 +'], finish: 'length' }, ended()])
  const result = await bestOfN(problem, { generator, scorer: asked, n: 2 })
  expect(result).toMatchObject({ ranked: [], winner: null, runnerUp: null, answers: [] })
  expect(result.unfinished).toHaveLength(2)
})

test('one answer has no runner-up, and a hazard of 1 is still a finite score', async () => {
  const { ranked, runnerUp } = await run([ended('x #1', 'Answer: 7'), ended('y #0.999', 'Answer: 7')])
  expect(runnerUp).toBeNull()
  expect(ranked.map(({ steps }) => steps[0])).toEqual(['y #0.999', 'x #1'])
  expect(ranked.every(({ score }) => Number.isFinite(score))).toBe(true)
})

test.each([
  ['  ', 4],
  ['Compute 1 + 1.', 0],
  ['Compute 1 + 1.', 1.5],
])('%j with n = %d is refused', async (problem, n) => {
  await expect(bestOfN(problem, { generator: recorded([]), scorer, n })).rejects.toThrow(/empty|n is/)
})

/** Writes a sum with the seed's last digit, then it as the answer, whole or step by step. */
const paced: Generator = {
  generate: async (requests) =>
    requests.map(({ prefix = [], seeds, until }) =>
      seeds.map((seed) => {
        const digit = seed % 10
        const whole = [`3 + 4 = ${digit} #0.${digit}`, `Answer: ${digit}`]
        if (until === 'end') return { steps: whole, finish: 'end', tokens: 9, seed }
        const next = prefix.length === 1 ? [`Answer: ${prefix[0].at(8)}`] : whole.slice(0, 1)
        return { steps: next, finish: prefix.length === 1 ? 'end' : 'step', tokens: 4, seed }
      }),
    ),
}

const names = Object.keys(searches) as SearchName[]

test.each(names)('%s finds a solution, and says how', async (search) => {
  const result = await searches[search](problem, { generator: paced, scorer, n: 32 })
  expect(result.search).toBe(search)
  const { steps, answer } = result.winner!
  expect(steps).toEqual([`3 + 4 = ${answer} #0.${answer}`, `Answer: ${answer}`])
  // best-first goes on from four first steps at most
  if (search !== 'best-first') expect(answer).toBe('0')
  if (search === 'pruned') {
    expect(result.ranked.length + result.unfinished.length).toBe(32)
    expect(result.unfinished.some(({ finish }) => finish === 'step')).toBe(true)
  }
})

test('a search by hazards needs a reward that has them', async () => {
  const blind: Scorer = { scores: async (solutions) => solutions.map(() => ({ score: -1, p_correct: 0.4 })) }
  await expect(bestOfN(problem, { generator: paced, scorer: blind, prune: true })).rejects.toThrow(
    'needs a reward with hazards',
  )
  const events: SearchEvent[] = []
  const onEvent = (event: SearchEvent) => events.push(event)
  expect((await beamSearch(problem, { generator: paced, scorer: blind, onEvent })).winner?.p_correct).toBe(
    0.4,
  )
  expect(events[0]).toEqual({ type: 'step-scored', problem, steps: [expect.stringMatching(/^3 \+ 4/)] })
})

test.each([
  ['too few scores', { scores: async () => [] }],
  ['NaN', { scores: async () => [{ score: Number.NaN, p_correct: 0.5 }] }],
  ['no P(correct)', { scores: async () => [{ score: -1 }] as never }],
  ['too few hazards', { score: async () => [[0.1]] }],
  ['a hazard above 1', { score: async () => [[0.1, 1.5]] }],
  ['NaN for a hazard', { score: async () => [[0.1, Number.NaN]] }],
] as [string, Scorer][])('a scorer that gives %s has failed: there is no winner', async (_, scorer) => {
  const generator = recorded([ended('3 + 4 = 7', 'Answer: 7')])
  await expect(bestOfN(problem, { generator, scorer, n: 1 })).rejects.toThrow(ScorerFailed)
})

test.each(names)('%s: a generator that gives less than was asked for has failed', async (search) => {
  const generator = { generate: async () => [] }
  await expect(searches[search](problem, { generator, scorer, n: 4 })).rejects.toThrow(/generator .* of \d+/)
})

test('what a generator or a scorer throws comes through as it is', async () => {
  const down = new Error('the server is down')
  const broken = { generate: () => Promise.reject(down), score: () => Promise.reject(down) }
  for (const search of Object.values(searches)) {
    await expect(search(problem, { generator: broken, scorer })).rejects.toBe(down)
    await expect(search(problem, { generator: paced, scorer: broken })).rejects.toBe(down)
  }
})

async function eventsOf(search: SearchName, n: number) {
  const events: SearchEvent[] = []
  const onEvent = (event: SearchEvent) => events.push(event)
  const result = await searches[search](problem, { generator: paced, scorer, n, onEvent })
  const scored = events.flatMap((event) => (event.type === 'step-scored' ? [event] : []))
  const pruned = events.flatMap((event) => (event.type === 'candidate-pruned' ? [event] : []))
  return { result, events, scored, pruned }
}

test('best of n tells of each step of each solution, with what the reward says so far', async () => {
  const { result, scored, pruned } = await eventsOf('best-of-n', 8)
  expect(scored).toHaveLength(16)
  expect(pruned).toEqual([])
  for (const { steps, hazards, survival } of result.ranked)
    for (const t of [0, 1])
      expect(scored).toContainEqual({
        type: 'step-scored',
        problem,
        steps: steps.slice(0, t + 1),
        hazard: hazards?.[t],
        survival: survival?.[t],
      })
})

test('a pruned search tells of each that it gives up, once and before it is over', async () => {
  const { result, scored, pruned, events } = await eventsOf('pruned', 32)
  const given = result.unfinished.filter(({ finish }) => finish === 'step')
  expect(given.length).toBeGreaterThan(5)
  expect(pruned.map(({ steps }) => steps).sort()).toEqual(given.map(({ steps }) => steps).sort())
  for (const { steps, score } of pruned) {
    const { survival } = scored.find((event) => event.steps.join() === steps.join())!
    expect(score).toBeCloseTo(Math.log(survival!), 10)
  }
  expect(new Set(scored.map(({ steps }) => steps.join())).size).toBe(scored.length)
  expect(structuredClone(events)).toEqual(events)
})

test('a beam tells of those that are not among the best', async () => {
  const { result, scored, pruned } = await eventsOf('beam', 16)
  const kept = result.ranked.map(({ steps }) => steps[0])
  const first = scored.filter(({ steps }) => steps.length === 1)
  expect(pruned.filter(({ steps }) => steps.length === 1)).toHaveLength(first.length - 4)
  for (const { steps, score } of pruned) {
    expect(kept).not.toContain(steps[0])
    const worst = Math.min(...result.ranked.map(({ rewards }) => rewards![0]))
    if (steps.length === 1) expect(score).toBeLessThanOrEqual(worst)
  }
})

/** Never comes to an end, and hears of no signal. */
const deaf = { generate: () => new Promise<never>(() => {}), score: () => new Promise<never>(() => {}) }

test.each(names)('%s ends at an abort, whoever is deaf to it', async (search) => {
  const reason = new Error('enough')
  for (const actors of [
    { generator: deaf, scorer },
    { generator: paced, scorer: deaf },
  ]) {
    const abort = new AbortController()
    const waiting = searches[search](problem, { ...actors, n: 4, signal: abort.signal })
    setTimeout(() => abort.abort(reason), 5)
    await expect(waiting).rejects.toBe(reason)
    await expect(searches[search](problem, { ...actors, signal: abort.signal })).rejects.toBe(reason)
  }
})

test.each(names)('%s hands the signal on, and asks nobody after an abort', async (search) => {
  const abort = new AbortController()
  const asked: (AbortSignal | undefined)[] = []
  const generator: Generator = {
    generate: (requests, options) => {
      asked.push(options?.signal)
      return paced.generate(requests)
    },
  }
  const listening: StepScorer = {
    score: (solutions, options) => {
      asked.push(options?.signal)
      abort.abort(new Error('enough'))
      return scorer.score(solutions)
    },
  }
  const given = { generator, scorer: listening, n: 4, signal: abort.signal }
  await expect(searches[search](problem, given)).rejects.toThrow('enough')
  expect(asked).toEqual([abort.signal, abort.signal])
})

test('types: actors by their roles, one result of all searches, events told apart by type', () => {
  expectTypeOf(bestOfN).returns.resolves.toEqualTypeOf<SolveResult>()
  expectTypeOf(beamSearch).returns.resolves.toEqualTypeOf<SolveResult>()
  expectTypeOf<StepScorer>().toExtend<Scorer>()
  expectTypeOf<SearchEvent['type']>().toEqualTypeOf<'step-scored' | 'candidate-pruned'>()
  expectTypeOf<Extract<SearchEvent, { type: 'candidate-pruned' }>['score']>().toEqualTypeOf<number>()
  // @ts-expect-error a number is no generator
  void (() => bestOfN('x', { generator: 3 }))
})

test('what is no problem, and more solutions than anybody waits for, are refused', async () => {
  const generator = recorded([ended('Answer: 7')])
  await expect(bestOfN(5 as unknown as string, { generator, scorer })).rejects.toThrow(
    'must be a text, not a number',
  )
  await expect(bestOfN(problem, { generator, scorer, n: 1e12 })).rejects.toThrow('Make n 100000 at most.')
})
