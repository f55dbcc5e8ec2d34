import type { Graph, Value } from '../tensor/graph.ts'
import { type Feeds, integers, scalar, tensor } from '../tensor/program.ts'
import { type Batch, sequenceFeeds } from '../transformer/batches.ts'

/** A solution with what is known of it. `firstError` counts only when the answer is wrong. */
export interface Labelled {
  problem: string
  steps: string[]
  correct: boolean
  firstError: number | null | 'unknown'
}

/** Labels of a batch, as graph inputs. All are 0 on padding; S solutions, T steps. */
export interface StepLabels {
  /** [S, T] 1 for a step that is there */
  real: Value
  /** [S, T] 1 for the steps before a known first error */
  before: Value
  /** [S, T] 1 at a known first error */
  at: Value
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
    before: matrix('before'),
    at: matrix('at'),
    correct: vector('correct'),
    wrong: vector('wrong'),
    count: graph.input('count', 'float32', []),
  }
}

/** Tokens of a solution, where its steps end, and its label. */
export interface EncodedSolution {
  ids: number[]
  /** Tokens before the first step's. */
  promptLength: number
  stepEnds: number[]
  label: Pick<Labelled, 'correct' | 'firstError'>
}

/** Where each token's predecessor stands, and which tokens belong to the steps: [S * time] each. */
export function spokenInputs(graph: Graph): { previous: Value; spoken: Value } {
  return {
    previous: graph.input('previous', 'int64', ['tokens']),
    spoken: graph.input('spoken', 'float32', ['tokens']),
  }
}

/**
 * Feeds of {@link labelInputs}, of `sequenceFeeds`, and `stepRows` [S * T]: where in [S * time] each step is read; with
 * `surprisal`, those of {@link spokenInputs} too.
 */
export function rewardBatch(
  solutions: readonly EncodedSolution[],
  { surprisal }: { surprisal: boolean },
): Batch & { steps: number } {
  const steps = Math.max(...solutions.map(({ stepEnds }) => stepEnds.length))
  return {
    tokens: solutions.reduce((total, { ids }) => total + ids.length, 0),
    steps,
    feeds(): Feeds {
      const { feeds, time } = sequenceFeeds(solutions.map(({ ids }) => ids))
      const shape = [solutions.length, steps]
      const size = solutions.length * steps
      const stepRows = new Int32Array(size)
      const [real, before, at] = [new Float32Array(size), new Float32Array(size), new Float32Array(size)]
      for (const [row, { stepEnds, label }] of solutions.entries()) {
        const error = label.correct || typeof label.firstError !== 'number' ? null : label.firstError
        for (const [t, end] of stepEnds.entries()) {
          const cell = row * steps + t
          stepRows[cell] = row * time + end
          real[cell] = 1
          before[cell] = error !== null && t < error ? 1 : 0
          at[cell] = t === error ? 1 : 0
        }
      }
      const correct = Float32Array.from(solutions, ({ label }) => Number(label.correct))
      return {
        ...feeds,
        ...(surprisal && spokenFeeds(solutions, time)),
        stepRows: integers(stepRows, [size]),
        real: tensor(real, shape),
        before: tensor(before, shape),
        at: tensor(at, shape),
        correct: tensor(correct, [solutions.length]),
        wrong: tensor(
          correct.map((value) => 1 - value),
          [solutions.length],
        ),
        count: scalar(solutions.length),
      }
    },
  }
}

function spokenFeeds(solutions: readonly EncodedSolution[], time: number): Feeds {
  const size = solutions.length * time
  const spoken = new Float32Array(size)
  for (const [row, { ids, promptLength }] of solutions.entries())
    spoken.fill(1, row * time + promptLength, row * time + ids.length)
  return {
    previous: integers(
      Int32Array.from({ length: size }, (_, i) => Math.max(0, i - 1)),
      [size],
    ),
    spoken: tensor(spoken, [size]),
  }
}
