import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Continuation, GenerateRequest } from '../reasoning/types.ts'
import { logSurvivalOfHazards } from '../reward/survival.ts'
import { type BeamOptions, beamSearches, logSurvivalReward } from './beam.ts'
import type { Scorable } from './lockstep.ts'
import { problems, seeds, tokensOf, tree } from './tree.fixture.ts'

const onTree = (treeSeed: number) => {
  const recording = tree(treeSeed)
  return { ...recording, score: logSurvivalReward(recording.scorer) }
}

const settings = fc
  .record({
    seed: seeds,
    beams: fc.integer({ min: 1, max: 4 }),
    share: fc.integer({ min: 1, max: 4 }),
    maxSteps: fc.integer({ min: 1, max: 8 }),
    diverse: fc.boolean(),
  })
  .map(({ share, ...options }) => ({ ...options, n: share * options.beams }))

test('the winner is the best finished beam; n / beams continuations for every beam not finished', async () => {
  const seen = { won: 0, none: 0, finishedEarly: 0 }
  await fc.assert(
    fc.asyncProperty(seeds, settings, async (treeSeed, options) => {
      const recording = onTree(treeSeed)
      const calls: GenerateRequest[][] = []
      const generator = {
        generate: (requests: GenerateRequest[]) => {
          calls.push(requests)
          return recording.generator.generate(requests)
        },
      }
      const [{ winner, beams, tokens, scoredSteps }] = await beamSearches([problems[0]], {
        ...recording,
        ...options,
        generator,
      })
      expect(tokens).toBe(tokensOf(recording))
      expect(scoredSteps).toBe(recording.scored.flat().length)
      expect(new Set(recording.scored.flat().map(({ steps }) => JSON.stringify(steps))).size).toBe(
        scoredSteps,
      )
      expect(beams.length).toBeLessThanOrEqual(options.beams)
      const finished = beams.filter(({ answer }) => answer !== null)
      expect(winner?.score).toBe(
        finished.length > 0 ? Math.max(...finished.map(({ score }) => score)) : undefined,
      )
      for (const { steps, score, answer } of beams) {
        if (answer !== null) expect(answer).toBe(answerOf(steps))
        else expect(steps).toHaveLength(calls.length)
        const [hazards] = await recording.scorer.score([{ problem: problems[0].problem, steps }])
        expect(score).toBe(logSurvivalOfHazards(hazards))
      }
      expect(calls.length).toBeLessThanOrEqual(options.maxSteps)
      if (calls.length < options.maxSteps) expect(finished).toEqual(beams)
      const counts = calls.map((requests) => requests.flatMap(({ seeds }) => seeds).length)
      expect(counts[0]).toBe(options.n)
      for (const count of counts) expect(count % (options.n / options.beams)).toBe(0)
      if (!options.diverse) expect(counts).toEqual(counts.toSorted((a, b) => b - a))
      seen.won += Number(winner !== null)
      seen.none += Number(winner === null)
      seen.finishedEarly += Number(counts.some((count) => count < options.n))
    }),
    { numRuns: 200 },
  )
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0)
})

test('problems at once come out as one at a time', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, settings, async (treeSeed, options) => {
      const together = await beamSearches(problems, { ...onTree(treeSeed), ...options })
      for (const [i, problem] of problems.entries())
        expect(await beamSearches([problem], { ...onTree(treeSeed), ...options })).toEqual([together[i]])
    }),
    { numRuns: 50 },
  )
})

/**
 * The children of a prefix, named by its last step, in turn over all its seeds; 'Answer' ends, 'cut' is cut. The number after
 * `#` is the reward of a prefix that ends with the step.
 */
