import type { Graph, Value } from '../tensor/graph.ts'
import { type Feeds, scalar, tensor } from '../tensor/program.ts'

/** A solution with what is known of it. `firstError` counts only when the answer is wrong. */
export interface Labelled {
  /** Where the row has one. */
  id?: string
  problem: string
  steps: string[]
  correct: boolean
  firstError: number | null | 'unknown'
}

export type SolutionLabel = Pick<Labelled, 'correct' | 'firstError'>

/** The first error that a label may be held to: docs/crm.md section 2 ignores it when the answer is right. */
export function knownError({ correct, firstError }: SolutionLabel): number | null {
  return correct || typeof firstError !== 'number' ? null : firstError
}

/** Steps known to be good, and known to be bad: a wrong solution whose first error is unknown ends in a bad one. */
export function knownSteps(steps: number, label: SolutionLabel): { good: number[]; bad: number[] } {
  const all = Array.from({ length: steps }, (_, t) => t)
  if (label.correct) return { good: all, bad: [] }
  const error = knownError(label)
  if (error === null) return { good: [], bad: all.slice(-1) }
  return { good: all.slice(0, error), bad: all.slice(error) }
}

/** Labels of a batch, as graph inputs. All are 0 on padding; S solutions, T steps. */
export interface StepLabels {
  /** [S, T] 1 for a step that is there */
  real: Value
  /** [S, T] 1 for a step of {@link knownSteps} */
  good: Value
  bad: Value
  /** [S, T] 1 at a {@link knownError} */
  at: Value
  /** [S, T] 1 at the last step */
  last: Value
  /** [S] */
  correct: Value
  /** [S] */
  wrong: Value
  /** Solutions in the batch. */
  count: Value
}

export function labelInputs(graph: Graph): StepLabels {
  const matrix = (name: string) => graph.input(name, 'float32', ['solutions', 'steps'])
  const vector = (name: string) => graph.input(name, 'float32', ['solutions'])
  return {
    real: matrix('real'),
    good: matrix('good'),
    bad: matrix('bad'),
    at: matrix('at'),
    last: matrix('last'),
    correct: vector('correct'),
    wrong: vector('wrong'),
    count: graph.input('count', 'float32', []),
  }
}

/** Feeds of {@link labelInputs} for solutions of these many steps each, padded to `width`. */
export function labelFeeds(
  solutions: readonly { steps: number; label: SolutionLabel }[],
  width: number,
): Feeds {
  const rows = solutions.length
  const matrix = (marked: (steps: number, label: SolutionLabel) => Iterable<number>) => {
    const cells = new Float32Array(rows * width)
    for (const [row, { steps, label }] of solutions.entries())
      for (const t of marked(steps, label)) cells[row * width + t] = 1
    return tensor(cells, [rows, width])
  }
  const correct = Float32Array.from(solutions, ({ label }) => Number(label.correct))
  return {
    real: matrix((steps) => Array(steps).keys()),
    good: matrix((steps, label) => knownSteps(steps, label).good),
    bad: matrix((steps, label) => knownSteps(steps, label).bad),
    at: matrix((_, label) => [knownError(label) ?? []].flat()),
    last: matrix((steps) => [steps - 1]),
    correct: tensor(correct, [rows]),
    wrong: tensor(
      correct.map((value) => 1 - value),
      [rows],
    ),
    count: scalar(rows),
  }
}
