import type { Command } from 'commander'
import { full } from '../reward/reproduce/recipe.ts'
import { withThreads } from './models.ts'
import { integer, number } from './options.ts'

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
      .option('--batch-tokens <count>', 'padded tokens in a batch', integer({ min: 64 }), batchTokens),
  )
}