const scripted = (children: Record<string, string[]>, options: Partial<BeamOptions> = {}) => {
  const asked: Record<string, number>[] = []
  const scored: string[][] = []
  const result = beamSearches([problems[0]], {
    generator: {
      generate: async (requests) => {
        const counts: Record<string, number> = {}
        asked.push(counts)
        return requests.map(({ prefix = [], seeds }) => {
          const last = prefix.at(-1) ?? ''
          return seeds.map((seed): Continuation => {
            const at = counts[last] ?? 0
            counts[last] = at + 1
            const step = children[last][at % children[last].length]
            const finish = step.startsWith('Answer') ? 'end' : step.startsWith('cut') ? 'length' : 'step'
            return { steps: step === '' ? [] : [step], finish, tokens: 1, seed }
          })
        })
      },
    },
    score: async (solutions: Scorable[]) => {
      scored.push(solutions.map(({ steps }) => steps.at(-1) ?? ''))
      return solutions.map(({ steps }) => Number(/#(\S+)/.exec(steps.at(-1) ?? '')?.[1] ?? 0))
    },
    n: 4,
    beams: 2,
    seed: 1,
    ...options,
  })
  return { asked, scored, result }
}

const forest = {
  '': ['a #5', 'b #3', 'a #5', 'c #1'],
  'a #5': ['d #4', 'e #3'],
  'b #3': ['Answer: 1 #2', 'f #9'],
  'd #4': ['Answer: 2 #6', 'Answer: 3 #0'],
  'e #3': ['Answer: 4 #8', 'Answer: 5 #7'],
  'f #9': ['Answer: 6 #1', 'Answer: 7 #0'],
}

test('keeps the best of equal depth; a finished beam keeps its place', async () => {
  const { asked, scored, result } = scripted(forest)
  const [{ winner, beams, tokens, scoredSteps }] = await result
  expect(asked).toEqual([{ '': 4 }, { 'a #5': 2, 'b #3': 2 }, { 'f #9': 2, 'd #4': 2 }])
  expect(scored).toEqual([
    ['a #5', 'b #3', 'c #1'],
    ['d #4', 'e #3', 'Answer: 1 #2', 'f #9'],
    ['Answer: 6 #1', 'Answer: 7 #0', 'Answer: 2 #6', 'Answer: 3 #0'],
  ])
  expect(winner).toEqual({ steps: ['a #5', 'd #4', 'Answer: 2 #6'], score: 6, answer: '2 #6' })
  expect(beams.map(({ answer }) => answer)).toEqual(['2 #6', '6 #1'])
  expect({ tokens, scoredSteps }).toEqual({ tokens: 12, scoredSteps: 11 })

  const early = scripted({ '': ['Answer: 1 #1', 'a #0'], 'a #0': ['b #3', 'c #2'], 'b #3': ['Answer: 2 #0'] })
  expect((await early.result)[0].winner?.answer).toBe('1 #1')
  expect(early.asked).toEqual([{ '': 4 }, { 'a #0': 2 }, { 'b #3': 2 }])
})

test('diverse: each subtree keeps its own best', async () => {
  const { asked, result } = scripted(forest, { diverse: true })
  expect((await result)[0].beams.map(({ steps }) => steps[0])).toEqual(['a #5', 'a #5'])
  const other = scripted({ ...forest, '': ['a #5', 'e #3', 'c #1', 'b #3'] }, { diverse: true })
  expect((await other.result)[0].beams.map(({ steps }) => steps[0])).toEqual(['a #5', 'b #3'])
  expect(asked[0]).toEqual({ '': 4 })
  expect(other.asked).toEqual([{ '': 4 }, { 'a #5': 2, 'b #3': 2 }, { 'f #9': 2, 'd #4': 2 }])
})

test('where few are different they share all continuations', async () => {
  const { asked, result } = scripted({
    '': ['a'],
    a: ['b #1', 'Answer: 1 #0', 'c #2'],
    'c #2': ['Answer: 2'],
  })
  await result.catch(() => {})
  expect(asked.slice(0, 2)).toEqual([{ '': 4 }, { a: 4 }])
  const three = scripted(
    { '': ['a #1', 'b #2'], 'a #1': ['Answer: 1'], 'b #2': ['Answer: 2'] },
    { n: 6, beams: 3 },
  )
  await three.result
  expect(three.asked[1]).toEqual({ 'b #2': 3, 'a #1': 3 })
})

test('cut continuations, ends without an answer and steps without text are dropped', async () => {
  const { result, scored } = scripted({ '': ['cut #9', 'Answer:', '', 'a'], a: ['cut', 'Answer: 1'] })
  expect((await result)[0]).toMatchObject({ winner: { steps: ['a', 'Answer: 1'] }, tokens: 8 })
  expect(scored).toEqual([['Answer:', 'a'], ['Answer: 1']])
  expect((await scripted({ '': ['cut'] }).result)[0]).toMatchObject({ winner: null, beams: [], tokens: 4 })
})

test('what would go on without a new step is dropped, whatever its prefix is worth; its tokens count', async () => {
  const { asked, result } = scripted({ '': ['a #5'], 'a #5': ['', 'b #3'], 'b #3': ['Answer: 1 #2', ''] })
  const [{ winner, beams, tokens }] = await result
  expect(asked).toEqual([{ '': 4 }, { 'a #5': 4 }, { 'b #3': 4 }])
  expect(winner).toEqual({ steps: ['a #5', 'b #3', 'Answer: 1 #2'], score: 2, answer: '1 #2' })
  expect({ beams, tokens }).toEqual({ beams: [winner], tokens: 12 })
})

test('at the step limit an unfinished beam is no winner', async () => {
  const [{ winner, beams }] = await scripted({ '': ['a'], a: ['a'] }, { maxSteps: 3 }).result
  expect(winner).toBe(null)
  expect(beams).toEqual([{ steps: ['a', 'a', 'a'], score: 0, answer: null }])
})

test('a reward of -Infinity is one, NaN is none, and a failing reward fails the search', async () => {
  const lowest = await scripted({ '': ['Answer: 1 #-Infinity'] }).result
  expect(lowest[0].winner?.score).toBe(Number.NEGATIVE_INFINITY)
  await expect(scripted({ '': ['a #NaN'] }).result).rejects.toThrow(InputError)
  const score = () => Promise.reject(new Error('no rewards today'))
  await expect(scripted({ '': ['a'] }, { score }).result).rejects.toThrow('no rewards today')
})

test.each([
  [{ n: 0 }, 'n is 0'],
  [{ beams: 0 }, 'beams is 0'],
  [{ maxSteps: 0 }, 'maxSteps is 0'],
  [{ n: 10, beams: 4 }, 'Make n a multiple of 4: 12.'],
])('%j is refused', async (options, message) => {
  const { result } = scripted({ '': ['a'] }, options)
  await expect(result).rejects.toThrow(InputError)
  await expect(result).rejects.toThrow(message)
})
