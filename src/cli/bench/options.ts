import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { objectIn } from '../../data/json-rows.ts'
import type { Lab } from '../../evaluate/lab/lab.ts'
import type { Plan } from '../../evaluate/lab/plan.ts'
import { InputError } from '../../reasoning/errors.ts'
import { kindNames } from '../../reward/kinds/kinds.ts'
import { full, type LanguageModelRecipe, type Recipe } from '../../reward/reproduce/recipe.ts'
import { type Split, splitNamed, taskNamed, tasks } from '../../tasks/index.ts'
import { readCheckpointHeader } from '../../transformer/checkpoint.ts'
import { hasScoreHead } from '../../transformer/config.ts'
import { interruptSignal } from '../interrupt.ts'
import { modelDirectory } from '../models.ts'
import { examples, integer, list, resamplesOption, unique } from '../options.ts'
import { type PolicyOptions, withPolicy } from '../policy-options.ts'
import { dialectHelp } from '../reward-options.ts'

/** Options of everything that works in the lab. */
export interface LabOptions {
  lab: string
  backbone?: string
  trainingProblems: number
}

/** Options that every bench of searches has. */
export interface BenchOptions extends PolicyOptions, LabOptions {
  task: string[]
  splits: Split[]
  problems: number
  seeds?: number
  reward?: string[]
  dialect?: string[]
  rewardModel?: string[]
  resamples: number
  out: string
  json?: boolean
}

export interface BenchDefaults {
  problems: number
  /** Left out, there is one and no option. */
  seeds?: number
  splits?: Split[]
  /** It trains what it compares, so there is no reward to name. */
  trains?: boolean
}

/** Declares {@link BenchOptions}, with these defaults, and the examples; `name` is the bench's. */
export function withBenchOptions(
  command: Command,
  name: string,
  { problems, seeds, splits = ['test', 'harder'], trains = false }: BenchDefaults,
  lines: [command: string, meaning: string][],
): Command {
  // it scores whole answers against each other, and no single solution
  const majority = `majority vote ${name === 'best-of-n' ? 'is always there, and may stand alone' : 'is no reward here'}`
  if (seeds !== undefined)
    command.option(
      '--seeds <count>',
      'repetitions: samples of seeds 1 to this and, where rewards are trained, rewards of the same training seeds; results are means over them',
      integer({ min: 1, max: 1000 }),
      seeds,
    )
  command
    .option(
      '-t, --task <names>',
      'built-in tasks',
      list((task) => taskNamed(task).name),
      tasks.map((task) => task.name),
    )
    .option('--splits <names>', 'splits of the tasks', list(splitNamed), splits)
    .option(
      '--problems <count>',
      'problems of a split, shared out over the tasks',
      integer({ min: 1, max: 100_000 }),
      problems,
    )
  if (!trains)
    command
      .option(
        '-r, --reward <names>',
        'reward model checkpoints, URLs of servers that run some, or kinds to train first: ' +
          `${kindNames.join(', ')}, or all; ${majority} (default: the crm that comes with assay)`,
        list(),
      )
      .option('--dialect <names>', `${dialectHelp}; one for all URLs, or one for each`, list())
      .option(
        '--reward-model <names>',
        'the models there, one for all URLs or one for each (default: the only one that each serves)',
        list(),
      )
  withLab(command)
  return withPolicy(
    command
      .addOption(resamplesOption())
      .option('-o, --out <folder>', 'where results and plots go', `bench-${name}`)
      .option('--json', 'print the result as JSON')
      .addHelpText('after', examples(...lines))
      .showHelpAfterError(`(assay bench ${name} --help shows its options and examples)`)
      .hook('preAction', ownResults(name)),
  )
}

/**
 * A hook before the action of a bench: its --out may hold results of no other, which it would write over.
 * @throws InputError where it does
 */
export function ownResults(name: string): (_: Command, action: Command) => void {
  return (_, action) => {
    const file = join(action.opts<{ out: string }>().out, 'results.json')
    if (!existsSync(file)) return
    const bench = objectIn(readFileSync(file, 'utf8'))?.bench
    if (bench !== name)
      throw new InputError(
        `holds results of ${typeof bench === 'string' ? `bench ${bench}` : 'something else'}`,
        {
          where: file,
          fix: 'Name another folder with --out.',
        },
      )
  }
}

