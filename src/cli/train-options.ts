import { resolve } from 'node:path'
import type { Command } from 'commander'
import { InputError } from '../reasoning/errors.ts'
import { full } from '../reward/reproduce/recipe.ts'
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
      .option('--peak <rate>', 'peak learning rate', number({ min: 0 }), peak)
      .option('--batch-tokens <count>', 'padded tokens in a batch', integer({ min: 64 }), batchTokens)
      .option('--json', 'print the result as JSON'),
  )
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
