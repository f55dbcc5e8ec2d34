import type { Command } from 'commander'
import { judgeBenchmarks } from '../evaluate/judge/judge-benchmarks.ts'
import {
  type Benchmark,
  type BenchmarkRow,
  type Measured,
  type Metric,
  measure,
  type Prediction,
} from '../evaluate/step-benchmarks/benchmark.ts'
import { benchmarkRows, benchmarks } from '../evaluate/step-benchmarks/benchmarks.ts'
import { opinionsOfReward, predict } from '../evaluate/step-benchmarks/predict.ts'
import { versions } from '../evaluate/versions.ts'
import { InputError } from '../reasoning/errors.ts'
import { neutralise } from '../report/text.ts'
import { rounded } from '../reward/scores.ts'
import { defineJudgeBenchmark } from './evaluate-judge.ts'
import { interruptSignal } from './interrupt.ts'
import { withThreads } from './models.ts'
import { examples, integer, number, resamplesOption } from './options.ts'
import { errorNote, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { openReward, type RewardOptions, withReward } from './reward-options.ts'
import { openRowOutput, type RowOutput } from './row-output.ts'
import { table } from './table.ts'

interface Options extends RewardOptions {
  threshold?: number
  limit?: number
  predictions?: string
  resamples: number
  threads: number
  json?: boolean
}

interface Report {
  benchmark: string
  file: string
  reward: string
  /** null: the likeliest first error is predicted (single steps: 0.5). */
  threshold: number | null
  solutions: number
  steps: number
  with_error: number
  without_error: number
  right_with_error: number
  /** Solutions that the model cannot read, and why the first of them. */
  unreadable: number
  why_unreadable: string | null
  /** Malformed rows, left out of everything. */
  bad: number
  metrics: Metric[]
  made: { command: string[]; versions: Record<string, string>; reward: string }
}

const about: Record<string, string> = {
  processbench: 'first errors in mathematics: accuracy with and without an error, F1',
  'big-bench-mistake': 'first mistakes in BIG-Bench tasks, against constant guesses',
  'mr-ben': 'right and wrong solutions (MCC), first errors of the wrong ones',
  prmbench: 'single steps: F1 of good and of bad ones, PRMScore',
}

export default function define(command: Command): void {
  command.description(
    'Measure a reward model on solutions that others wrote and people labelled, or a judge on pairs of responses. Files are ' +
      'read as they are published, or as our rows (`assay data convert`).',
  )
  for (const benchmark of benchmarks)
    defineBenchmark(command.command(benchmark.format).summary(about[benchmark.format]), benchmark)
  for (const benchmark of judgeBenchmarks) defineJudgeBenchmark(command.command(benchmark.id), benchmark)
}

function defineBenchmark(command: Command, benchmark: Benchmark): void {
  const name = benchmark.format
  command
    .description(
      `${benchmark.name}, ${about[name]}. ` +
        (benchmark.judgesSteps
          ? 'Each step is judged by its own hazard (of a reward without hazards, by how likely it holds the step for bad). '
          : 'The predicted first error is the likeliest of all steps and of "none". ') +
        'Solutions that do not fit the model are never scored: metrics are given over those it can read, and over all, ' +
        'with the others counted as missed. Intervals are 95% bootstrap over problems. Bad rows are told and left out; ' +
        'exit code 1 if there were any.',
    )
    .argument(
      '<file>',
      `${benchmark.name} as JSON Lines or a JSON list, or either as .gz; - for standard input`,
    )
    .option(
      '--threshold <hazard>',
      benchmark.judgesSteps
        ? 'hazard from which a step is called bad (default: 0.5)'
        : 'predict the first step of a hazard above this instead',
      number({ min: 0, max: 1 }),
    )
    .option('--limit <count>', 'the first rows of the file only', integer({ min: 1 }))
    .option('--predictions <file>', 'write what is predicted for each row here, as JSON Lines')
    .addOption(resamplesOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples(
        [`assay evaluate ${name} ${name}.json`, 'the reward model that comes with assay'],
        [`assay evaluate ${name} ${name}.json --reward runs/a --predictions a.jsonl`, 'another one'],
        ...(benchmark.judgesSteps
          ? []
          : [
              [
                `assay evaluate ${name} ${name}.json --reward http://127.0.0.1:8000 --dialect qwen-math-prm`,
                'one on a server',
              ] as [string, string],
            ]),
      ),
    )
    .showHelpAfterError(`(assay evaluate ${name} --help shows its options and examples)`)
    .action((file: string, _, self: Command) => evaluate(benchmark, file, self.optsWithGlobals()))
  withThreads(withReward(command, { fallback: benchmark.reward }))
}

async function evaluate(benchmark: Benchmark, file: string, options: Options): Promise<void> {
  const { threshold, limit, resamples } = options
  if (options.reward === 'majority')
    throw new InputError(
      `${benchmark.name} asks where an error is, and a majority vote has no opinion on steps`,
      {
        where: '--reward majority',
        fix: 'Name a reward model.',
      },
    )
  const signal = interruptSignal()
  const reward = options.reward ?? benchmark.reward
  const opened = await openReward({ ...options, reward }, { threads: options.threads, signal })
  const { model, where, check } = opened
  const { kind } = model
  if (benchmark.judgesSteps && !kind.hazard && !kind.bad)
    throw new InputError(
      `${benchmark.name} asks of single steps, and an ${kind.name} has no opinion on them`,
      { where },
    )
  const opinions = opinionsOfReward(model, benchmark.judgesSteps ? undefined : threshold)
  const out = await newOutput(options.predictions, file)
  const progress = new Progress('scoring', { unit: 'solutions' })
  const predictions: Prediction[] = []
  const unreadable: InputError[] = []
  let bad = 0
  const onError = (error: InputError) => {
    bad++
    progress.stop()
    errorNote(error)
  }
  try {
    const predicted = predict(benchmarkRows(benchmark, file, { limit, onError, signal }), {
      opinions,
      check: (row) => check(row, row.id),
      onUnreadable: (error) => unreadable.push(error),
      signal,
    })
    for await (const prediction of predicted) {
      predictions.push(prediction)
      await out?.write(predictionRow(prediction))
      progress.add()
    }
  } finally {
    progress.stop()
    await out?.close()
    await model.close()
  }
  const rows = predictions.map(({ row }) => row)
  const report: Report = {
    benchmark: benchmark.name,
    file,
    reward: where,
    threshold: threshold ?? null,
    ...counted(rows),
    unreadable: unreadable.length,
    why_unreadable: unreadable[0]?.message.split('\n')[0] ?? null,
    bad,
    metrics: measure(predictions, benchmark.rules(rows, threshold ?? 0.5), {
      resamples,
      group: benchmark.group,
    }),
    made: { command: process.argv.slice(2), versions: versions(), reward: await opened.identity() },
  }
  printResult(report, options, describe)
  if (bad > 0) process.exitCode = 1
}

async function newOutput(path: string | undefined, file: string): Promise<RowOutput | undefined> {
  if (path === undefined) return undefined
  const fix = 'Name another file with --predictions.'
  if (path === '-')
    throw new InputError('predictions go to a file, the result to standard output', {
      where: '--predictions -',
      fix,
    })
  const out = await openRowOutput(path, file, undefined, '--predictions')
  if (out.resumed === 0) return out
  await out.close()
  throw new InputError('holds rows already', { where: path, fix })
}

/** `expected` is the benchmark's first error. */
function predictionRow({ row: { id, first_error: expected }, opinion }: Prediction): object {
  return opinion === null ? { id, expected, unreadable: true } : { id, expected, ...rounded({ ...opinion }) }
}

function counted(rows: readonly BenchmarkRow[]) {
  const withError = rows.filter(({ first_error }) => first_error !== null)
  return {
    solutions: rows.length,
    steps: rows.reduce((sum, { steps }) => sum + steps.length, 0),
    with_error: withError.length,
    without_error: rows.length - withError.length,
    right_with_error: withError.filter(({ correct }) => correct === true).length,
  }
}

function describe(report: Report): string {
  const { benchmark, file, solutions, steps, with_error, without_error, right_with_error } = report
  const { unreadable, why_unreadable, bad, threshold, metrics } = report
  const both = unreadable > 0
  return [
    `${benchmark}, ${file}: ${solutions} solutions, ${steps} steps; ${with_error} with an error ` +
      `(${right_with_error} of them with a right answer), ${without_error} without`,
    ...(bad > 0 ? [`${bad} bad rows left out`] : []),
    ...(both
      ? [`${unreadable} solutions do not fit the model: ${neutralise(why_unreadable ?? '')}, ...`]
      : []),
    ...(threshold === null ? [] : [`threshold on the hazard: ${threshold}`]),
    '',
    table(metrics, [
      { title: 'x 100', value: ({ name }) => neutralise(name) },
      { title: both ? 'readable' : 'solutions', value: ({ readable }) => readable.solutions },
      { title: both ? 'over readable' : 'value', value: ({ readable }) => shown(readable), align: 'right' },
      ...(both
        ? [
            { title: 'all', value: ({ all }: Metric) => all.solutions },
            {
              title: 'over all, unreadable missed',
              value: ({ all }: Metric) => shown(all),
              align: 'right' as const,
            },
          ]
        : []),
    ]),
  ].join('\n')
}

function shown({ value }: Measured): string {
  if (value === null) return '-'
  const points = (share: number) => (100 * share).toFixed(1)
  return `${points(value.mean)} [${points(value.low)}, ${points(value.high)}]`
}
