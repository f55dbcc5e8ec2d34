import { lstatSync, rmSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { type Description, description } from '../data/description.ts'
import type { Format, FormatOptions } from '../data/format.ts'
import { formatNamed, formats } from '../data/formats.ts'
import { readJsonLines } from '../data/jsonl.ts'
import { type ReadSolution, readSolutions, writtenAs } from '../data/solutions.ts'
import { InputError } from '../reasoning/errors.ts'
import { interruptSignal } from './interrupt.ts'
import { examples } from './options.ts'
import { errorNote, note, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { openRowOutput } from './row-output.ts'
import { table } from './table.ts'

interface Options extends FormatOptions {
  from: string
  to: string
  out?: string
  keepGoing?: boolean
  json?: boolean
}

interface Summary {
  from: string | null
  to: string
  /** Rows written by this run. */
  rows: number
  bad: number
  resumed: number
}

export default function define(command: Command): void {
  command.description('Convert solutions between the formats of others and ours, and say what a file holds.')
  convertCommand(command.command('convert').summary('from one format to another'))
  describeCommand(
    command.command('describe').summary('count solutions, steps, right answers and first errors'),
  )
  command.addHelpText(
    'after',
    examples(
      ['assay data describe solutions.jsonl', 'what is in it, of any format'],
      ['assay data convert shepherd.jsonl --to trl --out trl.jsonl', 'from one format to another'],
    ),
  )
}

function convertCommand(command: Command): void {
  withReading(command)
    .description(
      'Convert a file of solutions from one format to another. In our rows a right answer with a bad step keeps both ' +
        '"correct" and "first_error"; training goes by the answer and ignores the step. Rows without an id of their own are ' +
        'named by the file and their place.\n\n' +
        'What a format has no field for is left out: whether the answer is right (trl), which step is wrong (best-of-n), labels ' +
        'after the first error (processbench). Where a format wants a label for each step and the row gives only the first ' +
        'error, steps are good before it and bad from there on, and all are good where the answer is right and no step is called ' +
        'bad. A row that would lose or forge steps or labels in any other way is bad: for trl and math-shepherd, say, a ' +
        'right answer with a bad step where nothing tells which steps after it are good.\n\n' +
        'Parquet files and the Hugging Face viewer are not read. Run again with the same options and --out to go on after an ' +
        'interruption.\n\n' +
        `Formats:\n${formats.map(formatLine).join('\n')}`,
    )
    .addOption(new Option('--to <format>', 'the format to write').choices(writable()).default('assay'))
    .option('-o, --out <file>', 'write here instead of to standard output')
    .option(
      '--keep-going',
      'tell bad rows and leave them out instead of stopping at the first; exit code 1 if there were any',
    )
    .addHelpText(
      'after',
      examples(
        ['assay data convert processbench/gsm8k.json --out gsm8k.jsonl', 'rows for `assay score`'],
        ['assay data convert math-shepherd.jsonl.gz --to trl', 'on standard output'],
        ['assay data convert prm800k.jsonl --neutral good --keep-going', 'neutral steps are no errors'],
      ),
    )
    .showHelpAfterError('(assay data convert --help shows its options and examples)')
    .action((file: string, _, self: Command) => convert(file, self.optsWithGlobals()))
}

function describeCommand(command: Command): void {
  withReading(command)
    .description(
      'Say what a file of solutions holds. Bad rows are told and left out; exit code 1 if there were any.',
    )
    .addHelpText('after', examples(['assay data describe solutions.jsonl', 'a file of any format']))
    .showHelpAfterError('(assay data describe --help shows its options and examples)')
    .action((file: string, _, self: Command) => describe(file, self.optsWithGlobals()))
}

function withReading(command: Command): Command {
  return command
    .argument('<file>', 'JSON Lines, a JSON list, or either as .gz; - for standard input')
    .addOption(
      new Option('--from <format>', 'the format of the file; auto: told by its first row')
        .choices(['auto', ...formats.map(({ name }) => name)])
        .default('auto'),
    )
    .addOption(
      new Option('--neutral <label>', 'prm800k: what a step rated 0 counts as').choices(['good', 'bad']),
    )
    .addOption(
      new Option(
        '--outcome <rule>',
        "trl: take the last step's label for whether the answer is right; else that stays unknown",
      ).choices(['last-step']),
    )
    .option('--json', 'print the result as JSON')
}

function writable(): string[] {
  return formats.filter(({ write, writeProblem }) => write || writeProblem).map(({ name }) => name)
}

function formatLine({ name, summary, write, writeProblem }: (typeof formats)[number]): string {
  return `  ${name}: ${summary}${write || writeProblem ? '' : ' (read only)'}`
}

async function convert(file: string, options: Options): Promise<void> {
  const to = formatNamed(options.to)
  const isNew = options.out !== undefined && !lstatSync(options.out, { throwIfNoEntry: false })
  const out = await openRowOutput(options.out, file)
  const summary: Summary = { from: null, to: to.name, rows: 0, bad: 0, resumed: out.resumed }
  const progress = new Progress('converting', { unit: 'rows' })
  const onError = (error: InputError) => {
    if (!options.keepGoing)
      throw new InputError(error.message, { fix: '--keep-going leaves bad rows out.', cause: error })
    summary.bad++
    progress.stop()
    errorNote(error)
  }
  async function* solutions() {
    for await (const solution of solutionsOf(file, options, onError)) {
      summary.from = solution.format
      yield solution
    }
  }
  const earlier = earlierRows(options.out, out.resumed)
  try {
    for await (const row of writtenAs(to, solutions(), { onError })) {
      if (await earlier.has(row)) continue
      await out.write(row)
      summary.rows++
      progress.add()
    }
    if (summary.from === null && summary.bad === 0) throw new InputError('has no rows', { where: file })
    await earlier.end()
  } finally {
    progress.stop()
    await out.close()
    if (isNew && options.out && summary.rows === 0) rmSync(options.out, { force: true })
  }
  if (options.out) printResult(summary, options, summaryText)
  else note(summaryText(summary))
  if (summary.bad > 0) process.exitCode = 1
}

/** The solutions of a file. @throws InputError on an option that does nothing for their format */
async function* solutionsOf(
  file: string,
  options: Options,
  onError: (error: InputError) => void,
): AsyncGenerator<ReadSolution> {
  for await (const solution of readSolutions(file, { ...options, onError, signal: interruptSignal() })) {
    checkChoices(formatNamed(solution.format), options)
    yield solution
  }
}

function checkChoices(format: Format, options: FormatOptions): void {
  for (const name of ['neutral', 'outcome'] as const) {
    if (options[name] === undefined || format.options?.includes(name)) continue
    const takers = formats.filter((one) => one.options?.includes(name)).map((one) => one.name)
    throw new InputError(`does nothing for rows of ${format.name}`, {
      where: `--${name}`,
      fix: `Leave it out: it is for ${takers.join(', ')}.`,
    })
  }
}

/**
 * Rows that an earlier run left. Most formats have no ids to know rows by, but the same file gives the same rows in the same
 * order; other rows are not added to.
 */
function earlierRows(out: string | undefined, count: number) {
  const rows = out === undefined || count === 0 ? undefined : readJsonLines(out, z.unknown())
  let left = count
  const next = async () => (left-- > 0 ? (await rows?.next())?.value : undefined)
  const differ = (where: string | undefined) =>
    new InputError('is not what this conversion writes', { where, fix: 'Name another file with --out.' })
  return {
    /** Is this the next of them? */
    async has(row: object): Promise<boolean> {
      const found = await next()
      // as they are written: -0 is 0
      if (found && JSON.stringify(found.row) !== JSON.stringify(row)) throw differ(found.where)
      return found !== undefined
    },
    /** No more rows will come. */
    async end(): Promise<void> {
      const found = await next()
      if (found) throw differ(found.where)
    },
  }
}

function summaryText({ from, to, rows, bad, resumed }: Summary): string {
  const more = [resumed && `${resumed} already there`, bad && `${bad} bad rows left out`].filter(Boolean)
  return [`${rows} rows${from === null ? '' : ` of ${from}`} as ${to}`, ...more].join('; ')
}

async function describe(file: string, options: Options): Promise<void> {
  let bad = 0
  const onError = (error: InputError) => {
    bad++
    errorNote(error)
  }
  const found = await description(solutionsOf(file, options, onError))
  if (found.format === null && bad === 0) throw new InputError('has no rows', { where: file })
  printResult({ ...found, bad }, options, descriptionText)
  if (bad > 0) process.exitCode = 1
}

function descriptionText(found: Description & { bad: number }): string {
  const { first_error: errors, solutions, problems, steps, right, wrong, unknown } = found
  const rows = [
    ...errors.at.map((count, step) => ({ first: `step ${step}`, count })),
    { first: 'none', count: errors.none },
    { first: 'unknown', count: errors.unknown },
  ].filter(({ first, count }) => count > 0 || first.startsWith('step'))
  const firstErrors = table(rows, [
    { title: 'first error (from 0)', value: ({ first }) => first },
    { title: 'solutions', value: ({ count }) => count },
    { title: 'share, %', value: ({ count }) => ((100 * count) / solutions).toFixed(1), align: 'right' },
  ])
  return [
    `${found.format ?? 'no format'}: ${solutions} solutions of ${problems} problems, ${steps} steps`,
    `answers: ${right} right, ${wrong} wrong, ${unknown} unknown`,
    ...(found.right_with_error > 0 ? [`${found.right_with_error} right answers with a bad step`] : []),
    ...(found.wrong_without_error > 0
      ? [`${found.wrong_without_error} wrong answers without a bad step`]
      : []),
    ...(found.bad > 0 ? [`${found.bad} bad rows left out`] : []),
    ...(solutions > 0 ? ['', firstErrors] : []),
  ].join('\n')
}
