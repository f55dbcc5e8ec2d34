import { random } from '../../reasoning/random.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import { type Feeds, integers, tensor } from '../../tensor/program.ts'
import { type Batch, groupByLength, sequenceFeeds } from '../../transformer/batches.ts'
import type { Tokenizer } from '../../transformer/tokenizer.ts'
import { type Labelled, labelFeeds, type SolutionLabel } from '../labels.ts'

/** Tokens of a solution, where its steps end, and its label. */
export interface EncodedSolution {
  ids: number[]
  /** Tokens before the first step's. */
  promptLength: number
  stepEnds: number[]
  label: SolutionLabel
}

export function encodeLabelled(
  tokenizer: Tokenizer,
  { problem, steps, correct, firstError }: Labelled,
): EncodedSolution {
  return {
    ...tokenizer.encodeSolution(problem, steps, { ended: false }),
    promptLength: tokenizer.encodePrompt(problem).length,
    label: { correct, firstError },
  }
}

/** What `compute` makes of solutions, a group of like length at a time; in their order. */
export async function inGroups<T>(
  solutions: readonly EncodedSolution[],
  batchTokens: number,
  compute: (group: EncodedSolution[]) => Promise<T[]>,
): Promise<T[]> {
  const lengths = solutions.map(({ ids }) => ids.length)
  const results: T[] = new Array(solutions.length)
  for (const group of groupByLength(lengths, batchTokens, random('validation'))) {
    const made = await compute(group.map((i) => solutions[i]))
    for (const [row, i] of group.entries()) results[i] = made[row]
  }
  return results
}

const mostSteps = (solutions: readonly EncodedSolution[]) =>
  Math.max(...solutions.map(({ stepEnds }) => stepEnds.length))

const tokensOf = (solutions: readonly EncodedSolution[]) =>
  solutions.reduce((total, { ids }) => total + ids.length, 0)

function labelsOf(solutions: readonly EncodedSolution[], steps: number): Feeds {
  return labelFeeds(
    solutions.map(({ stepEnds, label }) => ({ steps: stepEnds.length, label })),
    steps,
  )
}

/** What a model beside a reward makes of each solution: a number a token, 0 for those of the problem. */
export type Surprisals = (solution: EncodedSolution) => Float32Array

/**
 * What the graphs of rewards read: feeds of `sequenceFeeds` and {@link readInputs}, with `surprisal` that of
 * {@link surprisalInput}, with `spoken` those of {@link spokenInputs}, with `labels` those of `labelInputs`.
 */
export function rewardBatch(
  solutions: readonly EncodedSolution[],
  {
    surprisal,
    spoken = false,
    labels = true,
  }: { surprisal?: Surprisals; spoken?: boolean; labels?: boolean },
): Batch & { steps: number } {
  const steps = mostSteps(solutions)
  return {
    tokens: tokensOf(solutions),
    steps,
    feeds(): Feeds {
      const { feeds, time } = sequenceFeeds(solutions.map(({ ids }) => ids))
      return {
        ...feeds,
        ...readFeeds(solutions, steps, time),
        ...(surprisal && surprisalFeed(solutions, surprisal, time)),
        ...(spoken && spokenFeeds(solutions, time)),
        ...(labels && labelsOf(solutions, steps)),
      }
    },
  }
}

/** What a language model alone reads of solutions: feeds of `sequenceFeeds` and {@link spokenInputs}. */
export function spokenBatch(solutions: readonly EncodedSolution[]): Feeds {
  const { feeds, time } = sequenceFeeds(solutions.map(({ ids }) => ids))
  return { ...feeds, ...spokenFeeds(solutions, time) }
}

/**
 * What the graph of a head alone reads: `hidden`, what the backbone makes of each step, [S * T, hiddenSize], `stepShape`, that is
 * [S, T], and the labels.
 */
export function hiddenBatch(
  solutions: readonly EncodedSolution[],
  stateOf: (solution: EncodedSolution) => Float32Array,
  hiddenSize: number,
): Batch {
  const steps = mostSteps(solutions)
  return {
    tokens: tokensOf(solutions),
    feeds() {
      const hidden = new Float32Array(solutions.length * steps * hiddenSize)
      for (const [row, solution] of solutions.entries())
        hidden.set(stateOf(solution), row * steps * hiddenSize)
      return {
        hidden: tensor(hidden, [solutions.length * steps, hiddenSize]),
        stepShape: integers([solutions.length, steps], [2]),
        ...labelsOf(solutions, steps),
      }
    },
  }
}

/** Where in [S * time] each step is read, [S * T], and that shape, [S, T]. */
export function readInputs(graph: Graph): { stepRows: Value; stepShape: Value } {
  return {
    stepRows: graph.input('stepRows', 'int64', ['cells']),
    stepShape: graph.input('stepShape', 'int64', [2]),
  }
}

function readFeeds(solutions: readonly EncodedSolution[], steps: number, time: number): Feeds {
  const stepRows = new Int32Array(solutions.length * steps)
  for (const [row, { stepEnds }] of solutions.entries())
    for (const [t, end] of stepEnds.entries()) stepRows[row * steps + t] = row * time + end
  return {
    stepRows: integers(stepRows, [stepRows.length]),
    stepShape: integers([solutions.length, steps], [2]),
  }
}

/** What {@link Surprisals} are of the tokens, [S * time], in nats. */
export function surprisalInput(graph: Graph): Value {
  return graph.input('surprisal', 'float32', ['tokens'])
}

function surprisalFeed(solutions: readonly EncodedSolution[], of: Surprisals, time: number): Feeds {
  const surprisal = new Float32Array(solutions.length * time)
  for (const [row, solution] of solutions.entries()) surprisal.set(of(solution), row * time)
  return { surprisal: tensor(surprisal, [surprisal.length]) }
}

/** Where each token's predecessor stands, and which tokens belong to the steps: [S * time] each. */
export function spokenInputs(graph: Graph): { previous: Value; spoken: Value } {
  return {
    previous: graph.input('previous', 'int64', ['tokens']),
    spoken: graph.input('spoken', 'float32', ['tokens']),
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
