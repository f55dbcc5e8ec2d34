import * as z from 'zod'
import { readJsonLines } from '../../data/jsonl.ts'
import type { Continuation, Generator, Problem } from '../../reasoning/types.ts'
import { writeSamplesOf } from '../../reward/samples.ts'
import type { Split, Task, TaskProblem } from '../../tasks/index.ts'
import { measuredProblems, oneOfEachKind } from '../problems.ts'

const sampleRow = z.object({
  id: z.string(),
  problem: z.string(),
  steps: z.array(z.string()),
  answer: z.string().optional(),
  correct: z.boolean(),
  first_error: z.int().nullable(),
  seed: z.int(),
  finish: z.enum(['end', 'length']),
  tokens: z.int(),
})

/** A labelled sample of the policy, as it lies in a file. */
export type PolicySample = z.infer<typeof sampleRow>

/** How many of `problems` are of each level of a split: all alike, and of what is left over the lower ones get one more. */
export function perLevel(task: Task, split: Split, problems: number): Record<number, number> {
  const levels = task.levels[split].toSorted((a, b) => a - b)
  return Object.fromEntries(
    levels.map((level, i) => [
      level,
      Math.floor(problems / levels.length) + Number(i < problems % levels.length),
    ]),
  )
}

/** The first problems of a split, level by level: {@link perLevel}. */
export function problemsByLevel(task: Task, split: Split, count: number): TaskProblem[] {
  return Object.entries(perLevel(task, split, count)).flatMap(([level, problems]) =>
    Array.from({ length: problems }, (_, index) => task.problem(split, index, Number(level))),
  )
}

/**
 * Problems to fit a cascade's gap on: of validation, as hard as those of test, and no reward has been chosen or calibrated by them.
 * Of `count` those that are no variant of one before, which would be settled right or wrong with it.
 */
export function gapProblems(task: Task, count: number): TaskProblem[] {
  return oneOfEachKind(measuredProblems(task.name, 'validation', count))
}

/** How many of `total` the i-th of `parts` gets. */
export function shareOf(total: number, parts: number, i: number): number {
  return Math.floor(total / parts) + Number(i < total % parts)
}

/** `n` samples of each problem, drawn where they are not in the file yet: {@link writeSamplesOf}. */
export async function policySamples(
  file: string,
  problems: readonly Problem[],
  sampling: { n: number; seed: number },
  generator: Generator,
  run?: Parameters<typeof writeSamplesOf>[4],
): Promise<PolicySample[]> {
  await writeSamplesOf(problems, sampling, generator, file, run)
  const samples: PolicySample[] = []
  for await (const { row } of readJsonLines(file, sampleRow)) samples.push(row)
  return samples
}

/** A policy that says again what it said: its continuations by their seeds. */
export function recordedPolicy(samples: readonly PolicySample[]): Generator {
  const said = new Map(samples.map((sample) => [`${sample.seed} ${sample.problem}`, sample]))
  return {
    generate: async (requests) =>
      requests.map(({ problem, seeds }) =>
        seeds.map((seed): Continuation => {
          const sample = said.get(`${seed} ${problem}`)
          if (sample === undefined) throw new Error(`no sample of seed ${seed} for "${problem}"`)
          const { steps, finish, tokens } = sample
          return { steps, finish, tokens, seed }
        }),
      ),
  }
}
