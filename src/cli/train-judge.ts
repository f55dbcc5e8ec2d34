import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import * as z from 'zod'
import { readJsonLines } from '../data/jsonl.ts'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { versions } from '../evaluate/versions.ts'
import { judgeContext, trainJudgeBase } from '../judge/embedded/base.ts'
import { unsolvedPairs } from '../judge/embedded/difficulty.ts'
import { trainDirectJudge } from '../judge/embedded/direct.ts'
import { embeddedJudge } from '../judge/embedded/embedded-judge.ts'
import { type JudgePair, judgePairs, type LabelledSample } from '../judge/embedded/pairs.ts'
import {
  type JudgeRow,
  type JudgeSettings,
  judgeDefaults,
  shownLength,
  trainJudge,
} from '../judge/embedded/train.ts'
import { InputError } from '../reasoning/errors.ts'
import { percent } from '../report/percent.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { interruptSignal } from './interrupt.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer, number } from './options.ts'
import { printResult } from './output.ts'
import { Progress } from './progress.ts'
import { table } from './table.ts'
import { type Common, withTrainingProgress } from './train-progress.ts'

interface SampleFiles {
  train: string
  validation: string
}

interface BaseOptions extends Common, SampleFiles {
  backbone?: string
  steps: number
  warmup: number
}

interface DirectOptions extends Common, SampleFiles {
  base: string
  steps: number
  warmup: number
}

interface JudgeOptions extends JudgeSettings, SampleFiles {
  base: string
  out: string
  probe: number
  dropSolved: number
  threads: number
  json?: boolean
}

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
      .option('--peak <rate>', 'peak learning rate', number({ min: 0 }), peak)
      .option('--batch-tokens <count>', 'padded tokens in a batch', integer({ min: 64 }), 4096)
      .option('--seed <seed>', 'seed of the data', integer({ min: 0 }), 1),
  )
}

function baseCommand(train: Command): void {
  withSchedule(train.command('judge-base'), { peak: 1e-3, steps: 4000 })
    .description(
      'Train what a judge starts from: a language model that solves problems, checks single steps and knows what a judgment ' +
        'looks like, but not which response is better. It never sees a right response beside a wrong one.',
    )
    .option('--backbone <folder>', 'language model to start from (default: the shipped backbone)')
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<BaseOptions>()
      const [train, validation] = await readSamples(options)
      const { seed, steps, peak, warmup, batchTokens, threads } = options
      const backbone = readCheckpoint(modelDirectory('backbone', options.backbone))
      const schedule = { seed, steps, peak, warmup, batchTokens, threads }
      await withTrainingProgress('judge base', options, (run) =>
        trainJudgeBase(options.out, { backbone, train, validation, ...schedule }, run),
      )
    })
}

function directCommand(train: Command): void {
  withSchedule(train.command('direct-judge'), { peak: 3e-4, steps: 2000 })
    .description('Fine-tune a judge that does not think: from labelled pairs straight to their verdicts.')
    .requiredOption('--base <folder>', 'what it starts from: the checkpoint of judge-base')
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<DirectOptions>()
      const { seed, steps, peak, warmup, batchTokens, threads } = options
      const base = readCheckpoint(options.base)
      const [pairs, validation] = (await readSamples(options)).map((samples) => judgePairs(samples, seed))
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
      .requiredOption('--base <folder>', 'what it starts from: the checkpoint of judge-base')
      .option('-o, --out <folder>', 'where the run lives', 'judge-run')
      .option('--steps <count>', 'updates of the judge', integer({ min: 1 }), d.steps)
      .option('--pairs <count>', 'pairs of a step', integer({ min: 1 }), d.pairs)
      .option('--judgments <count>', 'of each pair', integer({ min: 2 }), d.judgments)
      .option(
        '--both-orders',
        'half of the judgments of a pair in either order; else all in one, by lot',
        false,
      )
      .option('--no-thinking', 'the verdict at once: the judge to compare with')
      .addOption(
        new Option('--estimator <name>', 'of advantages').choices(['rloo', 'grpo']).default(d.estimator),
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
        4,
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
      .addHelpText(
        'after',
        examples(
          [
            'assay train judge --base my/base --train train.jsonl --validation val.jsonl',
            'the schedule of the shipped one',
          ],
          [
            'assay train judge --base my/base --train train.jsonl --validation val.jsonl --no-thinking --out my/direct',
            'the same, without thinking',
          ],
        ),
      ),
  ).action((_, self: Command) => run(self.optsWithGlobals<JudgeOptions>()))
}

