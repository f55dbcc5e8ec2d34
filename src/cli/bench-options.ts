import type { Command } from 'commander'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { type EmbeddedReward, embeddedRewards } from '../evaluate/embedded-rewards.ts'
import type { Plan } from '../evaluate/plan.ts'
import { type Split, splitNamed, taskNamed, tasks } from '../tasks/index.ts'
import { generateDefaults } from '../transformer/generate.ts'
import { type EmbeddedGenerator, embeddedGenerator } from '../transformer/generator.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer, list, number } from './options.ts'

/** Options that every bench of searches has. */
export interface BenchOptions {
  task: string[]
  splits: Split[]
  problems: number
  seeds?: number
  temperature: number
  topP: number
  maxTokens: number
  policy?: string
  reward?: string[]
  resamples: number
  out: string
  threads: number
  json?: boolean
}

/** Declares {@link BenchOptions}, with these defaults, and the examples; `name` is the bench's. */
export function withBench(
  command: Command,
  name: string,
  defaults: { problems: number; seeds?: number },
  lines: [command: string, meaning: string][],
): Command {
  if (defaults.seeds !== undefined)
    command.option(
      '--seeds <count>',
      'sampling seeds 1 to this, the whole measurement once each',
      integer({ min: 1 }),
      defaults.seeds,
    )
  return withThreads(
    command
      .option(
        '-t, --task <names>',
        'built-in tasks',
        list((task) => taskNamed(task).name),
        tasks.map((task) => task.name),
      )
      .option('--splits <names>', 'splits of the tasks', list(splitNamed), ['test', 'harder'])
      .option(
        '--problems <count>',
        'problems of a split, shared out over the tasks',
        integer({ min: 1 }),
        defaults.problems,
      )
      .option(
        '--temperature <number>',
        'of sampling; 0 is greedy',
        number({ min: 0 }),
        generateDefaults.temperature,
      )
      .option(
        '--top-p <share>',
        'keep the likeliest tokens that reach this probability',
        number({ min: 0, max: 1 }),
        1,
      )
      .option('--max-tokens <count>', 'longest solution', integer({ min: 1 }), generateDefaults.maxTokens)
      .option('-p, --policy <dir>', 'language model checkpoint (default: the one that comes with assay)')
      .option(
        '-r, --reward <dirs>',
        'reward model checkpoints (default: the one that comes with assay)',
        list(),
      )
      .option('--resamples <count>', 'of the bootstrap', integer({ min: 1 }), 2000)
      .option('-o, --out <folder>', 'where everything goes', `bench-${name}`)
      .option('--json', 'print the result as JSON')
      .addHelpText('after', examples(...lines))
      .showHelpAfterError(`(assay bench ${name} --help shows its options and examples)`),
  )
}

export const unique = <T>(items: readonly T[]) => [...new Set(items)]

export function planOf({ task, splits, problems, seeds = 1 }: BenchOptions): Plan {
  return {
    tasks: unique(task),
    splits: unique(splits),
    problems,
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
  }
}

export interface BenchModels {
  generator: EmbeddedGenerator
  rewards: EmbeddedReward[]
  /** What results depend on, beside the plan. */
  settings: {
    temperature: number
    topP: number
    maxTokens: number
    policy: string
    rewards: Record<string, string>
  }
  close(): Promise<void>
}

/** The policy and the rewards that were asked for, or the shipped ones. */
export async function openModels(options: BenchOptions): Promise<BenchModels> {
  const { threads, temperature, topP, maxTokens } = options
  const policy = modelDirectory('policy', options.policy)
  const rewards = embeddedRewards(options.reward ?? [modelDirectory('crm')], { threads })
  const generator = embeddedGenerator(policy, { threads, temperature, topP, maxTokens })
  const hashes = await Promise.all(
    rewards.map(async ({ name, directory }) => [name, await checkpointHash(directory)]),
  )
  return {
    generator,
    rewards,
    settings: {
      temperature,
      topP,
      maxTokens,
      policy: await checkpointHash(policy),
      rewards: Object.fromEntries(hashes),
    },
    close: async () => {
      await Promise.all([generator, ...rewards].map((each) => each.close()))
    },
  }
}
