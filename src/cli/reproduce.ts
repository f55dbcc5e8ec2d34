import type { Command } from 'commander'
import { full, quick } from '../reward/recipe.ts'
import { reproduce, type StageSummary } from '../reward/reproduce.ts'
import { interruptSignal } from './interrupt.ts'
import { withThreads } from './models.ts'
import { examples } from './options.ts'
import { printResult } from './output.ts'
import { stageProgress } from './stages.ts'
import { table } from './table.ts'

interface Options {
  quick?: boolean
  out?: string
  threads: number
  json?: boolean
}

export default function define(command: Command): void {
  withThreads(command)
    .description(
      'Make the shipped checkpoints again, from nothing but seeds: policy, backbone, the policy\'s own labelled samples, CRM. ' +
        'Run it again after an interruption and it goes on where it stood.',
    )
    .option('--quick', 'minutes instead of an hour: every stage, poor models')
    .option('-o, --out <folder>', 'where to work; the checkpoints end up in its models/ (default: runs/full or runs/quick)')
    .addHelpText(
      'after',
      examples(
        ['assay reproduce --quick', 'a rehearsal, in runs/quick'],
        ['assay reproduce', 'the full run, in runs/full'],
        ['assay demo --policy runs/full/models/policy --reward runs/full/models/crm', 'try what came out'],
      ),
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const directory = options.out ?? (options.quick ? 'runs/quick' : 'runs/full')
  const progress = stageProgress('')
  try {
    const stages = await reproduce({
      recipe: options.quick ? quick : full,
      directory,
      threads: options.threads,
      report: progress.report,
      signal: interruptSignal(),
    })
    progress.stop()
    printResult({ directory, models: `${directory}/models`, stages }, options, describe)
  } finally {
    progress.stop()
  }
}

function describe({ models, stages }: { models: string; stages: StageSummary[] }): string {
  const rows = stages.map(({ name, seconds, step, history }) => {
    const last = history?.findLast((entry) => entry.step === step) ?? history?.at(-1)
    const metrics = Object.entries(last?.metrics ?? {}).map(([metric, value]) => `${metric} ${value.toFixed(3)}`)
    return { name, seconds, step: step ?? null, validation: metrics.join(', ') || null }
  })
  const columns = [
    { title: 'stage', value: (row: (typeof rows)[number]) => row.name },
    { title: 'seconds', value: (row: (typeof rows)[number]) => row.seconds, digits: 0 },
    { title: 'best step', value: (row: (typeof rows)[number]) => row.step },
    { title: 'on validation', value: (row: (typeof rows)[number]) => row.validation },
  ]
  return `${table(rows, columns)}\n\nCheckpoints: ${models}`
}
