import { type Command, Option } from 'commander'
import { trainJudgeBase } from '../judge/embedded/base.ts'
import { trainDirectJudge } from '../judge/embedded/direct.ts'
import { labelledPairs } from '../judge/embedded/pairs.ts'
import { fullJudge } from '../judge/embedded/recipe.ts'
import { readJudgeSamples } from '../judge/embedded/samples.ts'
import { judgeDefaults } from '../judge/embedded/train.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer, number } from './options.ts'
import { runTrainJudge, type TrainJudgeOptions } from './train-judge-run.ts'
import { checkOut, type DataFiles, readData } from './train-options.ts'
import { type Common, withTrainingProgress } from './train-progress.ts'

interface BaseOptions extends Common, DataFiles {
  backbone?: string
  drills: number
  steps: number
  warmup: number
}

interface DirectOptions extends Common, DataFiles {
  base?: string
  steps: number
  warmup: number
}

const baseHelp = 'what it starts from, as judge-base makes it (default: the one that comes with assay)'

/** Adds `judge-base`, `judge` and `direct-judge` to `assay train`. */
export function judgeCommands(train: Command): void {
  baseCommand(train)
  judgeCommand(train)
  directCommand(train)
}

function withSamples(command: Command): Command {
  return command
    .requiredOption(
      '--train <file>',
      "the policy's labelled solutions, several a problem, as JSON Lines (assay sample, assay label)",
    )
    .requiredOption('--validation <file>', 'the same, of other problems')
}

function withSchedule(command: Command, { peak, steps }: { peak: number; steps: number }): Command {
  return withThreads(
    withSamples(command)
      .requiredOption('-o, --out <folder>', 'where the checkpoint goes')
      .option('--steps <count>', 'training steps', integer({ min: 1 }), steps)
      .option('--warmup <steps>', 'over which the learning rate rises', integer({ min: 1 }), 100)
      .option('--peak <rate>', 'peak learning rate', number({ min: 1e-9 }), peak)
      .option('--batch-tokens <count>', 'padded tokens in a batch', integer({ min: 64 }), 4096)
      .option('--seed <seed>', 'seed of the data', integer({ min: 0 }), 1)
      .option('--json', 'print the result as JSON'),
  )
}

function baseCommand(train: Command): void {
  withSchedule(train.command('judge-base'), fullJudge.base)
    .description(
      'Train what a judge starts from: a language model that solves problems, checks steps, compares answers and knows what a judgment ' +
        'looks like, but not which response is better. It never sees a right response beside a wrong one.',
    )
    .option('--drills <count>', 'texts to copy first', integer({ min: 0 }), fullJudge.base.drills)
    .option('--backbone <folder>', 'language model to start from (default: the shipped backbone)')
    .addHelpText(
      'after',
      examples([
        'assay train judge-base --train train.jsonl --validation val.jsonl --out my/judge-base',
        'then: assay train judge --base my/judge-base …',
      ]),
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<BaseOptions>()
      checkOut(options.out, (settings) => 'samples' in settings)
      const { train, validation } = await readData(options, readJudgeSamples)
      const { seed, drills, steps, peak, warmup, batchTokens, threads } = options
      const backbone = readCheckpoint(modelDirectory('backbone', options.backbone))
      const schedule = { seed, drills, steps, peak, warmup, batchTokens, threads }
      await withTrainingProgress('judge base', options, (run) =>
        trainJudgeBase(options.out, { backbone, train, validation, ...schedule }, run),
      )
    })
}

function directCommand(train: Command): void {
  withSchedule(train.command('direct-judge'), { peak: 3e-4, steps: 2000 })
    .description('Fine-tune a judge that does not think: from labelled pairs straight to their verdicts.')
    .option('--base <folder>', baseHelp)
    .addHelpText(
      'after',
      examples([
        'assay train direct-judge --train train.jsonl --validation val.jsonl --steps 250 --out my/direct',
        'from labels, to compare with a judge that thinks',
      ]),
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<DirectOptions>()
      checkOut(options.out, (settings) => 'pairs' in settings)
      const { seed, steps, peak, warmup, batchTokens, threads } = options
      const base = readCheckpoint(modelDirectory('judge-base', options.base))
      const samples = await readData(options, readJudgeSamples)
      const pairs = labelledPairs(samples.train, seed)
      const validation = labelledPairs(samples.validation, seed)
      const schedule = { seed, steps, peak, warmup, batchTokens, threads }
      await withTrainingProgress('direct judge', options, (run) =>
        trainDirectJudge(options.out, { base, pairs, validation, ...schedule }, run),
      )
    })
}

