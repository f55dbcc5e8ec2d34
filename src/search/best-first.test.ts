import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { logSurvivalOfHazards } from '../reward/survival.ts'
import { type BestFirstOptions, bestFirstSearch } from './best-first.ts'
import { problems, seeds, tokensOf, tree } from './tree.fixture.ts'

const run = async (treeSeed: number, options: Partial<BestFirstOptions> = {}) => {
  const recording = tree(treeSeed)
  const [result] = await bestFirstSearch([problems[0]], { ...recording, seed: 1, ...options })
  return { ...result, recording }
}

const settings = fc.record({
  seed: seeds,
  branching: fc.integer({ min: 1, max: 5 }),
  maxExpansions: fc.integer({ min: 1, max: 30 }),
  maxTokens: fc.integer({ min: 1, max: 300 }),
})

test('the winner is the best of all found, and nothing open is likelier unless the budget ran out', async () => {
  const seen = { won: 0, empty: 0, incomplete: 0 }
  await fc.assert(
    fc.asyncProperty(seeds, settings, async (treeSeed, options) => {
      const { winner, complete, expansions, tokens, scoredSteps, recording } = await run(treeSeed, options)
      const { expansions: asked, scorer, scored } = recording
      const logSurvival = async (steps: string[]) =>
        logSurvivalOfHazards((await scorer.score([{ problem: problems[0].problem, steps }]))[0])
      const found = asked.flatMap(({ prefix, children }) =>
        children.map(({ steps, finish }) => ({ steps: [...prefix, ...steps], finish })),
      )
      const expanded = new Set(asked.map(({ prefix }) => JSON.stringify(prefix)))
      expect(scoredSteps).toBe(scored.flat().length)
      expect(expanded.size).toBe(asked.length)
      expect(expansions).toBe(asked.length)
      expect(tokens).toBe(tokensOf(recording))

      const finished = found.filter(({ steps, finish }) => finish === 'end' && answerOf(steps) !== null)
      const scores = await Promise.all(finished.map(({ steps }) => logSurvival(steps)))
      if (winner === null) expect(finished).toEqual([])
      else {
        expect(finished.map(({ steps }) => steps)).toContainEqual(winner.steps)
        expect(winner.answer).toBe(answerOf(winner.steps))
        expect(winner.score).toBe(Math.max(...scores))
        expect(winner.score).toBe(await logSurvival(winner.steps))
      }

      const open = found.filter(
        ({ steps, finish }) => finish === 'step' && !expanded.has(JSON.stringify(steps)),
      )
      if (complete && winner === null) expect(open).toEqual([])
      else if (complete)
        for (const { steps } of open) expect(await logSurvival(steps)).toBeLessThanOrEqual(winner!.score)
      else expect(expansions === options.maxExpansions || tokens >= options.maxTokens).toBe(true)
      expect(expansions).toBeLessThanOrEqual(options.maxExpansions)
      expect(tokens - tokensOf({ expansions: asked.slice(-1) })).toBeLessThan(options.maxTokens)
      seen.won += Number(complete && winner !== null)
      seen.empty += Number(complete && winner === null)
      seen.incomplete += Number(!complete)
    }),
    { numRuns: 300 },
  )
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0)
})

test('problems at once come out as one at a time', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, settings, async (treeSeed, options) => {
      const together = await bestFirstSearch(problems, { ...tree(treeSeed), ...options })
      for (const [i, problem] of problems.entries())
        expect(await bestFirstSearch([problem], { ...tree(treeSeed), ...options })).toEqual([together[i]])
    }),
    { numRuns: 50 },
  )
})

/** Branch k of every expansion takes the k-th child of its prefix; the number after `#` is the hazard. */
const scripted = (children: Record<string, string[]>) => {
  const expanded: string[] = []
  const options: BestFirstOptions = {
    generator: {
      generate: async (requests) =>
        requests.map(({ prefix = [], seeds }) => {
          expanded.push(prefix.at(-1) ?? '')
          const steps = children[prefix.at(-1) ?? '']
          return seeds.map((seed, k) => ({
            steps: [steps[k % steps.length]],
            finish: steps[k % steps.length].startsWith('Answer') ? ('end' as const) : ('step' as const),
            tokens: 1,
            seed,
          }))
        }),
    },
    scorer: {
      score: async (solutions) =>
        solutions.map(({ steps }) => steps.map((step) => Number(/#(\S+)/.exec(step)?.[1] ?? 0))),
    },
    seed: 1,
    branching: 2,
  }
  return { expanded, options }
}

test('a finished solution waits until no open prefix is likelier', async () => {
  const { expanded, options } = scripted({
    '': ['a #0.1', 'Answer: 1 #0.3'],
    'a #0.1': ['b #0.1', 'c #0.5'],
    'b #0.1': ['Answer: 2 #0.1', 'Answer: 3 #0.05'],
  })
  const [{ winner, complete, expansions, tokens, scoredSteps }] = await bestFirstSearch(
    [problems[0]],
    options,
  )
  expect(winner).toEqual({
    steps: ['a #0.1', 'b #0.1', 'Answer: 3 #0.05'],
    answer: '3 #0.05',
    hazards: [0.1, 0.1, 0.05],
    score: logSurvivalOfHazards([0.1, 0.1, 0.05]),
  })
  expect(expanded).toEqual(['', 'a #0.1', 'b #0.1'])
  expect({ complete, expansions, tokens, scoredSteps }).toEqual({
    complete: true,
    expansions: 3,
    tokens: 6,
    scoredSteps: 6,
  })
})

test('out of budget, the best found so far wins', async () => {
  const { options } = scripted({ '': ['a #0.1', 'Answer: 1 #0.3'], 'a #0.1': ['b', 'c'] })
  for (const limit of [{ maxExpansions: 1 }, { maxTokens: 2 }])
    expect(await bestFirstSearch([problems[0]], { ...options, ...limit })).toMatchObject([
      { winner: { answer: '1 #0.3' }, complete: false, expansions: 1, tokens: 2 },
    ])
})

test('the step limit cuts; nothing finished, nothing invented', async () => {
  const { options } = scripted({ '': ['a'], a: ['a'] })
  expect(await bestFirstSearch([problems[0]], { ...options, maxSteps: 1 })).toMatchObject([
    { winner: null, complete: true, expansions: 1 },
  ])
})

test('a failing scorer fails the search', async () => {
  const scorer = { score: () => Promise.reject(new Error('no scores today')) }
  await expect(run(1, { scorer })).rejects.toThrow('no scores today')
})

test.each(['branching', 'maxExpansions', 'maxTokens', 'maxSteps'])('%s below 1 is refused', async (name) => {
  await expect(run(1, { [name]: 0 })).rejects.toThrow(InputError)
})
