import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { objectIn } from '../data/json-rows.ts'
import { InputError } from '../reasoning/errors.ts'
import { full } from '../reward/reproduce/recipe.ts'
import { readSafetensors } from '../tensor/safetensors.ts'
import { stateFile } from '../transformer/training.ts'
import { withThreads } from './models.ts'
import { integer, number } from './options.ts'
import { note } from './output.ts'

/** Declares the options of everything that trains: `Common`. */
export function withCommon(
  command: Command,
  { peak, batchTokens }: { peak: number; batchTokens: number },
): Command {
  return withThreads(
    command
      .requiredOption('-o, --out <folder>', 'where the checkpoint goes')
      .option('--seed <seed>', 'seed of weights and data', integer({ min: 0 }), full.seed)
      .option('--peak <rate>', 'peak learning rate', number({ min: 1e-9 }), peak)
      .option('--batch-tokens <count>', 'padded tokens in a batch', integer({ min: 64 }), batchTokens)
      .option('--json', 'print the result as JSON'),
  )
}

/**
 * Refuses a folder in which a training would overwrite what it did not make. To be called before anything is written.
 * @param ours whether a run of these settings is one of the same kind: others of its settings are compared when it goes on
 * @throws InputError on a run of another kind, and on a checkpoint without a run
 */
export function checkOut(out: string, ours: (settings: Record<string, unknown>) => boolean): void {
  const fix = 'Name another folder with --out.'
  const state = stateFile(join(out, 'training'))
  if (existsSync(state)) {
    const { fingerprint = '' } = readSafetensors(state, { want: () => false }).metadata
    if (!ours(objectIn(fingerprint) ?? {}))
      throw new InputError('holds a training run of another kind of model', { where: out, fix })
  } else if (existsSync(join(out, 'config.json')))
    throw new InputError('holds a model, which would be overwritten, and no training run to go on with', {
      where: out,
      fix,
    })
}

/** Files to learn from and to validate on. */
export interface DataFiles {
  train: string
  validation: string
}

/**
 * The rows of both. Problems that are in both are told of on stderr: what was learned by heart looks right on validation.
 * @throws InputError when they are one file
 */
export async function readData<Row extends { problem: string }>(
  files: DataFiles,
  read: (file: string) => Promise<Row[]>,
): Promise<{ train: Row[]; validation: Row[] }> {
  if (resolve(files.train) === resolve(files.validation))
    throw new InputError('--train and --validation are the same file', {
      where: files.validation,
      fix: 'Validate on other problems: on those that it learned from, a model looks better than it is.',
    })
  const [train, validation] = [await read(files.train), await read(files.validation)]
  const learned = new Set(train.map(({ problem }) => problem))
  const problems = new Set(validation.map(({ problem }) => problem))
  const shared = [...problems].filter((problem) => learned.has(problem)).length
  if (shared > 0)
    note(
      `${files.train} also holds ${shared} of the ${problems.size} problems in ${files.validation}: on those the model looks better than it is.`,
    )
  return { train, validation }
}