/** Declares {@link LabOptions}. */
export function withLab(command: Command): Command {
  return command
    .option(
      '--lab <folder>',
      'where samples, scores and trained rewards are kept, each made once for all benches',
      'runs/lab',
    )
    .option(
      '--backbone <dir>',
      'language model that trained rewards start from (default: the one that comes with assay)',
    )
    .option(
      '--training-problems <count>',
      'problems of a task whose solutions rewards learn from',
      integer({ min: 4, max: 100_000 }),
      trainingProblems,
    )
}

/** Repetitions, and so the seeds of samples and of training. */
export function seedsOf({ seeds = 1 }: Pick<BenchOptions, 'seeds'>): number[] {
  return Array.from({ length: seeds }, (_, i) => i + 1)
}

/** @throws InputError where a bench that fits something on validation is to measure it there */
export function checkUnfitted({ splits }: Pick<BenchOptions, 'splits'>, fitted: string): void {
  if (splits.includes('validation'))
    throw new InputError(`${fitted} fitted on validation problems`, {
      where: '--splits',
      fix: 'Leave validation out.',
    })
}

/** @throws InputError when a task would have no problem */
export function planOf({ task, splits, problems, seeds }: BenchOptions): Plan {
  const tasks = unique(task)
  if (problems < tasks.length)
    throw new InputError(`${problems} cannot be shared out over ${tasks.length} tasks`, {
      where: '--problems',
      fix: `Give at least ${tasks.length}, or name fewer with --task.`,
    })
  return { tasks, splits: unique(splits), problems, seeds: seedsOf({ seeds }) }
}

/** @throws InputError where a bench is about one reward, and several are named */
export function checkOneReward({ reward = [] }: Pick<BenchOptions, 'reward'>): void {
  const named = reward.filter((name) => name !== 'majority')
  if (named.length > 1 || named[0] === 'all')
    throw new InputError('this bench is about one reward', {
      where: `--reward ${reward.join(',')}`,
      fix: 'Run it once for each, each with an --out of its own.',
    })
}

/**
 * The comparisons train about 250 rewards, so each learns from a fourteenth of what the shipped one learned from: some 7 minutes
 * of one core. docs/decisions/2026-11-22-lab-schedule.md has the whole schedule.
 */
const trainingProblems = 2500

/** Problems to validate on, for each to learn from. */
const validationShare = 0.1

/** The recipe's levels, in its proportions, but so many problems of a task. */
function labSizes(problems: number): Recipe['samples'] {
  const scaled = (levels: Record<number, number>, count: number) => {
    const total = Object.values(levels).reduce((sum, each) => sum + each, 0)
    return Object.fromEntries(
      Object.entries(levels).map(([level, each]) => [level, Math.max(1, Math.round((each * count) / total))]),
    )
  }
  return {
    ...full.samples,
    train: scaled(full.samples.train, problems),
    // those that benches measure on begin at 1,000 of each level
    validation: scaled(full.samples.validation, Math.min(validationShare * problems, 1000)),
  }
}

/** Smaller than the policy, and half as long in training. */
const weaker: LanguageModelRecipe = {
  ...full.policy,
  size: { hiddenSize: 64, layers: 3, heads: 4, keyValueHeads: 2, intermediateSize: 192 },
  steps: Math.round(full.policy.steps / 2),
}

/**
 * The shipped CRM's backbone and schedule, for every reward; the samples are of the policy that is measured.
 * @throws InputError when policy or backbone is no language model: better known before the samples than after
 */
export function labOf(
  {
    lab,
    policy,
    backbone,
    trainingProblems,
    threads,
  }: Pick<BenchOptions, keyof LabOptions | 'policy' | 'threads'>,
  report: Lab['report'],
): Lab {
  return {
    directory: lab,
    policy: languageModel('policy', policy),
    backbone: languageModel('backbone', backbone),
    tasks,
    samples: labSizes(trainingProblems),
    schedule: full.crm,
    weaker,
    seed: full.seed,
    threads,
    signal: interruptSignal(),
    report,
  }
}

function languageModel(name: 'policy' | 'backbone', given: string | undefined): string {
  const directory = modelDirectory(name, given)
  if (hasScoreHead(readCheckpointHeader(directory).config))
    throw new InputError('is a reward model, and no language model', {
      where: directory,
      fix: `Name another checkpoint with --${name}.`,
    })
  return directory
}
