import type { Command } from 'commander'
import { reportBestOfN } from '../evaluate/best-of-n-report.ts'
import { runBestOfN } from '../evaluate/best-of-n-run.ts'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { embeddedRewards } from '../evaluate/embedded-rewards.ts'
import { versions } from '../evaluate/versions.ts'
import { writeBestOfN } from '../report/best-of-n.ts'
import { type Split, splitNamed, taskNamed, tasks, verifierFor } from '../tasks/index.ts'
import { generateDefaults } from '../transformer/generate.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { describeSet } from './best-of-n-text.ts'
import { interruptSignal } from './interrupt.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer, list, number } from './options.ts'
import { printResult } from './output.ts'
import { Progress } from './progress.ts'

interface Options {
  task: string[]
  splits: Split[]
  problems: number
  counts: number[]
  seeds: number
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

/** Samples asked of a thread at a time: enough to keep its batch full for most of it. */
const share = 512

export default function define(command: Command): void {
  command
    .description(
      'Sample solutions of held-out problems, let rewards choose among them, and compare the accuracy of the choice with ' +
        'one sample (pass@1), the most frequent answer (majority), votes weighted by the reward, and the oracle ' +
        '(pass@N). Every measurement is repeated with other sampling seeds and averaged; intervals are 95% bootstrap over ' +
        'problems. Writes pools, results.json and plots to --out; run again with the same options to go on after an ' +
        'interruption. The default is 770 thousand samples: hours.',
    )
    .option(
      '-t, --task <names>',
      'built-in tasks',
      list((name) => taskNamed(name).name),
      tasks.map(({ name }) => name),
    )
    .option('--splits <names>', 'splits of the tasks', list(splitNamed), ['test', 'harder'])
    .option('--problems <count>', 'problems of a split, shared out over the tasks', integer({ min: 1 }), 1002)
    .option(
      '--counts <numbers>',
      'the N; the largest is how many samples a problem gets',
      list(integer({ min: 1 })),
      [1, 2, 4, 8, 16, 32, 64, 128],
    )
    .option(
      '--seeds <count>',
      'sampling seeds 1 to this, the whole measurement once each',
      integer({ min: 1 }),
      3,
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
    .option('-o, --out <folder>', 'where pools and results go', 'bench-best-of-n')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples(
        ['assay bench best-of-n', 'the full measurement of the models that come with assay'],
        ['assay bench best-of-n --problems 90 --counts 1,4,16 --seeds 1', 'a first look, in minutes'],
        [
          'assay bench best-of-n --task arithmetic --reward runs/a,runs/b --out runs/compare',
          'two rewards, one task',
        ],
      ),
    )
    .showHelpAfterError('(assay bench best-of-n --help shows its options and examples)')
    .action((_, self: Command) => run(self.optsWithGlobals()))
  withThreads(command)
}

async function run(options: Options): Promise<void> {
  const { task, splits, problems, threads, temperature, topP, maxTokens, out, resamples } = options
  const unique = <T>(items: readonly T[]) => [...new Set(items)]
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1)
  const counts = unique(options.counts).sort((a, b) => a - b)
  const n = counts[counts.length - 1]
  const plan = { tasks: unique(task), splits: unique(splits), problems, seeds }
  const policy = modelDirectory('policy', options.policy)
  const rewards = embeddedRewards(options.reward ?? [modelDirectory('crm')], { threads })
  const generator = embeddedGenerator(policy, { threads, temperature, topP, maxTokens })
  let progress: Progress | undefined
  const settings = {
    temperature,
    topP,
    maxTokens,
    policy: await checkpointHash(policy),
    rewards: Object.fromEntries(
      await Promise.all(rewards.map(async ({ name, directory }) => [name, await checkpointHash(directory)])),
    ),
  }
  try {
    await runBestOfN(plan, {
      directory: out,
      settings,
      generator,
      verifier: verifierFor(),
      rewards,
      n,
      chunk: threads * share,
      signal: interruptSignal(),
      onStart: (done, total) => {
        progress = new Progress('sampling and scoring', { unit: 'samples', done, total })
      },
      onPools: (samples) => progress?.add(samples),
    })
  } finally {
    progress?.stop()
    await Promise.all([generator, ...rewards].map((each) => each.close()))
  }
  const sets = await reportBestOfN(plan, out, { counts, seed: 1, resamples })
  const result = {
    command: process.argv.slice(2),
    versions: versions(),
    plan,
    settings: { samples: n, ...settings },
    sets,
  }
  const files = await writeBestOfN(out, result)
  printResult(result, options, () => [...sets.map(describeSet), `Results: ${files.join(', ')}`].join('\n\n'))
}
