import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import { logSurvivalOfHazards } from '../reward/survival.ts'
import { best } from './choosing.ts'
import { type PrunedCandidate, type PrunedOptions, prunedBestOfN } from './pruned.ts'
import { problems, seeds, tokensOf, tree } from './tree.fixture.ts'

const run = async (treeSeed: number, options: Partial<PrunedOptions> = {}) => {
  const recording = tree(treeSeed)
  const [result] = await prunedBestOfN([problems[0]], { ...recording, n: 8, seed: 1, ...options })
  return { ...result, recording }
}

const settings = fc.record({
  seed: seeds,
  n: fc.integer({ min: 1, max: 12 }),
  width: fc.integer({ min: 1, max: 6 }),
  maxSteps: fc.integer({ min: 1, max: 8 }),
})

test('the winner is that of all n finished, at no more tokens', async () => {
  const seen = { pruned: 0, tied: 0, cut: 0, none: 0 }
  await fc.assert(
    fc.asyncProperty(seeds, settings, async (treeSeed, options) => {
      const full = await run(treeSeed, { ...options, prune: false })
      const pruned = await run(treeSeed, options)
      const answered = full.candidates.filter(({ answer }) => answer !== null)
      expect(full.candidates.some(({ state }) => state === 'pruned')).toBe(false)
      expect(full.winner).toEqual(best(answered))
      expect(pruned.winner).toEqual(full.winner)
      const stopped = pruned.candidates.map((candidate, i) => {
        const whole = full.candidates[i]
        if (candidate.state !== 'pruned') return whole
        const steps = whole.steps.slice(0, candidate.steps.length)
        const hazards = whole.hazards.slice(0, candidate.hazards.length)
        return { ...candidate, steps, hazards, score: logSurvivalOfHazards(hazards) }
      })
      expect(pruned.candidates).toEqual(stopped)
      seen.pruned += pruned.candidates.filter(({ state }) => state === 'pruned').length
      seen.cut += full.candidates.filter(({ state }) => state === 'cut').length
      seen.tied += Number(answered.filter(({ score }) => score === full.winner?.score).length > 1)
      seen.none += Number(full.winner === null)
      for (const { tokens, candidates, recording, scoredSteps } of [full, pruned]) {
        expect(tokens).toBe(tokensOf(recording))
        expect(tokens).toBe(candidates.reduce((sum, candidate) => sum + candidate.tokens, 0))
        expect(scoredSteps).toBe(recording.scored.flat().length)
      }
      expect(pruned.tokens).toBeLessThanOrEqual(full.tokens)
    }),
    { numRuns: 200 },
  )
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0)
})

test('with width 1 every step but a first one continues a prefix that outranks the winner', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, settings, async (treeSeed, options) => {
      const { winner, candidates } = await run(treeSeed, { ...options, width: 1 })
      const reached = candidates.filter(({ index, hazards }) => index !== winner?.index && hazards.length > 1)
      for (const { index, hazards } of reached) {
        const before = logSurvivalOfHazards(hazards.slice(0, -1))
        if (winner === null || before > winner.score) continue
        expect(before).toBe(winner.score)
        expect(index).toBeLessThan(winner.index)
      }
    }),
    { numRuns: 200 },
  )
})

test('problems at once come out as one at a time', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, settings, async (treeSeed, options) => {
      const together = await prunedBestOfN(problems, { ...tree(treeSeed), ...options })
      for (const [i, problem] of problems.entries())
        expect(await prunedBestOfN([problem], { ...tree(treeSeed), ...options })).toEqual([together[i]])
    }),
    { numRuns: 50 },
  )
})

/** Candidates 0, 1, … of one problem that take the given steps, the last of which ends; the number after `#` is the hazard. */
async function scripted(scripts: string[][], options: Partial<PrunedOptions> = {}) {
  const scriptOf = new Map<number, string>()
  for (const [i, script] of scripts.entries())
    for (const [t, step] of script.entries()) scriptOf.set(seedOf('step', 1, 'a', i, t), step)
  const [result] = await prunedBestOfN([problems[0]], {
    generator: {
      generate: async (requests) =>
        requests.map(({ seeds }) =>
          seeds.map((seed) => {
            const step = scriptOf.get(seed) ?? ''
            return {
              steps: step === '' ? [] : [step],
              finish: step.startsWith('Answer') ? ('end' as const) : ('step' as const),
              tokens: 1,
              seed,
            }
          }),
        ),
    },
    scorer: {
      score: async (solutions) =>
        solutions.map(({ steps }) => steps.map((step) => Number(/#(\S+)/.exec(step)?.[1] ?? 0))),
    },
    n: scripts.length,
    seed: 1,
    width: 1,
    ...options,
  })
  return result
}

const states = (candidates: PrunedCandidate[]) =>
  candidates.map(({ state, steps }) => `${state} ${steps.length}`)

test('the best survivor advances first; the rest stop where they are', async () => {
  const { winner, candidates, tokens, scoredSteps } = await scripted([
    ['x #0.5', 'Answer: 1'],
    ['y #0.1', 'y #0.1', 'Answer: 2'],
    ['z #0.15', 'z #0.9', 'Answer: 3'],
  ])
  expect(winner).toMatchObject({ index: 1, answer: '2', hazards: [0.1, 0.1, 0] })
  expect(winner?.score).toBeCloseTo(Math.log(0.81), 12)
  expect(states(candidates)).toEqual(['pruned 1', 'finished 3', 'pruned 2'])
  expect({ tokens, scoredSteps }).toEqual({ tokens: 6, scoredSteps: 6 })
})

test('a lower index that can still tie goes on, and wins', async () => {
  const { winner, candidates } = await scripted([
    ['x #0.2', 'x', 'Answer: 1'],
    ['Answer: 2 #0.2'],
    ['z #0.2', 'Answer: 3'],
  ])
  expect(winner).toMatchObject({ index: 0, answer: '1' })
  expect(states(candidates)).toEqual(['finished 3', 'finished 1', 'pruned 1'])
})

test('an end without an answer, and too many steps, never win; steps without text count', async () => {
  const { winner, candidates } = await scripted([['Answer:'], ['', 'x', ''], ['', 'y #0.9', 'Answer: 1']], {
    maxSteps: 3,
  })
  expect(states(candidates)).toEqual(['finished 1', 'cut 1', 'finished 2'])
  expect(winner).toMatchObject({ index: 2, answer: '1', hazards: [0.9, 0] })
})

test('a score of -Infinity still wins alone', async () => {
  const { winner } = await scripted([['x #1', 'Answer:'], ['Answer: 1 #1']])
  expect(winner).toMatchObject({ index: 1, score: Number.NEGATIVE_INFINITY })
})

test('a failing scorer fails the search', async () => {
  const scorer = { score: () => Promise.reject(new Error('no scores today')) }
  await expect(run(1, { scorer })).rejects.toThrow('no scores today')
})

test.each(['n', 'width', 'maxSteps'])('%s below 1 is refused', async (name) => {
  await expect(run(1, { [name]: 0 })).rejects.toThrow(InputError)
})
