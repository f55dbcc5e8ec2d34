// Trains a CRM on a foreign backbone in the folder that it is given, saving often; prints each step, then the exported weights' hash.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from '../../reasoning/random.ts'
import { foreignLayout } from '../../transformer/chat-template.ts'
import { readCheckpoint } from '../../transformer/checkpoint.ts'
import { crm } from '../kinds/crm.ts'
import type { Labelled } from '../labels.ts'
import type { Tuning } from './learner.ts'
import { trainRewardCheckpoint } from './training.ts'

export const fixtures = new URL('../../transformer/fixtures/', import.meta.url).pathname

/** A fixture, laid out as `assay train` lays it out. */
export function foreignBackbone(name: string, separator?: string) {
  const directory = join(fixtures, name)
  const checkpoint = readCheckpoint(directory)
  const { tokenizer } = checkpoint
  return { ...checkpoint, tokenizer: tokenizer.withLayout(foreignLayout(directory, tokenizer, separator)) }
}

/** The first step that says "wrong" is the first error; a solution without one is right. */
export function labelledSolutions(count: number, seed: string): Labelled[] {
  const draw = random(seed)
  return Array.from({ length: count }, (_, i) => {
    const steps = Array.from({ length: draw.int(1, 4) }, () =>
      draw.pick(['First, add.', 'So 12 + 30 = 42', 'now more apples', 'this is wrong']),
    )
    const firstError = steps.indexOf('this is wrong')
    return {
      problem: `How many apples, ${i}?`,
      steps,
      correct: firstError < 0,
      firstError: firstError < 0 ? null : firstError,
    }
  })
}

const [directory, name, tuning] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename) {
  await trainRewardCheckpoint(
    directory,
    {
      kind: crm(),
      backbone: foreignBackbone(name),
      tuning: JSON.parse(tuning) as Tuning,
      train: labelledSolutions(300, 'train'),
      validation: labelledSolutions(40, 'validation'),
      seed: 1,
      epochs: 2,
      peak: 1e-2,
      batchTokens: 512,
      threads: 1,
    },
    {
      saveEvery: 0,
      onRead: (done, total) => process.stdout.write(`read ${done} of ${total}\n`),
      onStep: ({ step, loss }) => process.stdout.write(`${step} ${loss}\n`),
    },
  )
  const hash = createHash('sha256').update(readFileSync(join(directory, 'model.safetensors')))
  process.stdout.write(`done ${hash.digest('hex')}\n`)
}
