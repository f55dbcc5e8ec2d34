import type { Command } from 'commander'
import { nameOf } from '../data/jsonl.ts'
import type { Pair } from '../data/pairs/pair.ts'
import type { JudgeBenchmark } from '../evaluate/judge/judge-benchmark.ts'
import { type JudgeResult, judgeResult } from '../evaluate/judge/judge-benchmarks.ts'
import type { JudgeMetric } from '../evaluate/judge/judge-metrics.ts'
import {
  isRecorded,
  judgeInBothOrders,
  type PairVerdicts,
  recordedJudgment,
} from '../evaluate/judge/judge-run.ts'
import { isCount } from '../evaluate/judge/pair-rules.ts'
import type { MeasuredRule } from '../evaluate/rules.ts'
import { versions } from '../evaluate/versions.ts'
import { InputError } from '../reasoning/errors.ts'
import { verdictText } from '../report/page/evaluate-judge.ts'
import { neutralise } from '../report/text.ts'
import { interruptSignal } from './interrupt.ts'
import { checkJudge, type JudgeOptions, judgeFolder, withJudgeOptions } from './judge-options.ts'
import { withThreads } from './models.ts'
import { openJudge } from './open-judge.ts'
import { examples, integer, resamplesOption } from './options.ts'
import { errorNote, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { table } from './table.ts'

interface Options extends JudgeOptions {
  verdicts?: string
  limit?: number
  resamples: number
  json?: boolean
}

interface Report extends JudgeResult {
  file: string
  /** Who judged: a model, or null where the judgments are those published with the pairs. */
  model: string | null
  /** Malformed rows, left out of everything. */
  bad: number
  made: { command: string[]; versions: Record<string, string> }
}

const about: Record<string, string> = {
  judgebench: 'hard pairs with objective labels, both orders',
  llmbar: 'does a judge see who followed the instruction?',
  pandalm: 'agreement with three annotators, ties among them',
  rewardbench: 'chat, hard chat, safety, reasoning; version 2: best of four',
  'rm-bench': 'is a judge swayed by style? a matrix of three styles against three',
  pairs: 'pairs of your own, of Skywork or HH',
}

/** `assay evaluate judgebench …`: benchmarks of judges. */
export function defineJudgeBenchmark(command: Command, benchmark: JudgeBenchmark): void {
  const { id, name } = benchmark
  command
    .summary(about[id])
    .description(
      `${name}: ${about[id]}. Without --judge the judgments that were published with the pairs are read again, from their ` +
        'texts. A metric is given over the pairs with a verdict wherever the judge was asked, and over all, where a ' +
        'missing verdict is a miss. Intervals are 95% bootstrap over prompts. Bad rows are told and left out; exit code 1 ' +
        'if there were any.',
    )
    .argument('<file>', `${name} as it is published, or pairs as our rows`)
    .option('--verdicts <file>', 'judgments published in a file of their own (PandaLM)')
    .option('--limit <count>', 'the first rows of the file only', integer({ min: 1 }))
    .addOption(resamplesOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples(
        [`assay evaluate ${id} ${id}.json`, 'the judgments that were published with it'],
        [
          `assay evaluate ${id} ${id}.json --judge http://127.0.0.1:8000 --model RRM-7B --cache replies`,
          'a judge of yours, in both orders; run again to go on',
        ],
      ),
    )
    .showHelpAfterError(`(assay evaluate ${id} --help shows its options and examples)`)
    .action((file: string, _, self: Command) => evaluate(benchmark, file, self))
  withThreads(withJudgeOptions(command, 'none: the judgments that were published with the pairs are read'))
}

/** Options that mean something where nobody is asked. */
const ofNoJudge = ['verdicts', 'limit', 'resamples', 'threads', 'json']

/** @throws InputError on an option of a judge that is not there */
function checkNoJudge(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName()
    if (ofNoJudge.includes(name) || command.getOptionValueSource(name) !== 'cli') continue
    throw new InputError(`${option.long} is for a judge, and none is named`, {
      fix: `${namedJudge} Without one the judgments that were published with the pairs are read.`,
    })
  }
}

const namedJudge =
  'Name one: --judge judge, which comes with assay and knows the built-in tasks alone, or --judge URL --model NAME.'

