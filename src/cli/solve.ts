import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { percent } from '../report/percent.ts'
import { strip } from '../report/strip.ts'
import { neutralise, truncate, wrap } from '../report/text.ts'
import { embeddedScorer } from '../reward/scorer.ts'
import { type Attempt, type ScoredAttempt, type SolveResult, solve } from '../search/solve.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer, number } from './options.ts'
import { colours, errorNote, note, printResult } from './output.ts'
import { table } from './table.ts'

interface Options {
  n: number
  seed: number
  temperature: number
  topP: number
  policy?: string
  reward?: string
  threads: number
  json?: boolean
}

export default function define(command: Command): void {
  command
    .description(
      'Sample solutions of one problem, rank them by the chance that their answer is right, and show the best one ' +
        'step by step, with the best of those that say otherwise and the step that sank it. The models that come ' +
        'with assay know three kinds of problem only: arithmetic, word problems and shuffled objects, in the words ' +
        'of `assay demo`.',
    )
    .argument('<problem>', 'the problem as text; - reads it from standard input')
    .option('-n, --n <count>', 'solutions to sample', integer({ min: 1, max: 100_000 }), 16)
    .option('--seed <number>', 'the same seed gives the same solutions', integer({ min: 0 }), 1)
    .option(
      '--temperature <number>',
      'of sampling; 0 always takes the likeliest token',
      number({ min: 0 }),
      0.8,
    )
    .option(
      '--top-p <number>',
      'sample from the likeliest tokens of this total probability',
      number({ min: 0, max: 1 }),
      1,
    )
    .option('-p, --policy <dir>', 'language model checkpoint (default: the one that comes with assay)')
    .option('-r, --reward <dir>', 'reward model checkpoint (default: the one that comes with assay)')
    .addHelpText(
      'after',
      examples(
        ['assay solve "Compute (7 - 2) * (3 + 4)."', 'best of 16'],
        ['assay solve - --n 64 --json < problem.txt', 'everything, for a program'],
      ),
    )
    .action(run)
  withThreads(command)
}

async function run(argument: string, options: Options): Promise<void> {
  const problem = (argument === '-' ? await text(process.stdin) : argument).trim()
  const threads = Math.min(options.threads, Math.ceil(options.n / 4))
  const { temperature, topP, n, seed } = options
  const scorer = embeddedScorer(modelDirectory('crm', options.reward), { threads })
  const generator = embeddedGenerator(modelDirectory('policy', options.policy), {
    threads,
    temperature,
    topP,
  })
  try {
    const result = await solve(problem, { generator, scorer, n, seed })
    if (result.winner !== null || options.json) printResult(result, options, describe)
    if (result.winner !== null) return
    errorNote(new Error(`none of ${n} solutions came to an answer`))
    note(described(result.unfinished))
    note(
      `The models that come with assay know generated arithmetic, word problems and shuffled objects only, in the\n` +
        'words of `assay demo`. Try a problem like those, more samples with --n, or models of your own.',
    )
    process.exitCode = 1
  } finally {
    await Promise.all([generator.close(), scorer.close()])
  }
}

const width = Math.min(process.stdout.columns || 80, 100)

function describe({ problem, n, ranked, unfinished, winner, runnerUp, answers }: SolveResult): string {
  if (winner === null) return ''
  const votes = (attempt: ScoredAttempt) => {
    const { votes } = answers.find(({ answer }) => answer === attempt.answer) ?? { votes: 1 }
    return `${votes} of ${n}`
  }
  const parts = [
    wrap(neutralise(problem, { keepLines: true }), width, 12)
      .map(colours.bold)
      .join('\n'),
    `${colours.green('Best')}: ${said(winner)}, P(correct) ${percent(winner.p_correct)}, said by ${votes(winner)}\n` +
      shown(winner),
  ]
  if (winner.p_correct < 0.5)
    parts.push(colours.yellow('Even the best is more likely wrong than right: take its answer as a guess.'))
  if (runnerUp !== null)
    parts.push(
      `${colours.yellow('Runner-up')}: ${said(runnerUp)}, P(correct) ${percent(runnerUp.p_correct)}, said by ` +
        `${votes(runnerUp)}; ${downfall(runnerUp)}\n${shown(runnerUp)}`,
    )
  parts.push(
    table(answers.slice(0, 10), [
      { title: 'answer', value: ({ answer }) => truncate(neutralise(answer), 40), align: 'left' },
      { title: 'votes', value: ({ votes }) => votes },
      { title: 'best P(correct)', value: ({ best }) => percent(best, 1), align: 'right' },
      { title: 'sum of P(correct)', value: ({ sum }) => sum.toPrecision(3), align: 'right' },
    ]) + (answers.length > 10 ? `\nand ${answers.length - 10} more answers (--json has them all)` : ''),
  )
  if (unfinished.length > 0)
    parts.push(
      `${ranked.length} of ${n} ranked; these came to no answer, so have no score:\n${described(unfinished)}`,
    )
  return parts.join('\n\n')
}

function said({ answer }: ScoredAttempt): string {
  return colours.bold(truncate(neutralise(answer), 40))
}

/** The step that sank a solution: its likeliest first error or, where none is likely, its most doubtful step. */
function downfall({ hazards, first_error }: ScoredAttempt): string {
  if (first_error !== null) return `sunk by step ${first_error + 1}`
  return `most doubtful at step ${hazards.indexOf(Math.max(...hazards)) + 1}`
}

function shown({ steps, hazards }: ScoredAttempt): string {
  return strip({ steps, hazards }, { width, color: colours.isColorSupported }).trimEnd()
}

/** A few unfinished attempts, one line each. */
function described(attempts: readonly Attempt[]): string {
  const lines = attempts.slice(0, 3).map(({ steps, finish, tokens, seed }) => {
    const why = finish === 'length' ? `cut short at ${tokens} tokens` : 'ended without one'
    return truncate(`  ${why} (seed ${seed}): ${neutralise(steps.at(-1) ?? '(no steps)')}`, width)
  })
  const more = attempts.length - lines.length
  return [...lines, ...(more > 0 ? [`  and ${more} more (--json has them all)`] : [])].join('\n')
}
