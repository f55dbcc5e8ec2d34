import type { Command } from 'commander'
import { readJsonLines } from '../data/jsonl.ts'
import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { scoresBy } from '../reward/score.ts'
import { type RowToScore, rowToScore, type ScoredRow, scoreRows } from '../reward/score-rows.ts'
import { rounded } from '../reward/scores.ts'
import { majorityVote } from '../search/majority-vote.ts'
import { interruptSignal } from './interrupt.ts'
import { withThreads } from './models.ts'
import { examples } from './options.ts'
import { errorNote, note, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { type OpenReward, openReward, type RewardOptions, withReward } from './reward-options.ts'
import { openRowOutput } from './row-output.ts'

interface Options extends RewardOptions {
  out?: string
  keepGoing?: boolean
  threads: number
  json?: boolean
}

export default function define(command: Command): void {
  withReward(
    command
      .description(
        'Score solutions step by step. Each row in gives one row out, in the same order: "id", "score" (what solutions ' +
          'are ranked by), "p_correct" (chance that the answer is right), "first_error" (the likeliest first wrong step, ' +
          '0 is the first, null is none), "hazards" (chance that this step is the first wrong one), "survival" (chance ' +
          'of no error so far) and "rewards" (log of 1 - hazard). Rewards without hazards (prm, pqm, orm, iprm) give ' +
          '"read_outs" in place of the last three. Other fields of the input are left behind. With --reward majority a ' +
          'solution is worth the share of the solutions of its problem, in all of the file, that have its answer. Run again ' +
          'with the same options to go on after an interruption: rows of a file carry "made", by which a run knows what it has made.',
      )
      .argument(
        '<file>',
        'solutions as JSON Lines, one {"id", "problem", "steps"} a line; - for standard input',
      ),
    { takesVote: true },
  )
    .option('-o, --out <file>', 'write the scores here instead of to standard output')
    .option(
      '--keep-going',
      'leave bad rows out instead of stopping at the first; exit code 1 if there were any',
    )
    .addHelpText(
      'after',
      examples(
        ['assay score solutions.jsonl', 'scores on standard output'],
        ['assay score solutions.jsonl.gz --out scores.jsonl', 'into a file, with a summary'],
        ['generate | assay score - --keep-going', 'from a pipe'],
        ['assay score solutions.jsonl --reward majority', 'by vote, to compare with'],
        [
          'assay score s.jsonl --reward http://127.0.0.1:8000 --dialect qwen-math-prm',
          'by a model on a server',
        ],
      ),
    )
    .action(score)
  withThreads(command)
}

async function score(file: string, options: Options): Promise<void> {
  const { threads } = options
  const reward =
    options.reward === 'majority'
      ? undefined
      : await openReward(options, { threads, signal: interruptSignal() })
  const out = await openRowOutput(options.out, file, {
    command: 'score',
    reward: reward ? await reward.identity() : 'majority',
  })
  const summary = { rows: 0, no_error: 0, with_error: 0, bad: 0, resumed: out.resumed }
  const progress = new Progress('scoring', { unit: 'solutions' })
  const onError = (error: unknown) => {
    if (!options.keepGoing || !(error instanceof InputError)) throw error
    summary.bad++
    progress.stop()
    errorNote(error)
  }
  const skip = (row: RowToScore) => out.skip(row.id, readOf(row))
  const read = readJsonLines(file, rowToScore, { onError, signal: interruptSignal() })
  const scored = reward
    ? scoredBy(reward, checkedRows(read, reward, { skip, onError }))
    : voted(read, { skip, onError })
  try {
    for await (const { row, from } of scored) {
      await out.write(row, from)
      summary.rows++
      if (row.first_error !== undefined) summary[row.first_error === null ? 'no_error' : 'with_error']++
      progress.add()
    }
  } finally {
    progress.stop()
    await out.close()
    await reward?.model.close()
  }
  if (options.out) printResult(summary, options, describe)
  else note(describe(summary))
  if (summary.bad > 0) process.exitCode = 1
}

/** A row of scores, and what it was made from. */
interface Made {
  row: ScoredRow
  from: unknown
}

/** What scores depend on. */
const readOf = ({ problem, steps }: RowToScore) => [problem, steps]

async function* scoredBy(
  { model, together }: OpenReward,
  rows: AsyncIterable<RowToScore>,
): AsyncGenerator<Made> {
  const pending: unknown[] = []
  async function* noted() {
    for await (const row of rows) {
      pending.push(readOf(row))
      yield row
    }
  }
  for await (const row of scoreRows(noted(), model.kind, model.logits, together))
    yield { row, from: pending.shift() }
}

interface Rows {
  skip: (row: RowToScore) => boolean
  onError: (error: unknown) => void
}

/** Scores by vote. A problem's solutions may stand anywhere, so all rows are read before the first is given. */
async function* voted(
  read: AsyncIterable<{ row: RowToScore; where: string }>,
  { skip, onError }: Rows,
): AsyncGenerator<Made> {
  const rows: RowToScore[] = []
  for await (const { row, where } of read)
    if (answerOf(row.steps) !== null) rows.push(row)
    else onError(new InputError('has no answer, and a majority vote is on answers', { where }))
  const scores = await scoresBy(majorityVote, rows, interruptSignal())
  for (const [i, row] of rows.entries())
    if (!skip(row)) yield { row: { id: row.id, ...rounded(scores[i]) }, from: readOf(row) }
}

/**
 * The rows that the model reads, in order. Checks of many rows run ahead, as a server answers them together. When reading fails or
 * is interrupted, what was read before is given first.
 */
async function* checkedRows(
  read: AsyncIterable<{ row: RowToScore; where: string }>,
  { check, together }: OpenReward,
  { skip, onError }: Rows,
): AsyncGenerator<RowToScore> {
  const ahead: { row: RowToScore; fault: Promise<unknown> }[] = []
  async function* next(count: number) {
    for (const { row, fault } of ahead.splice(0, count)) {
      const error = await fault
      if (error === null) yield row
      else onError(error)
    }
  }
  try {
    for await (const { row, where } of read) {
      if (skip(row)) continue
      const fault = (async () => check(row, where))().then(
        () => null,
        (error: unknown) => error,
      )
      if (ahead.push({ row, fault }) === together) yield* next(1)
    }
  } catch (error) {
    yield* next(ahead.length)
    throw error
  }
  yield* next(ahead.length)
}

function describe({ rows, no_error, with_error, bad, resumed }: Record<string, number>): string {
  const more = [resumed && `${resumed} already there`, bad && `${bad} bad rows left out`].filter(Boolean)
  // a reward may have no opinion on single steps
  const errors =
    no_error + with_error > 0 ? `: ${no_error} without a likely error, ${with_error} with one` : ''
  return [`${rows} scored${errors}`, ...more].join('; ')
}
