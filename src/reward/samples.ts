import * as z from 'zod'
import { appendJsonLines } from '../data/append.ts'
import { readJsonLines } from '../data/jsonl.ts'
import { sampleSolutions } from '../data/samples.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Generator, Problem } from '../reasoning/types.ts'
import { verifierFor } from '../tasks/index.ts'
import type { Split, Task } from '../tasks/task.ts'
import type { Labelled } from './labels.ts'

/** Problems of generated tasks, and how often to try each. */
export interface SamplePlan {
  tasks: readonly Task[]
  split: Split
  /** Level -> problems of that level, for every task that has it in this split. */
  perLevel: Record<number, number>
  samplesPerProblem: number
  seed: number
}

type Run = { onProgress?: (rows: number, total: number) => void; signal?: AbortSignal }

/** Writes the policy's own solutions of a plan to `file`: {@link writeSamplesOf}, task by task and level by level. */
export async function writeLabelledSamples(
  { tasks, split, perLevel, samplesPerProblem, seed }: SamplePlan,
  generator: Generator,
  file: string,
  run?: Run,
): Promise<void> {
  const problems = tasks.flatMap((task) =>
    task.levels[split].flatMap((level) =>
      Array.from({ length: perLevel[level] ?? 0 }, (_, index) => task.problem(split, index, level)),
    ),
  )
  await writeSamplesOf(problems, { n: samplesPerProblem, seed }, generator, file, run)
}

/**
 * Writes `n` of the policy's own solutions of each problem to `file`, with the verifier's labels, one row a solution, in the order of
 * the problems: a run that was killed goes on at the row after the last whole one, and ends with the same file.
 */
export async function writeSamplesOf(
  problems: readonly Problem[],
  { n, seed }: { n: number; seed: number },
  generator: Generator,
  file: string,
  { onProgress, signal }: Run = {},
): Promise<void> {
  const verifier = verifierFor()
  const out = await appendJsonLines(file)
  let written = out.count
  try {
    const skip = (id: string) => out.ids.has(id)
    for await (const rows of sampleSolutions(generator, problems, { n, seed, skip, signal })) {
      await out.append(
        rows.map((row) => {
          const { correct, firstError } = verifier.verify(row)
          return { ...row, correct, first_error: firstError }
        }),
      )
      written += rows.length
      onProgress?.(written, problems.length * n)
    }
  } finally {
    await out.close()
  }
}

const labelledRow = z.looseObject({
  id: z.string().optional(),
  problem: z.string().min(1),
  steps: z.array(z.string()),
  correct: z.boolean(),
  first_error: z.int().min(0).nullable().optional(),
  finish: z.string().optional(),
})

/**
 * Solutions to learn from, out of a file of rows with `correct` and perhaps `first_error` (left out: unknown). A solution of
 * no steps, or one that was cut short, has nothing to learn from and is passed over.
 * @throws InputError that names the line of a bad row
 */
export async function readLabelled(file: string): Promise<Labelled[]> {
  const labelled: Labelled[] = []
  for await (const { row, where } of readJsonLines(file, labelledRow)) {
    const { id, problem, steps, correct, first_error: firstError = 'unknown' } = row
    if (steps.length === 0 || row.finish === 'length') continue
    if (typeof firstError === 'number' && firstError >= steps.length)
      throw new InputError(`first_error ${firstError} is not one of its ${steps.length} steps`, {
        where,
        fix: '0 is the first step',
      })
    labelled.push({ ...(id !== undefined && { id }), problem, steps, correct, firstError })
  }
  if (labelled.length === 0)
    throw new InputError('has no labelled solution', {
      where: file,
      fix: 'Label solutions with `assay label`.',
    })
  return labelled
}