async function run(options: JudgeOptions): Promise<void> {
  const { out, base, threads, seed } = options
  const settings = Object.fromEntries(
    Object.keys(judgeDefaults).map((name) => [name, options[name as keyof JudgeSettings]]),
  ) as unknown as JudgeSettings
  const { tokenizer } = readCheckpoint(base)
  const [pairs, held] = (await readSamples(options)).map((samples) => {
    const all = judgePairs(samples, seed)
    return all.filter((pair) => shownLength(tokenizer, pair) + settings.maxTokens < judgeContext)
  })
  if (pairs.length === 0 || held.length === 0)
    throw new InputError('there is no problem with a right and a wrong solution', {
      where: pairs.length === 0 ? options.train : options.validation,
      fix: 'Sample several solutions of each problem, and label them with `assay label`.',
    })
  const left = await unsolved(pairs, options)
  const progress = new Progress('judge', { unit: 'steps', total: settings.steps })
  let counted = 0
  let probed = Number.NaN
  try {
    const result = await trainJudge({
      directory: out,
      base,
      settings,
      describes: {
        command: process.argv.slice(2),
        versions: versions(),
        base: await checkpointHash(base),
        pairs: pairs.length,
        dropSolved: options.dropSolved,
        left: left.length,
        probe: Math.min(options.probe, held.length),
      },
      pairs: left,
      probe: held.slice(0, options.probe),
      threads,
      signal: interruptSignal(),
      onStep({ step, accuracy, unparseable, tokens, kl, probe }) {
        probed = probe ?? probed
        const parts = [
          `right ${percent(accuracy)}`,
          `probe ${percent(probed)}`,
          `no verdict ${percent(unparseable)}`,
          `thinking ${tokens.toFixed(0)} tokens`,
          `KL ${kl.toFixed(4)}`,
        ]
        progress.add(step + 1 - counted, parts.join(', '))
        counted = step + 1
      },
    })
    progress.stop()
    printResult(result, options, describe)
  } finally {
    progress.stop()
  }
}

/** Those pairs that the base does not get right every time. */
async function unsolved(pairs: readonly JudgePair[], options: JudgeOptions): Promise<JudgePair[]> {
  const { base, out, dropSolved: tries, threads, temperature, thinking, maxTokens, seed } = options
  if (tries === 0) return [...pairs]
  const signal = interruptSignal()
  const judge = embeddedJudge(base, { threads, temperature, thinking: thinking ? maxTokens : 0 })
  const progress = new Progress('difficulty', { unit: 'pairs', total: pairs.length })
  try {
    await mkdir(out, { recursive: true })
    const file = join(out, 'difficulty.jsonl')
    const onPairs = (count: number) => progress.add(count)
    const left = await unsolvedPairs(judge, pairs, { tries, seed, file, onPairs, signal })
    if (left.length > 0) return left
    throw new InputError(`the base gets all ${pairs.length} pairs right at each of ${tries} tries`, {
      where: base,
      fix: 'Name what has not been trained to judge yet, or keep all pairs: --drop-solved 0.',
    })
  } finally {
    progress.stop()
    await judge.close()
  }
}

function describe({ rows, before, after, policy }: Awaited<ReturnType<typeof trainJudge>>): string {
  const every = Math.max(1, Math.ceil(rows.length / 10))
  const shown = rows.filter((_, i) => i % every === 0 || i === rows.length - 1)
  const levels = [...new Set(shown.flatMap((row) => Object.keys(row.tokens_by_level)))]
  return [
    table(shown, [
      { title: 'step', value: ({ step }: JudgeRow) => step },
      { title: 'right, %', align: 'right', value: ({ accuracy }) => percent(accuracy, 1) },
      { title: 'no verdict, %', align: 'right', value: ({ unparseable }) => percent(unparseable, 1) },
      { title: 'first, %', align: 'right', value: ({ first }) => percent(first, 1) },
      { title: 'tokens', align: 'right', value: ({ tokens }) => tokens.toFixed(0) },
      ...levels.map((level) => ({
        title: `level ${level}`,
        align: 'right' as const,
        value: ({ tokens_by_level }: JudgeRow) => tokens_by_level[Number(level)]?.toFixed(0) ?? '-',
      })),
      { title: 'KL', align: 'right', value: ({ kl }) => kl.toFixed(4) },
      { title: 'entropy', align: 'right', value: ({ entropy }) => entropy.toFixed(3) },
    ]),
    `Held-out pairs right: ${percent(before, 1)} before, ${percent(after, 1)} after.`,
    `Judge: ${policy}`,
  ].join('\n')
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
async function readSamples({ train, validation }: SampleFiles): Promise<LabelledSample[][]> {
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
