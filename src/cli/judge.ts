import type { Command } from 'commander'
import { pairRow } from '../data/pair-rows.ts'
import { type AttackReport, attackReport } from '../judge/attack-report.ts'
import { attacks, readAttacks } from '../judge/attacks.ts'
import { bothOrders } from '../judge/both-orders.ts'
import { earlierRows, madeOf, newRows, source } from '../judge/earlier-rows.ts'
import { judgePairs } from '../judge/judge-pairs.ts'
import { countedRow, type PairSummary, pairTally } from '../judge/pair-tally.ts'
import { InputError } from '../reasoning/errors.ts'
import { percent } from '../report/percent.ts'
import { neutralise } from '../report/text.ts'
import { checkJudge, type JudgeOptions, templateIn, withJudgeOptions } from './judge-options.ts'
import { withThreads } from './models.ts'
import { openJudge } from './open-judge.ts'
import { examples } from './options.ts'
import { errorNote, note, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { openRowOutput } from './row-output.ts'
import { table } from './table.ts'

interface Options extends JudgeOptions {
  out?: string
  keepGoing?: boolean
  selfTest?: string | true
  json?: boolean
}

interface Summary extends PairSummary {
  /** Pairs without a judgment, as a call failed: not written. */
  failed: number
  bad: number
  resumed: number
}

export default function define(command: Command): void {
  command
    .description(
      'Say which of two responses is better, by a language model that reasons about them: one that comes with assay and knows ' +
        'the built-in tasks, or any on a server. Each row in gives one row out, ' +
        'in the same order, with all of its fields and: "winner" (0 or 1, the place of the better response; null: no ' +
        'verdict), "non_verdict" (why not: truncated, unparseable or refused), "reasoning", "tokens"; with a "label" ' +
        'also "correct"; with --both-orders "consistent" and "winners"; with --votes "votes" and "orders"; "settings" stands ' +
        'for the options that decided it. No verdict is neither a win nor a half.\n\n' +
        'A pair whose call failed is told and not written; exit code 1 then. Where no call can succeed the run ends: no such ' +
        'model, a wrong key, nobody there, 16 failures in a row. Run again with the same options and --out to go on after ' +
        'failures, an interruption or a kill: rows that are there stay, and of a judge on a server every reply is kept in ' +
        '<file>.replies as it comes, and none of those is asked for again.',
    )
    .argument(
      '[file]',
      'pairs as JSON Lines, one {"id", "query", "responses": [first, second]} a line, with "label": 0 or 1 where the ' +
        'better one is known; - for standard input',
    )
    .option('-o, --out <file>', 'write the judged rows here instead of to standard output')
    .option(
      '--keep-going',
      'leave bad rows out instead of stopping at the first; exit code 1 if there were any',
    )
    .option(
      '--self-test [attacks]',
      'judge nothing: try the built-in attacks, and those of a file of {"id", "where", "kind", "text"} rows, on the ' +
        'template and the reader of verdicts; needs no model; exit code 1 if one forges a verdict',
    )
    .addHelpText(
      'after',
      examples(
        ['assay judge pairs.jsonl', 'by the judge that comes with assay'],
        [
          'assay judge pairs.jsonl --judge http://127.0.0.1:8000 --model RRM-7B --out judged.jsonl',
          'into a file, with a summary',
        ],
        [
          'assay judge pairs.jsonl --judge http://a:8000,http://b:8000 --model m --both-orders',
          'two servers',
        ],
        [
          'assay judge pairs.jsonl --judge https://host/v1 --model m --key-from MY_KEY',
          'a service with a key',
        ],
        ['assay judge pairs.jsonl --judge URL --model m --votes adaptive --record run', 'votes, recorded'],
        ['assay judge pairs.jsonl --model m --votes adaptive --replay run', 'the same rows again, offline'],
        [
          'assay judge --self-test my-attacks.jsonl --template my-template.txt',
          'can a response forge a verdict?',
        ],
      ),
    )
    .action(run)
  withThreads(withJudgeOptions(command))
}

async function run(file: string | undefined, options: Options): Promise<void> {
  if (options.selfTest === undefined) return judge(file, options)
  if (file !== undefined)
    throw new InputError('--self-test judges no pairs', {
      fix: 'Name a file of attacks right behind --self-test, and none of pairs.',
    })
  return selfTest(options.selfTest, options)
}

async function judge(file: string | undefined, options: Options): Promise<void> {
  if (file === undefined)
    throw new InputError('name a file of pairs', { fix: '- is standard input; --self-test needs none.' })
  checkJudge(options)
  const out = await openRowOutput(options.out, file)
  const summary = { failed: 0, bad: 0, resumed: out.resumed }
  const tally = pairTally()
  const progress = new Progress('judging', { unit: 'pairs', done: out.resumed })
  const onError = (error: unknown) => {
    if (!options.keepGoing || !(error instanceof InputError)) throw error
    summary.bad++
    progress.stop()
    errorNote(error)
  }
  let close = async () => {}
  try {
    const judging = await openJudge(options, { out: options.out })
    close = judging.close
    const { settings, signal } = judging
    const there = new Map<string, string>()
    if (options.out !== undefined && out.resumed > 0)
      for await (const row of earlierRows(options.out, countedRow.extend(source), settings)) {
        tally.add(row)
        there.set(row.id, madeOf(row))
      }
    const pairs = newRows(file, pairRow, { there, onError, signal })
    const asked = options.bothOrders ? bothOrders(judging.judge) : judging.judge
    for await (const pair of judgePairs(asked, pairs, { seed: options.seed, settings, signal })) {
      if ('error' in pair) {
        summary.failed++
        progress.stop()
        errorNote(new Error(`${pair.where}: ${JSON.stringify(pair.row.id)} is not judged: ${pair.error}`))
        continue
      }
      await out.write(pair.judged)
      tally.add(pair.judged)
      progress.add(1, `${tally.summary().tokens} tokens`)
    }
  } finally {
    progress.stop()
    await out.close()
    await close()
  }
  const result: Summary = { ...tally.summary(), ...summary }
  if (options.out !== undefined) printResult(result, options, describe)
  else note(describe(result))
  if (result.bad + result.failed > 0) process.exitCode = 1
}

function describe(summary: Summary): string {
  const { pairs, verdicts, non_verdicts, orders, tokens, first_slot, labelled } = summary
  const { failed, bad, resumed } = summary
  const without = Object.entries(non_verdicts).flatMap(([kind, count]) =>
    count > 0 ? [`${count} ${kind}`] : [],
  )
  const parts = [
    [`${pairs} judged: ${verdicts} with a verdict`, ...without].join(', '),
    orders && `orders agree in ${orders.consistent} of ${orders.pairs}`,
    `${tokens} tokens`,
    first_slot !== null && `the first shown wins ${percent(first_slot)}`,
    labelled?.accuracy != null &&
      `${percent(labelled.accuracy, 1)} right of ${labelled.verdicts} verdicts on ${labelled.pairs} labelled pairs`,
    resumed && `${resumed} already there`,
    failed && `${failed} failed: run again to try them`,
    bad && `${bad} bad rows left out`,
  ]
  return parts.filter(Boolean).join('; ')
}

async function selfTest(file: string | true, options: Options): Promise<void> {
  const template = await templateIn(options)
  const own = file === true ? [] : await readAttacks(file)
  const report = attackReport(template, [...attacks, ...own])
  printResult(report, options, selfTestText)
  if (report.failures.length > 0) process.exitCode = 1
}

function selfTestText({ attacks, checks, failures, kinds }: AttackReport): string {
  const forged = kinds.reduce((sum, { failed }) => sum + failed, 0)
  return [
    table(kinds, [
      { title: 'kind', value: ({ kind }) => kind },
      { title: 'attacks', value: ({ attacks }) => attacks },
      { title: 'got through', value: ({ failed }) => failed },
    ]),
    '',
    `${forged} of ${attacks} attacks got through; ${checks} checks`,
    ...failures.map(({ id, check }) => `  ${neutralise(id)}: not so: ${check}`),
  ].join('\n')
}
