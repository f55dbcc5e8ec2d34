import type { Command } from 'commander'
import { judgeArms } from '../../evaluate/judge-bench/arms.ts'
import { runJudgeBench } from '../../evaluate/judge-bench/bench.ts'
import { alone } from '../../evaluate/lock.ts'
import { versions } from '../../evaluate/versions.ts'
import { writeJudgeBench } from '../../report/judge.ts'
import { type Split, splitNamed, taskNamed, tasks } from '../../tasks/index.ts'
import { interruptSignal } from '../interrupt.ts'
import { modelDirectory, withThreads } from '../models.ts'
import { examples, integer, list, number, resamplesOption, unique } from '../options.ts'
import { printResult } from '../output.ts'
import { stageProgress } from '../stages.ts'
import { describeJudges } from './judge-text.ts'
import { checkUnfitted, ownResults } from './options.ts'

interface Options {
  base?: string
  judge?: string[]
  direct: string[]
  crm?: string
  reward: string[]
  policy?: string
  task: string[]
  splits: Split[]
  problems: number
  pairs: number
  contests: number
  votes: number
  thinking: number
  budgets: number[]
  temperature: number
  seed: number
  resamples: number
  out: string
  threads: number
  json?: boolean
}

export default function define(command: Command): void {
  withThreads(
    command
      .description(
        'Measure embedded judges on pairs of a right and a wrong solution, which the policy samples itself: accuracy before and after ' +
          'training and without thinking, position bias, length of thinking by difficulty, accuracy by thinking budget and by votes, ' +
          'and whether it falls when the thinking of two pairs is swapped; then best of 8 by tournaments of the judge against rewards, ' +
          'majority and the cascade, with the compute of each. Judgments are kept in --out: run again with the same options to go on ' +
          'after an interruption. Takes hours.',
      )
      .option('--base <folder>', 'what the judges started from (default: what the shipped one did)')
      .option(
        '--judge <folders>',
        'judges of one training, a seed each (RUN/policy); results are means over them (default: the one that comes with assay)',
        list(),
      )
      .option(
        '--direct <folders>',
        'judges that do not think, called by their folders: direct-rl-s1 and direct-rl-s2 are two seeds of one',
        list(),
        [],
      )
      .option('--crm <folder>', "the cascade's reward (default: the one that comes with assay)")
      .option('-r, --reward <folders>', 'more rewards to choose by, an ORM say', list(), [])
      .option(
        '-p, --policy <dir>',
        'language model that writes solutions (default: the one that comes with assay)',
      )
      .option(
        '-t, --task <names>',
        'built-in tasks',
        list((task) => taskNamed(task).name),
        tasks.map((task) => task.name),
      )
      .option('--splits <names>', 'splits of the tasks', list(splitNamed), ['test', 'harder'])
      .option(
        '--problems <count>',
        'of a split that pairs are sought among, shared out over the tasks',
        integer({ min: 1 }),
        1200,
      )
      .option('--pairs <count>', 'of a split at most, shared out over the tasks', integer({ min: 1 }), 600)
      .option('--contests <count>', 'problems of a split to choose solutions of', integer({ min: 1 }), 150)
      .option('--votes <count>', 'judgments of each pair by the judges', integer({ min: 2, max: 64 }), 16)
      .option('--thinking <tokens>', 'longest thinking', integer({ min: 1 }), 320)
      .option('--budgets <tokens>', 'smaller budgets to try', list(integer({ min: 0 })), [0, 16, 32, 64, 128])
      .option('--temperature <number>', 'of judgments', number({ min: 0.01 }), 0.6)
      .option('--seed <number>', 'of samples, pairs and judgments', integer({ min: 0 }), 1)
      .addOption(resamplesOption())
      .option('-o, --out <folder>', 'where everything goes', 'bench-judge')
      .option('--json', 'print the result as JSON')
      .addHelpText(
        'after',
        examples(
          [
            'assay bench judge --base my/base --judge my/judge-s1/policy,my/judge-s2/policy,my/judge-s3/policy',
            'before and after',
          ],
          [
            'assay bench judge --problems 120 --pairs 60 --contests 12 --votes 5',
            'a first look at the one that comes with assay',
          ],
        ),
      )
      .showHelpAfterError('(assay bench judge --help shows its options and examples)'),
  )
    .hook('preAction', ownResults('judge'))
    .action((_, self: Command) => run(self.optsWithGlobals<Options>()))
}

async function run(options: Options): Promise<void> {
  checkUnfitted(options, 'the cascade is')
  return alone(options.out, () => measure(options))
}

async function measure(options: Options): Promise<void> {
  const { direct, reward, out, thinking, resamples } = options
  const base = modelDirectory('judge-base', options.base)
  const judges = options.judge ?? [modelDirectory('judge')]
  const progress = stageProgress('')
  try {
    const report = await runJudgeBench(
      {
        directory: out,
        arms: await judgeArms({ base, judges, directs: direct }),
        policy: modelDirectory('policy', options.policy),
        crm: modelDirectory('crm', options.crm),
        rewards: reward,
        tasks: unique(options.task).map(taskNamed),
        splits: unique(options.splits),
        problems: options.problems,
        pairs: options.pairs,
        contests: options.contests,
        votes: options.votes,
        thinking,
        budgets: unique(options.budgets)
          .filter((budget) => budget < thinking)
          .sort((a, b) => a - b),
        temperature: options.temperature,
        seed: options.seed,
        threads: options.threads,
        signal: interruptSignal(),
        report: progress.report,
      },
      { seed: 1, resamples },
    )
    progress.stop()
    const result = { bench: 'judge', command: process.argv.slice(2), versions: versions(), ...report }
    const files = await writeJudgeBench(out, result)
    printResult(result, options, () =>
      [...describeJudges(result), `Results: ${files.join(', ')}`].join('\n\n'),
    )
  } finally {
    progress.stop()
  }
}
