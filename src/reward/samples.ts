import * as z from 'zod'
import { appendJsonLines } from '../data/append.ts'
import { readJsonLines } from '../data/jsonl.ts'
import { sampleSolutions } from '../data/samples.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Generator } from '../reasoning/types.ts'
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

/**
 * Writes the policy's own solutions of a plan to `file`, with the verifier's labels, one row a solution. The order of the
 * rows is the plan's, so a run that was killed goes on at the row after the last whole one, and ends with the same file.
 */
export async function writeLabelledSamples(
  plan: SamplePlan,
  generator: Generator,
  file: string,
  run: { onProgress?: (rows: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<void> {
  const places = plan.tasks.flatMap((task) =>
    task.levels[plan.split].flatMap((level) =>
      Array.from({ length: plan.perLevel[level] ?? 0 }, (_, index) => ({ task, index, level })),
    ),
  )
  function* problems() {
    for (const { task, index, level } of places) yield task.problem(plan.split, index, level)
  }
  const { samplesPerProblem: n, seed } = plan
  const verifier = verifierFor()
  const out = await appendJsonLines(file)
  let written = out.count
  const options = { n, seed, skip: (id: string) => out.ids.has(id), signal: run.signal }
  try {
    for await (const rows of sampleSolutions(generator, problems(), options)) {
      await out.append(
        rows.map((row) => {
          const { correct, firstError } = verifier.verify(row)
          return { ...row, correct, first_error: firstError }
        }),
      )
      written += rows.length
      run.onProgress?.(written, places.length * n)
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
