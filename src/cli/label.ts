import { type Command, Option } from 'commander'
import { readJsonLines } from '../data/jsonl.ts'
import { attemptRow, type SolutionRow } from '../data/rows.ts'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Verdict } from '../reasoning/types.ts'
import { labelByMonteCarlo } from '../search/monte-carlo.ts'
import { verifierFor } from '../tasks/index.ts'
import { generateDefaults } from '../transformer/generate.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { interruptSignal } from './interrupt.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer, number } from './options.ts'
import { errorNote, note, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { openRowOutput } from './row-output.ts'

interface Options {
  method: 'verifier' | 'monte-carlo'
  rollouts: number
  seed: number
  temperature: number
  maxTokens: number
  policy?: string
  threads: number
  out?: string
  keepGoing?: boolean
  json?: boolean
}

interface Summary {
  rows: number
  correct: number
  wrong: number
  /** Wrong ones whose first error rollouts could not tell. */
  unknown?: number
  bad: number
  resumed: number
}

interface Judged {
  solution: SolutionRow
  verdict: Verdict
}

/** Rollouts asked of a thread at a time. */
const share = 512

export default function define(command: Command): void {
  command
    .description(
      'Label solutions of the built-in tasks: each row gains "correct", "first_error" (0 is the first step, null is ' +
        'none) and "answer". Run again with the same options and --out to go on after an interruption.\n\n' +
        'Method "verifier" is exact. Method "monte-carlo" asks only whether answers are right, as one can of any task: ' +
        'it lets a policy finish every prefix --rollouts times, and the first error of a wrong solution is the first ' +
        'prefix it never finishes right. It adds "values", the share of right rollouts after each step. A right ' +
        'solution has no first error, whatever its values. Where a prefix is too long to go on from, or a ' +
        'solution without an answer has no failing one, the first error is unknown, and "first_error" is left out.',
    )
    .argument(
      '<file>',
      'solutions as JSON Lines, one {"id", "problem", "steps"} a line; - for standard input',
    )
    .addOption(
      new Option('-m, --method <name>', 'where labels come from')
        .choices(['verifier', 'monte-carlo'])
        .default('verifier'),
    )
    .option('-o, --out <file>', 'write the labelled rows here instead of to standard output')
    .option(
      '--keep-going',
      'leave bad rows out instead of stopping at the first; exit code 1 if there were any',
    )
    .option('--rollouts <count>', 'monte-carlo: rollouts of each prefix', integer({ min: 1 }), 8)
    .option('--seed <number>', 'monte-carlo: another seed gives other rollouts', integer(), 1)
    .option(
      '--temperature <number>',
      'monte-carlo: of the rollouts',
      number({ min: 0 }),
      generateDefaults.temperature,
    )
    .option(
      '--max-tokens <count>',
      'monte-carlo: longest rollout',
      integer({ min: 1 }),
      generateDefaults.maxTokens,
    )
    .option(
      '-p, --policy <dir>',
      'monte-carlo: language model checkpoint (default: the one that comes with assay)',
    )
    .addHelpText(
      'after',
      examples(
        ['assay label solutions.jsonl', 'labelled rows on standard output'],
        ['assay label solutions.jsonl.gz --out labelled.jsonl', 'into a file, with a summary'],
        ['assay sample --task arithmetic | assay label - --keep-going', 'from a pipe'],
        ['assay label s.jsonl --method monte-carlo --rollouts 16', 'by rollouts of the shipped policy'],
      ),
    )
    .action(label)
  withThreads(command)
}

async function label(file: string, options: Options): Promise<void> {
  const rowsOf = options.method === 'verifier' ? exactRows() : rolloutRows(options)
  const verifier = verifierFor()
  const signal = interruptSignal()
  const out = await openRowOutput(options.out, file, { command: 'label', ...(await rowsOf.settings()) })
  const summary: Summary = { rows: 0, correct: 0, wrong: 0, bad: 0, resumed: out.resumed }
  if (options.method === 'monte-carlo') summary.unknown = 0
  const progress = new Progress('labelling', { unit: 'solutions' })
  const onError = (error: InputError) => {
    if (!options.keepGoing) throw error
    summary.bad++
    progress.stop()
    errorNote(error)
  }
  async function* judged(): AsyncGenerator<Judged> {
    for await (const { where, row } of readJsonLines(file, attemptRow, { onError, signal })) {
      if (out.skip(row.id, labelledOf(row))) continue
      try {
        yield { solution: row, verdict: verifier.verify(row) }
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        onError(new InputError(error.message, { where }))
      }
    }
  }
  try {
    for await (const row of rowsOf.label(judged())) {
      await out.write(row, labelledOf(row))
      summary.rows++
      summary[row.correct ? 'correct' : 'wrong']++
      if (row.first_error === undefined) summary.unknown = (summary.unknown ?? 0) + 1
      progress.add()
    }
  } finally {
    progress.stop()
    await out.close()
    await rowsOf.close()
  }
  if (options.out) printResult(summary, options, describe)
  else note(describe(summary))
  if (summary.bad > 0) process.exitCode = 1
}

/** What labels depend on. */
const labelledOf = ({ problem, steps }: Pick<SolutionRow, 'problem' | 'steps'>) => [problem, steps]

interface RowsOf {
  /** What labels depend on beside that. */
  settings(): Promise<object>
  label(judged: AsyncIterable<Judged>): AsyncIterable<SolutionRow>
  close(): Promise<void>
}

function exactRows(): RowsOf {
  return {
    settings: async () => ({ method: 'verifier' }),
    async *label(judged) {
      for await (const { solution, verdict } of judged) {
        const { correct, firstError, answer } = verdict
        // where nothing was said, no step can be wrong
        const first_error = solution.steps.length > 0 ? firstError : undefined
        yield { ...solution, correct, first_error, answer: answer ?? undefined }
      }
    },
    close: async () => {},
  }
}

function rolloutRows({ policy, threads, rollouts, seed, temperature, maxTokens }: Options): RowsOf {
  const directory = modelDirectory('policy', policy)
  const generator = embeddedGenerator(directory, { threads, temperature, maxTokens })
  const verifier = verifierFor()
  const options = { rollouts, seed, chunk: threads * share, signal: interruptSignal() }
  return {
    settings: async () => ({
      ...{ method: 'monte-carlo', rollouts, seed, temperature, maxTokens },
      policy: await checkpointHash(directory),
    }),
    async *label(judged) {
      for await (const { solution, label } of labelByMonteCarlo(judged, { generator, verifier }, options)) {
        const { correct, firstError, answer, values } = label
        const first_error = firstError === 'unknown' ? undefined : firstError
        yield { ...solution, correct, first_error, answer: answer ?? undefined, values }
      }
    },
    close: () => generator.close(),
  }
}

function describe({ rows, correct, wrong, unknown, bad, resumed }: Summary): string {
  const more = [
    unknown && `${unknown} first errors unknown`,
    resumed && `${resumed} already there`,
    bad && `${bad} bad rows left out`,
  ].filter(Boolean)
  return [`${rows} labelled: ${correct} right, ${wrong} wrong`, ...more].join('; ')
}
