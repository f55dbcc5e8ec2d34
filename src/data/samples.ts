import { answerOf } from '../reasoning/answer.ts'
import { seedOf } from '../reasoning/random.ts'
import type { Continuation, GenerateRequest, Generator, Problem, Solution } from '../reasoning/types.ts'
import { inOrder } from './in-order.ts'

/** A sampled solution; its id is the problem's with `#` and the sample's number. */
export interface SampleRow extends Solution {
  seed: number
  /** 'length': the tokens ran out, perhaps within the last step, and there is no answer */
  finish: 'end' | 'length'
  /** Generated tokens. */
  tokens: number
}

/** The id of a sample's problem. */
export function problemIdOf(sampleId: string): string {
  return sampleId.replace(/#\d+$/, '')
}

/** Samples of one problem each, both in the order in which they come. */
export function byProblem<Sample extends { id: string }>(samples: readonly Sample[]): Sample[][] {
  const groups = new Map<string, Sample[]>()
  for (const sample of samples) {
    const id = problemIdOf(sample.id)
    const group = groups.get(id)
    if (group) group.push(sample)
    else groups.set(id, [sample])
  }
  return [...groups.values()]
}

export interface SampleOptions {
  /** Samples of each problem. */
  n: number
  seed: number
  /** Samples asked of the generator at a time; two such chunks are under way at once. Default 1024. */
  chunk?: number
  /** Is the row of this id there already, of a problem of this text? Asked once a row, in order; such rows are not yielded. */
  skip?: (id: string, problem: string) => boolean
  signal?: AbortSignal
}

/** Seed of sample `k` of a problem: it depends on nothing else, so a sample can be drawn again alone. */
export function sampleSeed(seed: number, problemId: string, k: number): number {
  return seedOf('sample', seed, problemId, k)
}

/**
 * Samples `n` solutions of every problem, a chunk of rows at a time, in the order of the problems and of k. The chunks
 * do not depend on `skip`: one with a missing row is drawn whole, so a resumed run asks the generator exactly what an
 * uninterrupted one asks.
 *
 * @param problems read as they are needed
 */
export async function* sampleSolutions(
  generator: Generator,
  problems: Iterable<Problem> | AsyncIterable<Problem>,
  { n, seed, chunk = 1024, skip = () => false, signal }: SampleOptions,
): AsyncGenerator<SampleRow[]> {
  async function* jobs() {
    for await (const group of chunksOf(problems, Math.max(1, Math.round(chunk / n)))) {
      const missing = group.map(({ id, problem }) =>
        Array.from({ length: n }, (_, k) => !skip(`${id}#${k}`, problem)),
      )
      if (missing.flat().includes(true)) yield () => sampleChunk(generator, group, missing, { n, seed })
    }
  }
  yield* inOrder(jobs(), 2, signal)
}

async function sampleChunk(
  generator: Generator,
  problems: readonly Problem[],
  wanted: boolean[][],
  options: { n: number; seed: number },
): Promise<SampleRow[]> {
  const samples = await generator.generate(problems.map((problem) => sampleRequest(problem, options)))
  return problems.flatMap((problem, i) =>
    samples[i].flatMap((sample, k) => (wanted[i][k] ? [sampleRow(problem, k, sample)] : [])),
  )
}

export function sampleRequest(
  { id, problem }: Problem,
  { n, seed }: { n: number; seed: number },
): GenerateRequest {
  const seeds = Array.from({ length: n }, (_, k) => sampleSeed(seed, id, k))
  return { problem, seeds, until: 'end' }
}

function sampleRow({ id, problem }: Problem, k: number, sample: Continuation): SampleRow {
  const { steps, seed, tokens } = sample
  const answer = sampledAnswer(sample)
  const finish = sample.finish === 'end' ? 'end' : 'length'
  return { id: `${id}#${k}`, problem, steps, ...(answer === null ? {} : { answer }), seed, finish, tokens }
}

/** The answer of a solution that came to its end, null when it has none: a step that was cut short answers nothing. */
export function sampledAnswer({ steps, finish }: Pick<Continuation, 'steps' | 'finish'>): string | null {
  return finish === 'end' ? answerOf(steps) : null
}

export async function* chunksOf<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = []
  for await (const item of items) {
    if (chunk.push(item) < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
