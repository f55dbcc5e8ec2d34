import { text } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { type ConfidenceThreshold, confidenceThreshold } from '../evaluate/confidence.ts'
import { versions } from '../evaluate/versions.ts'
import { InputError } from '../reasoning/errors.ts'
import { percent } from '../report/percent.ts'
import { stepList, strip } from '../report/strip.ts'
import { neutralise, truncate, wrap } from '../report/text.ts'
import type { RewardModel } from '../reward/reward-model.ts'
import { majorityVote } from '../search/majority-vote.ts'
import type { Attempt, ScoredAttempt } from '../search/ranking.ts'
import { beamSearch, mostSolutions, type SearchName, type SolveResult, searches } from '../search/solve.ts'
import { shippedCalibration } from './models.ts'
import { examples, integer, number } from './options.ts'
import { colours, errorNote, note, printResult } from './output.ts'
import { openPolicy, type Policy, type PolicyOptions, withPolicy } from './policy-options.ts'
import { openReward, type RewardOptions, withReward } from './reward-options.ts'
import { table } from './table.ts'

interface Options extends PolicyOptions, RewardOptions {
  n: number
  seed: number
  search: SearchName
  beams?: number
  diverse?: boolean
  minConfidence?: number
  calibration?: string
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
    .option('-n, --n <count>', 'solutions to sample', integer({ min: 1, max: mostSolutions }), 16)
    .addOption(
      new Option(
        '-s, --search <name>',
        'how they are found: whole; step by step, dropping what cannot win any more (pruned); n continuations at each ' +
          'depth (beam); the likeliest prefix first (best-first)',
      )
        .choices(Object.keys(searches))
        .default('best-of-n'),
    )
    .option(
      '--beams <count>',
      'of a beam search: prefixes that go on (default: a quarter of --n)',
      integer({ min: 1 }),
    )
    .option('--diverse', 'of a beam search: from each beam its own best continuation goes on')
    .option('--seed <number>', 'the same seed gives the same solutions', integer({ min: 0 }), 1)
    .option(
      '--min-confidence <share>',
      'answer only when, of all such answers, at least this share is right (for problems like those of the ' +
        'calibration); else say "not sure" and exit with code 1',
      number({ min: 0.01, max: 0.999 }),
    )
    .option(
      '--calibration <file>',
      'calibration.json of `assay bench confidence` (default: the one that comes with assay, for 16 solutions)',
    )
    .addHelpText(
      'after',
      examples(
        ['assay solve "Compute (7 - 2) * (3 + 4)."', 'best of 16'],
        ['assay solve "Compute (7 - 2) * (3 + 4)." --min-confidence 0.9', 'an answer to rely on, or none'],
        [
          'assay solve "Compute (7 - 2) * (3 + 4)." --n 64 --search pruned',
          'the best of 64 for a fraction of the tokens',
        ],
        ['assay solve - --search beam --n 16 --diverse < problem.txt', '4 independent subtrees'],
        ['assay solve - --n 64 --json < problem.txt', 'everything, for a program'],
        ['assay solve - --reward majority < problem.txt', 'what most of them say, to compare with'],
        [
          'assay solve - --generator URL --reward URL --dialect qwen-math-prm',
          'models on servers, docs/remote-models.md',
        ],
      ),
    )
    .action(run)
  withPolicy(withReward(command, { takesVote: true }))
}

async function run(argument: string, options: Options): Promise<void> {
  checkTogether(options)
  const problem = (argument === '-' ? await text(process.stdin) : argument).trim()
  const threads = Math.min(options.threads, Math.ceil(options.n / 4))
  const opened = options.reward === 'majority' ? null : await openReward(options, { threads })
  const reward = opened ?? majority
  try {
    if (opened) checkKind(options.search, opened.model.kind)
    const policy = await openPolicy(options, threads)
    try {
      await answer(problem, options, { policy, reward })
    } finally {
      await policy.close()
    }
  } finally {
    await reward.model.close()
  }
}

