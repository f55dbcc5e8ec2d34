import { random } from '../reasoning/random.ts'
import type { GenerateRequest, Generator } from '../reasoning/types.ts'
import { problemAt } from '../tasks/index.ts'

/** A Generator for tests that states the truth of the problem (found by its text) with probability `rate`. */
export function guessingGenerator(
  ids: readonly string[],
  rate: number,
): Generator & { requests: GenerateRequest[][] } {
  const truths = new Map(
    ids.map((id) => {
      const { problem, truth } = problemAt(id).problem
      return [problem, truth]
    }),
  )
  const requests: GenerateRequest[][] = []
  return {
    requests,
    async generate(asked) {
      requests.push(asked)
      return asked.map(({ problem, prefix = [], seeds }) =>
        seeds.map((seed) => {
          const { next, int } = random('guess', problem, prefix.length, seed)
          const answer = next() < rate ? truths.get(problem) : `${int(1000, 1002)}`
          const unfinished = next() < 0.2
          return {
            steps: unfinished ? ['Answer: 1'] : [`Check: ${int(0, 1)}`, `Answer: ${answer}`],
            finish: unfinished ? ('length' as const) : ('end' as const),
            tokens: 5,
            seed,
          }
        }),
      )
    },
  }
}
