import fc from 'fast-check'
import { random } from '../reasoning/random.ts'
import type { Continuation, GenerateRequest, Generator, Problem, StepScorer } from '../reasoning/types.ts'

/** What a search asked of a {@link tree}, and what it was given. */
export interface Recording {
  /** One entry a request, in order. */
  expansions: (GenerateRequest & { prefix: readonly string[]; children: Continuation[] })[]
  /** Solutions scored, one list a call. */
  scored: { problem: string; steps: readonly string[] }[][]
}

/**
 * A random tree of solutions with random causal hazards, both fixed by `seed`: few different steps, so that continuations
 * repeat; few different hazards, 0 and 1 among them, so that scores tie. Some continuations are cut, have no text, or end a
 * solution, with a step or without, with an answer or without.
 */
export function tree(seed: number): Recording & { generator: Generator; scorer: StepScorer } {
  const expansions: Recording['expansions'] = []
  const scored: Recording['scored'] = []
  const grow = (problem: string, prefix: readonly string[], streamSeed: number): Continuation => {
    const { next, int, pick } = random('tree', seed, problem, JSON.stringify(prefix), streamSeed)
    const tokens = int(1, 9)
    const continuation = (finish: Continuation['finish'], ...steps: string[]) => {
      return { steps, finish, tokens, seed: streamSeed }
    }
    const kind = next()
    if (kind < 0.08) return continuation('length', 'cut')
    if (kind < 0.14) return continuation('step')
    if (kind < 0.2) return continuation('end', `${pick(['Answer: ', ''])}${int(1, 2)}`)
    if (kind < 0.2 + 0.1 * prefix.length) return continuation('end')
    return continuation('step', `${pick(['so', 'Answer:'])} ${int(1, 2)}`)
  }
  const hazard = (problem: string, prefix: readonly string[]): number =>
    random('hazard', seed, problem, JSON.stringify(prefix)).pick([0, 0, 0.1, 0.1, 0.3, 0.7, 1])
  return {
    expansions,
    scored,
    generator: {
      async generate(requests) {
        return requests.map((request) => {
          const { problem, prefix = [], seeds } = request
          const children = seeds.map((each) => grow(problem, prefix, each))
          expansions.push({ ...request, prefix, children })
          return children
        })
      },
    },
    scorer: {
      async score(solutions) {
        scored.push([...solutions])
        return solutions.map(({ problem, steps }) =>
          steps.map((_, t) => hazard(problem, steps.slice(0, t + 1))),
        )
      },
    },
  }
}

/** Generated tokens, all together. */
export function tokensOf({ expansions }: Pick<Recording, 'expansions'>): number {
  return expansions.flatMap(({ children }) => children).reduce((sum, { tokens }) => sum + tokens, 0)
}

export const problems: Problem[] = ['a', 'b', 'c'].map((id) => ({ id, problem: `Compute ${id}.` }))

export const seeds = fc.integer({ min: 0, max: 2 ** 31 })
