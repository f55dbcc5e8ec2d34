import { join } from 'node:path'
import { alone } from '../evaluate/lock.ts'
import { InputError } from '../reasoning/errors.ts'
import { trainingNotes } from '../reward/reproduce/reproduce.ts'
import type { TrainedReward } from '../reward/training/training.ts'
import type { TrainingResult, TrainingRun } from '../transformer/training.ts'
import { interruptSignal } from './interrupt.ts'
import { errorNote, printResult } from './output.ts'
import { stageProgress } from './stages.ts'
import { table } from './table.ts'

/** Options of every command that trains by gradient descent. */
export interface Common {
  out: string
  seed: number
  threads: number
  batchTokens: number
  peak: number
  json?: boolean
}

export interface Run extends Pick<TrainingRun, 'directory' | 'signal' | 'onStep'> {
  /** Told of what comes before the first step. */
  onRead: (done: number, total: number) => void
}

/** Runs a training with a progress bar, then prints how validation went; `note` ends the text. One that diverged fails. */
export async function withTrainingProgress(
  stage: string,
  options: Common,
  train: (run: Run) => Promise<TrainedReward>,
  note = '',
): Promise<void> {
  const progress = stageProgress('steps')
  const tell = trainingNotes(stage, progress.report)
  try {
    // two processes in one folder would spoil its state
    const { step, tokens, history, calibration, baselines } = await alone(options.out, () =>
      train({
        directory: join(options.out, 'training'),
        signal: interruptSignal(),
        onStep: (now) => tell({ ...now, metrics: now.metrics && meaningful(now.metrics) }),
        onRead: (done, total) => progress.report('solutions read', done, total),
      }),
    )
    progress.stop()
    const result = { checkpoint: options.out, step, tokens, history, calibration, baselines }
    const diverged = fault(result) === 'diverged'
    printResult(result, options, (each) => describe(each) + (diverged ? '' : note))
    if (!diverged) return
    errorNote(divergence(result, options))
    process.exitCode = 1
  } finally {
    progress.stop()
  }
}

/** A metric that has no meaning, as the AUC of right solutions alone, is NaN: progress leaves it out. */
function meaningful(metrics: Row['metrics']): Row['metrics'] {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => !Number.isNaN(value)))
}

type Row = TrainingResult['history'][number]

interface Trained extends Pick<TrainedReward, 'step' | 'tokens' | 'history' | 'calibration' | 'baselines'> {
  checkpoint: string
}

/** How far above where it started a loss is no chance any more. */
const risen = 1.05

/** A training whose kept step is no better than a model that reads nothing has diverged, where its loss went up, or has hardly begun. */
function fault({ step, history, baselines }: Trained): 'diverged' | 'hardly begun' | null {
  const { loss } = history.find((row) => row.step === step)?.metrics ?? {}
  if (baselines === undefined || loss === undefined || loss < baselines.blind) return null
  return highest(history) > risen * baselines.start ? 'diverged' : 'hardly begun'
}

/** A loss that was no number comes back as null from the state of a run. */
function highest(history: readonly Row[]): number {
  return Math.max(...history.map(({ metrics: { loss } }) => (Number.isFinite(loss) ? loss : Infinity)))
}

function divergence({ step, history, baselines }: Trained, { out, peak }: Common): InputError {
  const best = history.find((row) => row.step === step)?.metrics.loss
  const [rose, kept, blind] = [highest(history), best, baselines?.blind].map((each) => each?.toFixed(3))
  return new InputError(
    `training diverged: its loss on validation rose to ${rose}, and even the best, ${kept}, is no better than the ${blind} of a model that reads nothing`,
    { where: out, fix: `Lower --peak (it was ${peak}), with another --out.` },
  )
}

function describe(result: Trained): string {
  const names = Object.keys(result.history[0]?.metrics ?? {})
  const columns = [
    { title: 'step', value: (row: Row) => row.step },
    ...names.map((name) => ({ title: name, value: (row: Row) => known(row.metrics[name]) })),
    { title: '', value: (row: Row) => (row.step === result.step ? 'kept' : '') },
  ]
  const parts = [
    `On validation:\n${table(result.history, columns)}`,
    fault(result) === 'hardly begun' &&
      `No better yet than a model that reads nothing, whose loss is ${result.baselines?.blind.toFixed(3)}: train longer, or with another --peak.`,
    calibrated(result),
    `Checkpoint: ${result.checkpoint}`,
  ]
  return parts.filter(Boolean).join('\n\n')
}

function calibrated({ calibration }: Trained): string {
  if (calibration === undefined) return ''
  if (calibration === null)
    return 'Hazards were not calibrated: on validation steps of a higher one were not wrong more often.'
  const { scale, shift, metrics } = calibration
  const said = Object.entries(metrics).map(([name, value]) => `${name} ${known(value)?.toFixed(4) ?? '-'}`)
  return (
    `Hazards were calibrated on validation after training, and measured on the same rows, which flatters a little (scale ${scale.toFixed(3)}, shift ${shift.toFixed(3)}); ` +
    `after that: ${said.join(', ')}`
  )
}

/** NaN says that there is nothing to know, which is null in a table. */
function known(value: number | null): number | null {
  return value === null || Number.isNaN(value) ? null : value
}
