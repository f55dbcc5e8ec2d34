import { byProblem, problemIdOf } from '../../data/samples.ts'
import { sameAnswer } from '../../reasoning/answer.ts'
import { random } from '../../reasoning/random.ts'
import { problemAt } from '../../tasks/index.ts'

/** A solution of the embedded policy, labelled by the verifier. */
export interface LabelledSample {
  id: string
  problem: string
  steps: string[]
  answer?: string | null
  correct: boolean
  first_error: number | null
}

/** A right and a wrong solution of one problem. */
export interface JudgePair {
  /** That of the problem. */
  id: string
  problem: string
  right: string[]
  wrong: string[]
  /** The problem's own: operations, quantities or swaps. */
  level: number
  /** Steps of the wrong one before its first error, as a share of its steps: near 1 for a near miss. */
  nearness: number
}

/**
 * At most one pair a problem: a right solution and a wrong one with another answer, each drawn by the seed among its different
 * texts. Problems that are always or never solved give none.
 */
export function labelledPairs(samples: readonly LabelledSample[], seed: number): JudgePair[] {
  return byProblem(samples).flatMap((group) => {
    const id = problemIdOf(group[0].id)
    const texts = new Map(group.map((sample) => [sample.steps.join('\n'), sample]))
    const answered = [...texts.values()].filter(({ answer }) => answer != null)
    const [rights, wrongs] = [true, false].map((is) => answered.filter(({ correct }) => correct === is))
    if (rights.length === 0 || wrongs.length === 0) return []
    const stream = random('judge pair', seed, id)
    const right = stream.pick(rights)
    const wrong = stream.pick(wrongs)
    if (sameAnswer(right.answer ?? null, wrong.answer ?? null)) return []
    const { level } = problemAt(id).problem
    const nearness = (wrong.first_error ?? 0) / Math.max(1, wrong.steps.length - 1)
    return [{ id, problem: group[0].problem, right: right.steps, wrong: wrong.steps, level, nearness }]
  })
}

/** Both solutions, the right one in this place. */
export function inOrder({ right: good, wrong }: JudgePair, right: 0 | 1): [string[], string[]] {
  return right === 0 ? [good, wrong] : [wrong, good]
}
