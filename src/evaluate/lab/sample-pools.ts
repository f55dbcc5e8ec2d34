import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonLines } from '../../data/jsonl.ts'
import { sampledAnswer, sampleSeed } from '../../data/samples.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { Continuation, Generator, Problem, Verifier } from '../../reasoning/types.ts'
import type { Split } from '../../tasks/index.ts'
import { type Filling, fillFiles, inPieces, type Plan, planned } from './plan.ts'

const solution = z.object({
  steps: z.array(z.string()),
  /** null: it came to no end, or ended without one. */
  answer: z.string().nullable(),
  /** 1 for a right answer. */
  correct: z.literal([0, 1]),
  /** By the exact verifier; null for none. */
  first_error: z.int().nullable(),
})

export type PoolSolution = z.infer<typeof solution>

/** Samples of one problem in the order of their seeds, each different solution once, in the order in which they came. */
export interface SamplePool extends Problem {
  solutions: PoolSolution[]
  /** Which solution each sample is. */
  of: number[]
  /** Generated tokens of each sample. */
  tokens: number[]
}

/** Samples that follow the first `from` of their problem; their solutions are numbered within the row. */
const samplesRow = z.object({
  id: z.string(),
  problem: z.string(),
  from: z.int(),
  solutions: z.array(solution),
  of: z.array(z.int()),
  tokens: z.array(z.int()),
})

type SamplesRow = z.infer<typeof samplesRow>

/** How many samples more a problem needs for now, of this seed; 0 where it has enough. */
export type Need = (pool: Pick<SamplePool, 'id' | 'tokens'>, seed: number) => number

/** So many of each problem. */
export function needSamples(count: number): Need {
  return ({ tokens }) => Math.max(0, count - tokens.length)
}

/** As many as together have at least these tokens. */
export function needTokens(tokensOf: (id: string, seed: number) => number): Need {
  // as many again, so that few rounds are needed
  return ({ id, tokens }, seed) => (sumOf(tokens) < tokensOf(id, seed) ? Math.max(8, tokens.length) : 0)
}

export interface Sampling extends Pick<Filling<SamplePool>, 'signal' | 'report'> {
  /** Where they are kept: samples of this policy, with these settings of sampling, alone. */
  directory: string
  generator: Generator
  verifier: Verifier
  need: Need
  /** Samples asked of the generator at a time. */
  chunk: number
}

/**
 * Sees to it that every problem of a plan has the samples that it needs, in `directory/samples/<task>-<split>-<seed>.jsonl`.
 * Sample k of a problem depends on its seed alone, so what is there is kept, whoever made it for whatever, and more are put
 * behind it.
 * @throws InputError when a problem has another text than the one that was sampled
 */
export async function samplePools(plan: Plan, sampling: Sampling): Promise<void> {
  const { directory, need, chunk, signal, report } = sampling
  await fillFiles<SamplePool>(plan, {
    folder: join(directory, 'samples'),
    async lacking({ task, split, seed, path }) {
      const there = await poolsIn(path)
      const pools = planned(plan, task, split).map((problem) => poolOf(there, problem, path))
      const short = pools.filter((pool) => need(pool, seed) > 0)
      if (short.length === 0) return []
      return inPieces(short, Math.max(1, Math.round(chunk / need(short[0], seed))))
    },
    make: (pools, { seed }) => moreOf(pools, seed, sampling),
    signal,
    report,
  })
}

/**
 * Pools of one task, split and seed that {@link samplePools} made, in the order of the plan.
 * @throws InputError when one is missing, or its problem has changed
 */
export async function readSamplePools(
  plan: Plan,
  directory: string,
  { task, split, seed }: { task: string; split: Split; seed: number },
): Promise<SamplePool[]> {
  const path = join(directory, 'samples', `${task}-${split}-${seed}.jsonl`)
  const there = await poolsIn(path)
  return planned(plan, task, split).map((problem) => {
    if (!there.has(problem.id))
      throw new InputError('this problem is missing', { where: `${path}: ${problem.id}` })
    return poolOf(there, problem, path)
  })
}

