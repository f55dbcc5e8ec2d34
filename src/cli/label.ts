import type { Command } from 'commander'
import { readJsonLines } from '../data/jsonl.ts'
import { solutionRow } from '../data/rows.ts'
import { InputError } from '../reasoning/errors.ts'
import { verifierFor } from '../tasks/index.ts'
import { interruptSignal } from './interrupt.ts'
import { examples } from './options.ts'
import { errorNote, note, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { openRowOutput } from './row-output.ts'

interface Options {
  out?: string
  keepGoing?: boolean
  json?: boolean
}

export default function define(command: Command): void {
  command
    .description(
      'Label solutions of the built-in tasks by their exact verifier: each row gains "correct", "first_error" ' +
        '(0 is the first step, null is none) and "answer". Run again with the same --out to go on after an ' +
        'interruption.',
    )
    .argument(
      '<file>',
      'solutions as JSON Lines, one {"id", "problem", "steps"} a line; - for standard input',
    )
    .option('-o, --out <file>', 'write the labelled rows here instead of to standard output')
    .option(
      '--keep-going',
      'leave bad rows out instead of stopping at the first; exit code 1 if there were any',
    )
    .addHelpText(
      'after',
      examples(
        ['assay label solutions.jsonl', 'labelled rows on standard output'],
        ['assay label solutions.jsonl.gz --out labelled.jsonl', 'into a file, with a summary'],
        ['generate | assay label - --keep-going', 'from a pipe'],
      ),
    )
    .action(label)
}

async function label(file: string, options: Options): Promise<void> {
  const verifier = verifierFor()
  const out = await openRowOutput(options.out, file)
  const summary = { rows: 0, correct: 0, wrong: 0, bad: 0, resumed: out.resumed }
  const progress = new Progress('labelling', { unit: 'solutions' })
  const onError = (error: InputError) => {
    if (!options.keepGoing) throw error
    summary.bad++
    progress.stop()
    errorNote(error)
  }
  try {
    for await (const { where, row } of readJsonLines(file, solutionRow, {
      onError,
      signal: interruptSignal(),
    })) {
      if (out.skip(row.id)) continue
      try {
        const { correct, firstError, answer } = verifier.verify(row)
        await out.write({ ...row, correct, first_error: firstError, answer: answer ?? undefined })
        summary.rows++
        summary[correct ? 'correct' : 'wrong']++
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        onError(new InputError(error.message, { where }))
      }
      progress.add()
    }
  } finally {
    progress.stop()
    await out.close()
  }
  if (options.out) printResult(summary, options, describe)
  else note(describe(summary))
  if (summary.bad > 0) process.exitCode = 1
}

function describe({ rows, correct, wrong, bad, resumed }: Record<string, number>): string {
  const more = [resumed && `${resumed} already there`, bad && `${bad} bad rows left out`].filter(Boolean)
  return [`${rows} labelled: ${correct} right, ${wrong} wrong`, ...more].join('; ')
}
