import type { RewardScores } from './scores.ts'
import type { ToScore } from './scoring.ts'

/** A scorer gave what is no score. No number stands for it. */
export class ScorerFailed extends Error {
  override name = 'ScorerFailed'
}

/**
 * What a scorer gave of each solution, in their order.
 * @throws {@link ScorerFailed} unless there is a number of each solution, and of each step in every list
 */
export function checkedScores(
  given: readonly (RewardScores | undefined)[],
  solutions: readonly ToScore[],
): RewardScores[] {
  return solutions.map((solution, i) => {
    const { score, p_correct, hazards, survival, rewards, read_outs, scores = {} } = given[i] ?? {}
    const lists = [hazards, survival, rewards, read_outs].filter((list) => list !== undefined)
    const numbers = [score, p_correct, ...Object.values(scores), ...lists.flat()]
    const { steps } = solution
    if (lists.every((list) => list.length === steps.length) && numbers.every(Number.isFinite))
      return given[i]!
    throw failure(`a number for each of ${steps.length} steps`, numbers, solution)
  })
}

/** The same of hazards, shape [T] each: {@link ScorerFailed} unless each is in [0, 1]. */
export function checkedHazards(
  given: readonly (readonly number[] | undefined)[],
  solutions: readonly ToScore[],
): number[][] {
  return solutions.map((solution, i) => {
    const hazards = Array.isArray(given[i]) ? given[i] : []
    const { steps } = solution
    if (hazards.length === steps.length && hazards.every((hazard) => hazard >= 0 && hazard <= 1))
      return [...hazards]
    throw failure(`a hazard in [0, 1] for each of ${steps.length} steps`, hazards, solution)
  })
}

function failure(wanted: string, given: readonly unknown[], { problem }: ToScore): ScorerFailed {
  const shown = given.length > 8 ? [...given.slice(0, 8), '…'] : given
  return new ScorerFailed(
    `the scorer gave [${shown.join(', ')}], not ${wanted} of a solution of "${problem.slice(0, 60)}"`,
  )
}