async function evaluate(benchmark: JudgeBenchmark, file: string, command: Command): Promise<void> {
  const options: Options = command.optsWithGlobals()
  const { verdicts, limit, resamples, seed } = options
  const live = options.judge !== undefined || options.replay !== undefined
  if (live) checkJudge(options)
  if (options.bothOrders)
    throw new InputError('every pair is judged in both orders already', { fix: 'Leave out --both-orders.' })
  if (!live) checkNoJudge(command)
  const progress = new Progress('judging', { unit: 'pairs' })
  let bad = 0
  const onError = (error: InputError) => {
    bad++
    progress.stop()
    errorNote(error)
  }
  const rows: PairVerdicts[] = []
  let model: string | null = null
  let close = async () => {}
  try {
    const judging = live ? await openJudge(options) : null
    if (judging) {
      close = judging.close
      model = judging.name
    }
    const signal = judging?.signal ?? interruptSignal()
    const pairs = benchmark.read(file, { limit, verdicts, onError, signal })
    const judged = judging ? judgeInBothOrders(pairs, judging.judge, { seed, signal }) : recorded(pairs, file)
    for await (const row of judged) {
      rows.push(row)
      progress.add()
    }
  } finally {
    progress.stop()
    await close()
  }
  const failed = rows.flatMap(({ orders }) =>
    orders.filter((order) => order?.judgment.nonVerdict === 'failed'),
  )
  if (failed.length > 0)
    throw new Error(
      `${failed.length} judgments failed, the first: ${failed[0]?.judgment.error}.${judgeFolder(options) === null ? ' Run again with --cache to go on from those that are there.' : ''}`,
    )
  const measured = judgeResult(benchmark, rows, { resamples })
  const made = { command: process.argv.slice(2), versions: versions() }
  const report: Report = { ...measured, file, model, bad, made }
  printResult(report, options, describe)
  if (bad > 0) process.exitCode = 1
}

/** @throws InputError at the first pair that came without a judgment */
async function* recorded(pairs: AsyncIterable<Pair>, file: string): AsyncGenerator<PairVerdicts> {
  for await (const pair of pairs) {
    if (!isRecorded(pair))
      throw new InputError(`holds no judgment of ${neutralise(pair.id)}, and no judge is named`, {
        where: nameOf(file),
        fix: namedJudge,
      })
    yield recordedJudgment(pair)
  }
}

function describe(report: Report): string {
  const { benchmark, file, model, pairs, judgments, verdicts, tokens, differences, bad, metrics } = report
  const missing = judgments - verdicts
  return [
    `${benchmark}, ${file}: ${pairs} pairs, ${judgments} judgments ${model === null ? 'as published' : `by ${neutralise(model)}`}, ` +
      `${missing} without a verdict; ${tokens} tokens${model === null ? ' (guessed from the texts)' : ''}`,
    ...(bad > 0 ? [`${bad} bad rows left out`] : []),
    ...(differences.length > 0
      ? [`${differences.length} published verdicts are not what their texts say; the texts count:`]
      : []),
    ...differences
      .slice(0, 10)
      .map(
        ({ id, order, published, read }) =>
          `  ${neutralise(id)}, ${order}: published ${verdictText(published)}, text ${verdictText(read)}`,
      ),
    '',
    table(metrics, [
      { title: 'x 100', value: ({ name }) => name },
      { title: missing > 0 ? 'with verdicts' : 'pairs', value: ({ decided }) => decided.rows },
      { title: 'value', value: (metric) => shown(metric, metric.decided), align: 'right' },
      ...(missing > 0
        ? [
            { title: 'all', value: ({ all }: JudgeMetric) => all.rows },
            {
              title: 'missing a miss',
              value: (metric: JudgeMetric) => shown(metric, metric.all),
              align: 'right' as const,
            },
          ]
        : []),
    ]),
  ].join('\n')
}

/** Shares in points; tokens as they are. */
function shown({ name }: JudgeMetric, { value }: MeasuredRule): string {
  if (value === null) return '-'
  const text = (amount: number) => (isCount(name) ? amount.toFixed(0) : (100 * amount).toFixed(1))
  return `${text(value.mean)} [${text(value.low)}, ${text(value.high)}]`
}
