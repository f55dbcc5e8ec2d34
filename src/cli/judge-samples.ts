import * as z from 'zod'
import { readJsonLines } from '../data/jsonl.ts'
import type { LabelledSample } from '../judge/embedded/pairs.ts'
import { InputError } from '../reasoning/errors.ts'

export interface SampleFiles {
  train: string
  validation: string
}

const sampleRow = z.looseObject({
  id: z.string(),
  problem: z.string().min(1),
  steps: z.array(z.string()),
  answer: z.string().nullish(),
  correct: z.boolean(),
  first_error: z.int().min(0).nullable(),
  finish: z.string().optional(),
})

/** Labelled solutions of both files; those that were cut short are passed over. */
export async function readSamples({ train, validation }: SampleFiles): Promise<LabelledSample[][]> {
  const read = async (file: string) => {
    const samples: LabelledSample[] = []
    for await (const { row } of readJsonLines(file, sampleRow))
      if (row.finish !== 'length' && row.steps.length > 0) samples.push(row)
    if (samples.length === 0)
      throw new InputError('has no labelled solution', {
        where: file,
        fix: 'Label solutions with `assay label`.',
      })
    return samples
  }
  return [await read(train), await read(validation)]
}
