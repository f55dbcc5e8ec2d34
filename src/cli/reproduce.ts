import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { fullJudge, quickJudge } from '../judge/embedded/recipe.ts'
import { reproduceJudge } from '../judge/embedded/reproduce.ts'
import { InputError } from '../reasoning/errors.ts'
import { percent } from '../report/percent.ts'
import { modelCard } from '../reward/reproduce/model-card.ts'
import { full, quick, quickTraces, traces } from '../reward/reproduce/recipe.ts'
import { reproduce, type StageSummary } from '../reward/reproduce/reproduce.ts'
import type { KindSummary } from '../reward/reproduce/trace-card.ts'
import { reproduceTraces } from '../reward/reproduce/traces.ts'
import { interruptSignal } from './interrupt.ts'
import { withThreads } from './models.ts'
import { examples } from './options.ts'
import { printResult } from './output.ts'
import { stageProgress } from './stages.ts'
import { type Column, table } from './table.ts'

interface Options {
  quick?: boolean
  judge?: boolean
  traces?: boolean
  out?: string
  threads: number
  json?: boolean
}

export default function define(command: Command): void {
  withThreads(command)
    .description(
      "Make the shipped checkpoints again, from nothing but seeds: policy, backbone, the policy's own labelled samples, CRM. " +
        'Run it again after an interruption and it goes on where it stood.',
    )
    .option('--quick', 'minutes instead of hours: every stage, poor models')
    .option(
      '--judge',
      'instead, the judge that reasons, from the backbone and the samples that a run without this option left in --out',
    )
    .option('--traces', 'instead, the CRM that reads chains of thought as other models write them')
    .option(
      '-o, --out <folder>',
      'where to work; the checkpoints end up in its models/ (default: runs/full, runs/quick, runs/traces or runs/quick-traces)',
    )
    .addHelpText(
      'after',
      examples(
        ['assay reproduce --quick', 'a rehearsal, in runs/quick'],
        ['assay reproduce', 'the full run, in runs/full'],
        ['assay reproduce --judge', 'then the judge, in runs/full, too'],
        ['assay reproduce --traces', 'the CRM of `assay evaluate big-bench-mistake`'],
        ['assay demo --policy runs/full/models/policy --reward runs/full/models/crm', 'try what came out'],
      ),
    )
    .action(run)
}

async function runTraces(options: Options): Promise<void> {
  const directory = options.out ?? (options.quick ? 'runs/quick-traces' : 'runs/traces')
  const progress = stageProgress('')
  try {
    const { stages, kinds } = await reproduceTraces({
      recipe: options.quick ? quickTraces : traces,
      command: options.quick ? 'assay reproduce --quick --traces' : 'assay reproduce --traces',
      directory,
      threads: options.threads,
      report: progress.report,
      signal: interruptSignal(),
    })
    progress.stop()
    const models = join(directory, 'models')
    printResult({ models, stages, kinds }, options, (result) =>
      [
        describe(result),
        'First mistakes found exactly, on generated test traces:',
        table(kinds, kindColumns),
      ].join('\n\n'),
    )
  } finally {
    progress.stop()
  }
}

const kindColumns: Column<KindSummary>[] = [
  { title: 'traces', value: ({ source }) => source },
  { title: 'mistake', value: ({ kind }) => kind },
  { title: 'count', value: ({ count }) => count },
  {
    title: 'found',
    align: 'right',
    value: ({ count, found }) => (count === 0 ? '-' : percent(found / count)),
  },
]

async function run(options: Options): Promise<void> {
  if (options.traces) return runTraces(options)
  if (options.judge) return runJudge(options)
  const directory = options.out ?? (options.quick ? 'runs/quick' : 'runs/full')
  const recipe = options.quick ? quick : full
  const progress = stageProgress('')
  try {
    const { threads } = options
    const stages = await reproduce({
      recipe,
      directory,
      threads,
      report: progress.report,
      signal: interruptSignal(),
    })
    progress.stop()
    const models = join(directory, 'models')
    const command = options.quick ? 'assay reproduce --quick' : 'assay reproduce'
    writeFileSync(join(models, 'README.md'), modelCard(recipe, stages, command))
    printResult({ models, stages }, options, describe)
  } finally {
    progress.stop()
  }
}

async function runJudge({ quick, threads, ...options }: Options): Promise<void> {
  const directory = options.out ?? (quick ? 'runs/quick' : 'runs/full')
  if (!existsSync(join(directory, 'models', 'crm')))
    throw new InputError('there is no finished run to go on with', {
      where: directory,
      fix: `Run \`assay reproduce${quick ? ' --quick' : ''}\` first.`,
    })
  const progress = stageProgress('')
  try {
    const stages = await reproduceJudge({
      recipe: quick ? quickJudge : fullJudge,
      command: quick ? 'assay reproduce --quick --judge' : 'assay reproduce --judge',
      directory,
      threads,
      report: progress.report,
      signal: interruptSignal(),
    })
    progress.stop()
    printResult({ models: join(directory, 'models'), stages }, options, describe)
  } finally {
    progress.stop()
  }
}

function describe({ models, stages }: { models: string; stages: StageSummary[] }): string {
  const columns: Column<StageSummary>[] = [
    { title: 'model', value: ({ name }) => name },
    { title: 'parameters', value: ({ parameters }) => parameters },
    { title: 'steps', value: ({ steps }) => steps },
    { title: 'kept', value: ({ step }) => step },
    { title: 'seconds', value: ({ seconds }) => seconds },
    {
      title: 'on validation',
      value: ({ validation }) =>
        Object.entries(validation)
          .map(([name, value]) => `${name} ${value.toFixed(3)}`)
          .join(', '),
    },
  ]
  return `${table(stages, columns)}\n\nCheckpoints and their card: ${models}`
}
