import { join } from 'node:path'
import { trainingNotes } from '../reward/reproduce/reproduce.ts'
import type { TrainedReward } from '../reward/training/training.ts'
import type { TrainingResult, TrainingRun } from '../transformer/training.ts'
import { interruptSignal } from './interrupt.ts'
import { printResult } from './output.ts'
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

/** Runs a training with a progress bar, then prints how validation went; `note` ends the text. */
export async function withTrainingProgress(
  stage: string,
  options: Common,
  train: (run: Run) => Promise<TrainedReward>,
  note = '',
): Promise<void> {
  const progress = stageProgress('steps')
  try {
    const { step, tokens, history, calibration } = await train({
      directory: join(options.out, 'training'),
      signal: interruptSignal(),
      onStep: trainingNotes(stage, progress.report),
      onRead: (done, total) => progress.report('solutions read', done, total),
    })
    progress.stop()
    const result = { checkpoint: options.out, step, tokens, history, ...(calibration && { calibration }) }
    printResult(result, options, (each) => describe(each) + note)
  } finally {
    progress.stop()
  }
}

type Row = TrainingResult['history'][number]

interface Trained extends Pick<TrainedReward, 'step' | 'tokens' | 'history' | 'calibration'> {
  checkpoint: string
}

function describe(result: Trained): string {
  const names = Object.keys(result.history[0]?.metrics ?? {})
  const columns = [
    { title: 'step', value: (row: Row) => row.step },
    ...names.map((name) => ({ title: name, value: (row: Row) => row.metrics[name] })),
    { title: '', value: (row: Row) => (row.step === result.step ? 'kept' : '') },
  ]
  const parts = [
    `On validation:\n${table(result.history, columns)}`,
    calibrated(result),
    `Checkpoint: ${result.checkpoint}`,
  ]
  return parts.filter(Boolean).join('\n\n')
}

function calibrated({ calibration }: Trained): string {
  if (calibration === undefined) return ''
  const { scale, shift, metrics } = calibration
  const said = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`)
  return (
    `Hazards were calibrated on validation after training (scale ${scale.toFixed(3)}, shift ${shift.toFixed(3)}); ` +
    `after that: ${said.join(', ')}`
  )
}
