import { type Command, Option } from 'commander'
import { readJsonLines } from '../data/jsonl.ts'
import { problemRow } from '../data/rows.ts'
import { sampleSolutions } from '../data/samples.ts'
import { problemsOf } from '../evaluate/problems.ts'
import { InputError } from '../reasoning/errors.ts'
import { type Split, splits } from '../tasks/index.ts'
import { interruptSignal } from './interrupt.ts'
import { examples, integer, list, refuseIdle } from './options.ts'
import { note, printResult } from './output.ts'
import { openPolicy, type PolicyOptions, withPolicy } from './policy-options.ts'
import { Progress } from './progress.ts'
import { openRowOutput } from './row-output.ts'

interface Options extends PolicyOptions {
  task?: string[]
  split: Split
  count: number
  levels?: number[]
  n: number
  seed: number
  out?: string
  json?: boolean
}

/** Samples asked of a thread, or of a server, at a time. */
const share = 256

export default function define(command: Command): void {
  command
    .description(
      'Sample solutions from a policy: n rows a problem, {"id", "problem", "steps", "answer", "seed", "finish", ' +
        '"tokens"}, with ids "<problem>#<0..n-1>". A sample depends on the policy, its problem, --seed and its own ' +
        'number alone. "finish" is "end", or "length" when the tokens ran out; then there is no "answer". Run again ' +
        'with the same options and --out to go on after an interruption.',
    )
    .argument('[file]', 'problems as JSON Lines, one {"id", "problem"} a line; - for standard input')
    .option('-t, --task <names>', 'instead of a file: problems of these built-in tasks', list())
    .addOption(new Option('--split <name>', 'split of the tasks').choices(splits).default('test'))
    .option('--count <problems>', 'problems of each task', integer({ min: 1, max: 100_000 }), 100)
    .option(
      '--levels <numbers>',
      "levels of the tasks, in turn (default: the split's own mix)",
      list(integer({ min: 1 })),
    )
    .option('-n, --n <samples>', 'samples of each problem', integer({ min: 1, max: 100_000 }), 16)
    .option('--seed <number>', 'another seed gives other samples', integer(), 1)
    .option('-o, --out <file>', 'write the samples here instead of to standard output')
    .addHelpText(
      'after',
      examples(
        ['assay sample --task arithmetic --count 3 --n 4', 'twelve solutions on standard output'],
        [
          'assay sample --task arithmetic,word-problem --split harder --out s.jsonl',
          'into a file, with a summary',
        ],
        ['assay sample problems.jsonl --n 64 --temperature 1', 'of your own problems'],
        ['assay sample --task arithmetic --levels 4,5 | assay label -', 'labelled by the exact verifier'],
        ['assay sample problems.jsonl --generator http://127.0.0.1:8000', 'by a model that a server runs'],
      ),
    )
    .action(sample)
  withPolicy(command)
}

async function sample(file: string | undefined, options: Options, command: Command): Promise<void> {
  const { task, split, n, seed, out: path } = options
  if ((file === undefined) === (task === undefined))
    throw new InputError('name either a file of problems or a --task', {
      fix: 'assay sample --task arithmetic',
    })
  if (task === undefined) checkNoTask(command)
  const signal = interruptSignal()
  const source = task ? problemsOf([...new Set(task)], split, options) : problemsIn(file!, signal)
  const { generator, lanes, close, settings, identity } = await openPolicy(options)
  const made = { command: 'sample', seed, ...settings, policy: await identity() }
  const out = await openRowOutput(path, file ?? '', made)
  const summary = { rows: 0, unfinished: 0, tokens: 0, resumed: out.resumed }
  const total = Array.isArray(source) ? source.length * n : undefined
  const progress = new Progress('sampling', { unit: 'solutions', total, done: out.resumed })
  try {
    const sampling = { n, seed, chunk: lanes * share, skip: out.skip, signal }
    for await (const rows of sampleSolutions(generator, source, sampling)) {
      for (const row of rows) {
        await out.write(row, row.problem)
        summary.rows++
        summary.tokens += row.tokens
        if (row.finish === 'length') summary.unfinished++
      }
      progress.add(rows.length)
    }
  } finally {
    progress.stop()
    await out.close()
    await close()
  }
  if (path !== undefined) printResult(summary, options, describe)
  else note(describe(summary))
}

/** A file's problems are taken as they are. */
function checkNoTask(command: Command): void {
  const idle = ['split', 'count', 'levels'].filter((name) => command.getOptionValueSource(name) === 'cli')
  refuseIdle(idle, 'the problems are of a file', 'Leave it out, or name a --task instead of the file.')
}

async function* problemsIn(file: string, signal: AbortSignal) {
  for await (const { row } of readJsonLines(file, problemRow, { signal })) yield row
}

function describe({ rows, unfinished, tokens, resumed }: Record<string, number>): string {
  const more = [unfinished && `${unfinished} unfinished`, resumed && `${resumed} already there`].filter(
    Boolean,
  )
  return [`${rows} sampled: ${tokens} tokens`, ...more].join('; ')
}
