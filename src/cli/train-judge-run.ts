import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { alone } from '../evaluate/lock.ts'
import { versions } from '../evaluate/versions.ts'
import { readJudgeSamples } from '../judge/embedded/samples.ts'
import { teachJudge } from '../judge/embedded/teach.ts'
import { type JudgeRow, type JudgeSettings, judgeDefaults, type trainJudge } from '../judge/embedded/train.ts'
import { percent } from '../report/percent.ts'
import { interruptSignal } from './interrupt.ts'
import { modelDirectory } from './models.ts'
import { printResult } from './output.ts'
import { stageProgress } from './stages.ts'
import { table } from './table.ts'
import { type DataFiles, readData } from './train-options.ts'

export interface TrainJudgeOptions extends JudgeSettings, DataFiles {
  base?: string
  out: string
  probe: number
  dropSolved: number
  threads: number
  json?: boolean
}

/** `assay train judge`. */
export async function runTrainJudge(options: TrainJudgeOptions): Promise<void> {
  const { out, threads, probe, dropSolved } = options
  const base = modelDirectory('judge-base', options.base)
  const settings = Object.fromEntries(
    Object.entries(judgeDefaults).map(([name, usual]) => [
      name,
      options[name as keyof JudgeSettings] ?? usual,
    ]),
  ) as unknown as JudgeSettings
  const { train, validation } = await readData(options, readJudgeSamples)
  const { report, stop } = stageProgress('')
  let probed = Number.NaN
  try {
    // two processes in one folder would spoil its rows
    const result = await alone(out, async () =>
      teachJudge({
        directory: out,
        base,
        settings,
        describes: { command: process.argv.slice(2), versions: versions(), base: await checkpointHash(base) },
        train,
        validation,
        probe,
        dropSolved,
        threads,
        signal: interruptSignal(),
        onPairs: (done, total) => report('difficulty', done, total, 'pairs'),
        onStep({ step, accuracy, unparseable, tokens, kl, probe }) {
          probed = probe ?? probed
          const parts = [
            `right ${percent(accuracy)}`,
            ...(Number.isNaN(probed) ? [] : [`probe ${percent(probed)}`]),
            `no verdict ${percent(unparseable)}`,
            `thinking ${tokens.toFixed(0)} tokens`,
            `KL ${kl.toFixed(4)}`,
          ]
          report('judge', step + 1, settings.steps, parts.join(', '))
        },
      }),
    )
    stop()
    printResult(result, options, describe)
  } finally {
    stop()
  }
}

function describe({ rows, before, after, policy }: Awaited<ReturnType<typeof trainJudge>>): string {
  const every = Math.max(1, Math.ceil(rows.length / 10))
  const shown = rows.filter((_, i) => i % every === 0 || i === rows.length - 1)
  const levels = [...new Set(shown.flatMap((row) => Object.keys(row.tokens_by_level)))]
  return [
    table(shown, [
      { title: 'step', value: ({ step }: JudgeRow) => step },
      { title: 'right, %', align: 'right', value: ({ accuracy }) => percent(accuracy, 1) },
      { title: 'no verdict, %', align: 'right', value: ({ unparseable }) => percent(unparseable, 1) },
      { title: 'first, %', align: 'right', value: ({ first }) => percent(first, 1) },
      { title: 'tokens', align: 'right', value: ({ tokens }) => tokens.toFixed(0) },
      ...levels.map((level) => ({
        title: `level ${level}`,
        align: 'right' as const,
        value: ({ tokens_by_level }: JudgeRow) => tokens_by_level[Number(level)]?.toFixed(0) ?? '-',
      })),
      { title: 'KL', align: 'right', value: ({ kl }) => kl.toFixed(4) },
      { title: 'entropy', align: 'right', value: ({ entropy }) => entropy.toFixed(3) },
    ]),
    `Held-out pairs right: ${percent(before, 1)} before, ${percent(after, 1)} after.`,
    `Judge: ${policy}`,
  ].join('\n')
}
