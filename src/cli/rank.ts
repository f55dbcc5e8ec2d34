import { statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { Line } from '../data/jsonl.ts'
import { type CandidateRow, candidateRow } from '../data/pair-rows.ts'
import { writeFiles } from '../data/write-files.ts'
import { contestTally, countedContest, type RankSummary } from '../judge/contest-tally.ts'
import { earlierRows, madeOf, newRows, source } from '../judge/earlier-rows.ts'
import { rankContests } from '../judge/rank-contests.ts'
import { type Plan, plannedCalls, planOf, type RankRules } from '../judge/rank-rules.ts'
import { contestOf, rankedRow } from '../judge/ranked-row.ts'
import { type TournamentName, tournamentNames, tournaments } from '../judge/tournaments/named.ts'
import { InputError } from '../reasoning/errors.ts'
import { bracketSvg } from '../report/bracket.ts'
import { contestText, responseNames } from './contest-text.ts'
import { interruptSignal } from './interrupt.ts'
import { checkJudge, type JudgeOptions, votesOf, withJudgeOptions } from './judge-options.ts'
import { withThreads } from './models.ts'
import { openJudge } from './open-judge.ts'
import { examples, number } from './options.ts'
import { errorNote, note, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { type CascadeOption, cascadeOption, defaultCascadeError, fittedGap, gapText } from './rank-cascade.ts'
import { openRowOutput } from './row-output.ts'

interface Options extends JudgeOptions {
  tournament: TournamentName
  teams?: boolean
  cascade?: CascadeOption
  cascadeError?: number
  svg?: string
  out?: string
  keepGoing?: boolean
  json?: boolean
}

interface Summary extends RankSummary {
  /** Contests without a result, as a call failed: not written. */
  failed: number
  bad: number
  resumed: number
}

const width = Math.min(process.stdout.columns || 80, 100)

export default function define(command: Command): void {
  command
    .description(
      'Rank responses to a query by tournaments of a judge that compares two at a time (`assay judge`). On a terminal each ' +
        'contest is drawn; with --out or --json each row in gives one row out, in the same order, with all of its fields ' +
        'and: "ranking" (ids, best first), "winner" (null where no verdict names one), "ratings" with 95% intervals ' +
        '(Bradley-Terry strengths, log-odds; Elo with --tournament elo), "wins" (of row over column), "matches", ' +
        '"bracket", "calls" and "tokens". A game without a verdict is played once more, and is nobody\'s win or loss if ' +
        'that gives none.\n\n' +
        'A contest with a call that failed is told and not written; exit code 1 then. Where no call can succeed the run ends: ' +
        'no such model, a wrong key, nobody there, 16 failures in a row. Run again with the same options and --out to go on ' +
        'after failures, an interruption or a kill: rows that are there stay, and of a judge on a server every reply is kept ' +
        'in <file>.replies as it comes, and none of those is asked for again.',
    )
    .argument(
      '<file>',
      'contests as JSON Lines, one {"id", "query", "responses"} a line, of texts or of {"text"} with "id", "answer" or ' +
        '"score"; - for standard input',
    )
    .addOption(
      new Option(
        '-t, --tournament <name>',
        tournamentNames.map((name) => `${name}: ${tournaments[name].summary}`).join('; '),
      )
        .choices(tournamentNames)
        .default('knockout'),
    )
    .option('--teams', 'responses with the same "answer" play as one')
    .option(
      '--cascade <gap|file>',
      'only those play whose "score" (log-probability of a reward model: `assay score`) lies within this gap of the ' +
        'highest; a clear leader costs no call. A file: the gap is fitted on its contests, scored by the same model, whose ' +
        'responses also have "answer" and "correct" (true or false)',
      cascadeOption,
    )
    .option(
      '--cascade-error <share>',
      'with a file: leaders that need no judge are wrong at most so often, of contests where they or the next answer ' +
        `is right, with 95% confidence (default: ${defaultCascadeError})`,
      number({ min: 0.001, max: 0.5 }),
    )
    .option('-o, --out <file>', 'write the ranked rows here')
    .option('--svg <folder>', 'draw the brackets here, each named by the line of its row')
    .option(
      '--keep-going',
      'leave bad rows out instead of stopping at the first; exit code 1 if there were any',
    )
    .addHelpText(
      'after',
      examples(
        ['assay rank candidates.jsonl', 'knockouts by the judge that comes with assay, drawn'],
        ['assay rank candidates.jsonl --judge http://127.0.0.1:8000 --model m', 'by one on a server'],
        [
          'assay rank candidates.jsonl --judge URL --model m --out ranked.jsonl',
          'into a file, with a summary',
        ],
        [
          'assay rank candidates.jsonl --judge URL --model m -t swiss --votes adaptive --teams',
          'surer, cheaper',
        ],
        [
          'assay rank scored.jsonl --judge URL --model m --teams --cascade labelled.jsonl',
          'the judge only where scores do not settle it',
        ],
        [
          'assay rank candidates.jsonl --judge URL --model m --json | assay feedback - --format dpo',
          'pairs for DPO',
        ],
      ),
    )
    .action(rank)
  withThreads(withJudgeOptions(command))
}

async function rank(file: string, options: Options): Promise<void> {
  checkJudge(options)
  const { tournament, teams, bothOrders, seed, svg } = options
  const rules: RankRules = { tournament, teams, cascade: await cascadeGap(options), bothOrders }
  const out = await openRowOutput(options.out, file)
  const counts = { failed: 0, bad: 0, resumed: out.resumed }
  const tally = contestTally()
  let progress = new Progress('ranking', { unit: 'calls' })
  const onError = (error: unknown) => {
    if (!options.keepGoing || !(error instanceof InputError)) throw error
    counts.bad++
    progress.stop()
    errorNote(error)
  }
  let close = async () => {}
  try {
    const judging = await openJudge(options, {
      out: options.out,
      rules,
      onJudgment: () => progress.add(1, `${tally.summary().contests} contests`),
    })
    close = judging.close
    const { judge, settings, signal } = judging
    const there = new Map<string, string>()
    if (options.out !== undefined && out.resumed > 0)
      for await (const row of earlierRows(options.out, countedContest.extend(source), settings)) {
        tally.add(row)
        there.set(row.id, madeOf(row))
      }
    const votes = votesOf(options)
    const rows = (onError: (error: InputError) => void) =>
      newRows(file, candidateRow, { there, onError, signal })
    // calls are counted before any is made: a file is read twice, what can be read only once is held
    const held = isPipe(file) ? await allOf(rows(onError)) : null
    // bad rows are told when their turn comes
    const onFault = (error: InputError) => {
      if (!options.keepGoing) throw error
    }
    const plan = await planOf(contestsOf(held ?? rows(onFault)), rules, votes)
    note(planText(plan))
    progress = new Progress('ranking', { unit: 'calls', total: plan.most })
    const contests = held ?? rows(onError)
    if (svg !== undefined) await makeFolder(svg)
    for await (const ranked of rankContests(judge, contests, { ...rules, seed, signal })) {
      const { where, line, row } = ranked
      if ('error' in ranked) {
        counts.failed++
        progress.stop()
        errorNote(new Error(`${where}: ${JSON.stringify(row.id)} is not ranked: ${ranked.error}`))
        continue
      }
      const { result } = ranked
      const written = rankedRow(row, result, settings)
      if (svg !== undefined && result.bracket) {
        const text = bracketSvg(result, responseNames(written), { title: row.id })
        await writeFiles([{ path: join(svg, `${line}.svg`), text }])
      }
      progress.stop()
      if (options.out !== undefined || options.json) await out.write(written)
      else printResult(written, {}, () => `${contestText(written, result, { tournament, width })}\n`)
      tally.add(written)
      // what was planned and not needed is done, too
      progress.add(Math.max(0, plannedCalls(contestOf(row), rules).most * votes.most - written.calls))
    }
  } finally {
    progress.stop()
    await out.close()
    await close()
  }
  const summary: Summary = { ...tally.summary(), ...counts }
  if (options.out !== undefined) printResult(summary, options, describe)
  else note(describe(summary))
  if (summary.bad + summary.failed > 0) process.exitCode = 1
}

async function cascadeGap({ cascade, cascadeError }: Options): Promise<number | undefined> {
  if (typeof cascade !== 'string') {
    if (cascadeError !== undefined)
      throw new InputError('--cascade-error is for a gap that is fitted', {
        fix: 'Name a file of labelled contests with --cascade, or leave it out.',
      })
    return cascade
  }
  const error = cascadeError ?? defaultCascadeError
  const fitted = await fittedGap(cascade, error, interruptSignal())
  note(gapText(fitted, error))
  return fitted.gap
}

function isPipe(file: string): boolean {
  return file === '-' || statSync(file, { throwIfNoEntry: false })?.isFile() === false
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function* contestsOf(lines: AsyncIterable<Line<CandidateRow>> | Iterable<Line<CandidateRow>>) {
  for await (const { row } of lines) yield contestOf(row)
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`cannot be made a folder (${cause.code})`, { where: path, cause })
  })
}

function planText({ contests, responses, least, most, replays, unscored }: Plan): string {
  const calls = least === most ? `${most}` : `${least} to ${most}`
  const more = replays > 0 ? `, and at most ${replays} more for games without a verdict` : ''
  const all = unscored > 0 ? `; ${unscored} contests have no scores, so all of theirs play` : ''
  return `${contests} contests of ${responses} responses: ${calls} calls of the judge${more}${all}`
}

function describe(summary: Summary): string {
  const { contests, with_winner, calls, tokens, non_verdicts, failed, bad, resumed } = summary
  const without = Object.entries(non_verdicts).flatMap(([kind, count]) =>
    count > 0 ? [`${count} ${kind}`] : [],
  )
  const parts = [
    `${contests} ranked: ${with_winner} with a winner`,
    `${calls} calls, ${tokens} tokens`,
    without.length > 0 && `games without a verdict: ${without.join(', ')}`,
    resumed && `${resumed} already there`,
    failed && `${failed} failed: run again to try them`,
    bad && `${bad} bad rows left out`,
  ]
  return parts.filter(Boolean).join('; ')
}