/** @throws InputError on options that do not go together, or would do nothing */
function checkTogether(options: Options): void {
  const { search, beams, diverse, minConfidence, calibration, reward } = options
  if (search !== 'beam' && (beams ?? diverse) !== undefined)
    throw new InputError('--beams and --diverse are for a beam search', { fix: 'Add --search beam.' })
  if (search !== 'best-of-n' && reward === 'majority')
    throw new InputError(`--search ${search} scores solutions before they have an answer to vote on`, {
      fix: 'Leave out --search, or --reward majority.',
    })
  if (minConfidence === undefined) {
    if (calibration !== undefined)
      throw new InputError('--calibration is what promises are read from, and none is asked for', {
        fix: 'Add --min-confidence, as in --min-confidence 0.9.',
      })
    return
  }
  if (reward === 'majority')
    throw new InputError(
      '--min-confidence needs a reward model: a majority vote states no probability, so it can promise nothing',
      { fix: 'Leave out --min-confidence or --reward majority.' },
    )
  if (search !== 'best-of-n')
    throw new InputError(
      '--min-confidence is for the best of n whole samples, which promises were fitted on',
      { fix: 'Leave --search out.' },
    )
}

/** Before anything is generated. @throws InputError when the search needs what the reward has not */
function checkKind(search: SearchName, { name, hazard }: RewardModel['kind']): void {
  if (hazard || (search !== 'pruned' && search !== 'best-first')) return
  throw new InputError(`--search ${search} needs hazards, and a ${name} has none`, {
    fix: 'Use a crm or masked-prm, or another search.',
  })
}

/** In the place of a reward model. */
const majority = {
  model: { ...majorityVote, close: async () => {} },
  identity: async () => 'majority',
}

interface Models {
  policy: Policy
  reward: typeof majority
}

async function answer(problem: string, options: Options, models: Models): Promise<void> {
  const { n, seed, search, beams, diverse } = options
  const { generator } = models.policy
  const threshold = await thresholdFor(options, models)
  const asked = { generator, scorer: models.reward.model, n, seed }
  const solved = await (search === 'beam'
    ? beamSearch(problem, { ...asked, beams, diverse })
    : searches[search](problem, asked))
  const sureness = threshold && { sure: isSure(solved, threshold), threshold }
  // reading the checkpoints again takes time that only --json has a use for
  const result = { ...solved, ...sureness, ...(options.json && { made: await madeBy(models) }) }
  if (result.winner !== null || options.json) printResult(result, options, describe)
  if (result.winner !== null) {
    if (result.sure === false) process.exitCode = 1
    return
  }
  errorNote(new Error(`none of ${n} solutions came to an answer`))
  note(described(result.unfinished))
  note(advice(result.unfinished, options, models.policy))
  process.exitCode = 1
}

/** What to try where nothing came to an answer. */
function advice(unfinished: readonly Attempt[], { generator }: Options, { settings }: Policy): string {
  const { maxTokens } = settings
  // cut short before that, it was the model's context that was full
  const short = unfinished.filter(
    ({ finish, tokens = maxTokens }) => finish === 'length' && tokens >= maxTokens,
  )
  if (short.length > 0 && short.length === unfinished.length)
    return `All of them were cut short, by --max-tokens ${maxTokens}: raise it.`
  return generator === undefined
    ? 'The models that come with assay know generated arithmetic, word problems and shuffled objects only, in the\n' +
        'words of `assay demo`. Try a problem like those, more samples with --n, or models of your own.'
    : 'A solution ends with a step "Answer: ...", or with its answer in \\boxed{}. Try more --max-tokens, more samples\n' +
        'with --n, or another model.'
}

/** All that it takes to get the same result again. */
async function madeBy({ policy, reward }: Models) {
  return {
    command: process.argv.slice(2),
    versions: versions(),
    settings: policy.settings,
    policy: await policy.identity(),
    reward: await reward.identity(),
  }
}

const width = Math.min(process.stdout.columns || 80, 100)

/** What an answer must reach, where a confidence is asked for. */
async function thresholdFor(
  options: Options,
  { policy, reward }: Models,
): Promise<ConfidenceThreshold | undefined> {
  const { minConfidence, n, temperature, topP } = options
  if (minConfidence === undefined) return undefined
  const file = options.calibration ?? shippedCalibration()
  return confidenceThreshold(file, minConfidence, {
    n,
    temperature,
    topP,
    maxTokens: policy.settings.maxTokens,
    policy: await policy.identity(),
    reward: await reward.identity(),
  })
}