function judgeCommand(train: Command): void {
  const d = judgeDefaults
  withThreads(
    withSamples(train.command('judge'))
      .description(
        'Teach a judge to reason, by reinforcement learning alone: it thinks, names the better of two responses, and is told ' +
          'whether that was right (Reward Reasoning Models). The pairs are right and wrong solutions of one problem. A run keeps ' +
          'config.json, metrics.jsonl, samples and checkpoints in --out; the judge is in OUT/policy. Run the same command again to ' +
          'go on after an interruption.',
      )
      .option('--base <folder>', baseHelp)
      .option('-o, --out <folder>', 'where the run lives', 'judge-run')
      .option('--steps <count>', 'updates of the judge', integer({ min: 1 }), d.steps)
      .option('--pairs <count>', 'pairs of a step', integer({ min: 1 }), d.pairs)
      .option('--judgments <count>', 'of each pair', integer({ min: 2 }), d.judgments)
      .option('--no-both-orders', 'all judgments of a pair in one order, by lot; else half of them in either')
      .option('--no-thinking', 'the verdict at once: the judge to compare with')
      .addOption(
        new Option(
          '--credit <name>',
          'what tokens get: what their verdict earned, or what it earns on average',
        )
          .choices(['drawn', 'expected'])
          .default(d.credit),
      )
      .addOption(
        new Option('--estimator <name>', 'of advantages, with --credit drawn')
          .choices(['rloo', 'grpo'])
          .default(d.estimator),
      )
      .option('--kl-loss <weight>', 'of KL to the base in the loss (k3)', number({ min: 0 }), d.klLoss)
      .option('--entropy-bonus <weight>', 'of entropy in the loss', number({ min: 0 }), d.entropyBonus)
      .option('--clip <number>', 'ratios beyond 1 ± this gain nothing', number({ min: 0, max: 1 }), d.clip)
      .option('--rate <number>', 'learning rate', number({ min: 0 }), d.rate)
      .option('--warmup <updates>', 'over which the rate rises', integer({ min: 1 }), d.warmup)
      .option('--batch-tokens <count>', 'padded tokens of a minibatch', integer({ min: 1 }), d.batchTokens)
      .option('--temperature <number>', 'of judgments', number({ min: 0.01 }), d.temperature)
      .option(
        '--max-tokens <count>',
        'longest judgment; one that is cut has no verdict, which counts as a wrong one',
        integer({ min: 1 }),
        d.maxTokens,
      )
      .option(
        '--drop-solved <tries>',
        'leave out pairs that the base gets right at each of so many tries: they teach nothing; 0 keeps all',
        integer({ min: 0 }),
        fullJudge.dropSolved,
      )
      .option('--probe <count>', 'held-out pairs that accuracy is measured on', integer({ min: 1 }), 200)
      .option('--probe-every <steps>', 'how often', integer({ min: 1 }), d.probeEvery)
      .option(
        '--keep-every <steps>',
        'samples and checkpoints that are kept',
        integer({ min: 1 }),
        d.keepEvery,
      )
      .option('--seed <number>', 'the same seed gives the same run', integer({ min: 0 }), d.seed)
      .option('--json', 'print the result as JSON')
      .addHelpText(
        'after',
        examples(
          ['assay train judge --train train.jsonl --validation val.jsonl', 'the schedule of the shipped one'],
          [
            'assay train judge --train train.jsonl --validation val.jsonl --no-thinking --out my/direct',
            'the same, without thinking',
          ],
        ),
      ),
  ).action((_, self: Command) => runTrainJudge(self.optsWithGlobals<TrainJudgeOptions>()))
}
