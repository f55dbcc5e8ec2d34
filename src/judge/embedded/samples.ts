import * as z from 'zod'
import { readJsonLines } from '../../data/jsonl.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { LabelledSample } from './pairs.ts'

const sampleRow = z.looseObject({
  id: z.string(),
  problem: z.string().min(1),
  steps: z.array(z.string()),
  answer: z.string().nullish(),
  correct: z.boolean(),
  first_error: z.int().min(0).nullable(),
  finish: z.string().optional(),
})

/**
 * Labelled solutions of a file; those that were cut short are passed over.
 * @throws InputError that names the line of a bad row, or where there is none
 */
export async function readJudgeSamples(file: string): Promise<LabelledSample[]> {
  const samples: LabelledSample[] = []
  for await (const { row } of readJsonLines(file, sampleRow))
    if (row.finish !== 'length' && row.steps.length > 0) samples.push(row)
  if (samples.length > 0) return samples
  throw new InputError('has no labelled solution', {
    where: file,
    fix: 'Label solutions with `assay label`.',
  })
}