function isSure({ winner }: SolveResult, { threshold }: ConfidenceThreshold): boolean {
  return winner !== null && winner.p_correct >= threshold
}

interface Sureness {
  sure?: boolean
  threshold?: ConfidenceThreshold
}

function describe(result: SolveResult & Sureness): string {
  const { problem, n, search, ranked, unfinished, winner, runnerUp, answers, sure, threshold } = result
  if (winner === null) return ''
  const votes = (attempt: ScoredAttempt) => {
    const { votes } = answers.find(({ answer }) => answer === attempt.answer) ?? { votes: 1 }
    return `${votes} of ${search === 'best-of-n' ? n : `${ranked.length} finished`}`
  }
  const parts = [
    wrap(neutralise(problem, { keepLines: true }), width, 12)
      .map(colours.bold)
      .join('\n'),
    `${colours.green('Best')}: ${said(winner)}, P(correct) ${percent(winner.p_correct)}, said by ${votes(winner)}\n` +
      shown(winner),
  ]
  if (threshold !== undefined) {
    const { minConfidence, delta, answered, problems } = threshold
    const least = `P(correct) ${percent(threshold.threshold, 1)}`
    const said = sure
      ? `Sure enough: of all answers that reach ${least}, as this one does, at least ${percent(minConfidence)} are right, with ` +
        `${percent(1 - delta)} confidence, for problems like ${problems} (${percent(answered)} of them were answered).`
      : `Not sure: that ${percent(minConfidence)} of the answers are right is promised from ${least} on.`
    parts.push((sure ? colours.green : colours.yellow)(wrap(said, width).join('\n')))
    if (sure && winner.p_correct < minConfidence)
      parts.push(
        colours.yellow(
          wrap(
            `The promise is about all of them together. This one is among the least sure: by itself, P(correct) ${percent(winner.p_correct, 1)}.`,
            width,
          ).join('\n'),
        ),
      )
  } else if (winner.p_correct < 0.5)
    parts.push(colours.yellow('Even the best is more likely wrong than right: take its answer as a guess.'))
  if (runnerUp !== null)
    parts.push(
      `${colours.yellow('Runner-up')}: ${said(runnerUp)}, P(correct) ${percent(runnerUp.p_correct)}, said by ` +
        `${votes(runnerUp)}${downfall(runnerUp)}\n${shown(runnerUp)}`,
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
      `${ranked.length} of ${ranked.length + unfinished.length} ranked; these came to no answer, so have no score:\n` +
        described(unfinished),
    )
  return parts.join('\n\n')
}

function said({ answer }: ScoredAttempt): string {
  return colours.bold(truncate(neutralise(answer), 40))
}

/** The step that sank a solution: its likeliest first error or, where none is likely, its most doubtful step. */
function downfall({ hazards = [], first_error }: ScoredAttempt): string {
  if (typeof first_error === 'number') return `; sunk by step ${first_error + 1}`
  return hazards.length > 0 ? `; most doubtful at step ${hazards.indexOf(Math.max(...hazards)) + 1}` : ''
}

function shown({ steps, hazards, p_correct: pCorrect, first_error: predicted }: ScoredAttempt): string {
  const look = { width, color: colours.isColorSupported }
  return (
    hazards ? strip({ steps, hazards }, look) : stepList({ steps, pCorrect, predicted }, look)
  ).trimEnd()
}

/** A few unfinished attempts, one line each. */
function described(attempts: readonly Attempt[]): string {
  const lines = attempts.slice(0, 3).map(({ steps, finish, tokens, seed }) => {
    const why = {
      length: tokens === undefined ? 'cut short' : `cut short at ${tokens} tokens`,
      step: 'given up',
      end: 'ended without one',
    }[finish]
    const from = seed === undefined ? '' : ` (seed ${seed})`
    return truncate(`  ${why}${from}: ${neutralise(steps.at(-1) ?? '(no steps)')}`, width)
  })
  const more = attempts.length - lines.length
  return [...lines, ...(more > 0 ? [`  and ${more} more (--json has them all)`] : [])].join('\n')
}