/** A pool without samples where there is none. */
function poolOf(there: ReadonlyMap<string, SamplePool>, { id, problem }: Problem, path: string): SamplePool {
  const pool = there.get(id) ?? { id, problem, solutions: [], of: [], tokens: [] }
  if (pool.problem === problem) return pool
  throw new InputError('the problem of this id has another text', {
    where: `${path}: ${id}`,
    fix: 'Another version of the tasks made these samples, and scores belong to them: use another --lab.',
  })
}

async function poolsIn(path: string): Promise<Map<string, SamplePool>> {
  const pools = new Map<string, SamplePool>()
  if (!existsSync(path)) return pools
  for await (const { row } of readJsonLines(path, samplesRow)) {
    const { id, problem } = row
    const pool = pools.get(id) ?? { id, problem, solutions: [], of: [], tokens: [] }
    pools.set(id, extended(pool, row))
  }
  return pools
}

function extended(pool: SamplePool, row: SamplesRow): SamplePool {
  const { solutions, of, tokens } = pool
  // another run has put the same samples there
  if (row.from !== tokens.length) return pool
  if (row.from === 0) return row
  const known = new Map(solutions.map((solution, i) => [keyOf(solution), i]))
  const places = row.solutions.map((solution) => {
    const key = keyOf(solution)
    const place = known.get(key) ?? solutions.push(solution) - 1
    known.set(key, place)
    return place
  })
  of.push(...row.of.map((each) => places[each]))
  tokens.push(...row.tokens)
  return pool
}

const keyOf = ({ answer, steps }: PoolSolution) => JSON.stringify([answer, ...steps])

async function moreOf(
  pools: readonly SamplePool[],
  seed: number,
  { generator, verifier, need }: Sampling,
): Promise<SamplesRow[]> {
  const added = pools.map((): Continuation[] => [])
  for (;;) {
    const asked = pools.flatMap(({ id, problem, tokens }, i) => {
      const have = [...tokens, ...added[i].map((sample) => sample.tokens)]
      const seeds = Array.from({ length: need({ id, tokens: have }, seed) }, (_, k) =>
        sampleSeed(seed, id, have.length + k),
      )
      return seeds.length > 0 ? [{ i, request: { problem, seeds, until: 'end' as const } }] : []
    })
    if (asked.length === 0) break
    const samples = await generator.generate(asked.map(({ request }) => request))
    for (const [j, { i }] of asked.entries()) added[i].push(...samples[j])
  }
  return pools.map((pool, i) => ({ ...samplePool(pool, added[i], verifier), from: pool.tokens.length }))
}

/** Samples of one problem, verified once each. */
export function samplePool(
  { id, problem }: Problem,
  samples: readonly Continuation[],
  verifier: Verifier,
): SamplePool {
  const solutions: PoolSolution[] = []
  const known = new Map<string, number>()
  const of = samples.map((sample) => {
    const { steps } = sample
    const answer = sampledAnswer(sample)
    const key = JSON.stringify([answer, ...steps])
    const found = known.get(key)
    if (found !== undefined) return found
    const verdict = verifier.verify({ id, problem, steps })
    // one that was cut short is never right, whatever its last words look like
    const correct = answer !== null && verdict.correct ? 1 : 0
    known.set(key, solutions.length)
    return solutions.push({ steps, answer, correct, first_error: verdict.firstError }) - 1
  })
  return { id, problem, solutions, of, tokens: samples.map(({ tokens }) => tokens) }
}

/** The pool as if it had only its first samples. */
export function firstSamples(pool: SamplePool, count: number): SamplePool {
  const of = pool.of.slice(0, count)
  const last = of.reduce((high, each) => Math.max(high, each), -1)
  return {
    ...pool,
    of,
    tokens: pool.tokens.slice(0, count),
    solutions: pool.solutions.slice(0, last + 1),
  }
}

/** Samples, from the first on, that together have at least these tokens; all of them where they have not. */
export function samplesWithin({ tokens }: Pick<SamplePool, 'tokens'>, total: number): number {
  let sum = 0
  for (const [i, each] of tokens.entries()) {
    sum += each
    if (sum >= total) return i + 1
  }
  return tokens.length
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
