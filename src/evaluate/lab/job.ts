import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFiles } from '../../data/write-files.ts'
import type { RewardKind } from '../../reward/kinds/kind.ts'
import { kindNamed } from '../../reward/kinds/kinds.ts'
import { type RewardTraining, trainRewardCheckpoint } from '../../reward/training/training.ts'
import { readCheckpoint } from '../../transformer/checkpoint.ts'
import { DivergedError } from '../../transformer/training.ts'
import type { Running } from '../run-pool.ts'

/** A reward that a thread of the lab trains, on one core: everything that it makes is in its folder. */
export interface LabJob
  extends Pick<
    RewardTraining,
    'train' | 'validation' | 'seed' | 'epochs' | 'peak' | 'batchTokens' | 'patience' | 'readings'
  > {
  directory: string
  kind: Pick<RewardKind, 'name' | 'options'>
  /** Checkpoint directory. */
  backbone: string
  /** Read the surprisal of the backbone as it was? */
  surprisal: boolean
  /** One of a search: that it diverges is an answer, too. Its metrics have no meaning then. */
  trial: boolean
}

const metricsFile = (directory: string) => join(directory, 'validation.json')

export function isDone({ directory }: LabJob): boolean {
  return existsSync(metricsFile(directory))
}

/** Solutions that it learns from, once for each epoch. */
export function solutionsOf({ train, epochs }: LabJob): number {
  return train.length * epochs
}

/** Trains the reward, or goes on where it stood when it was stopped. It tells of solutions that it has learned from. */
export async function work(job: LabJob, { signal, onProgress }: Running): Promise<void> {
  const { directory, kind, backbone: from, surprisal, trial, ...training } = job
  const backbone = readCheckpoint(from)
  const trained = trainRewardCheckpoint(
    directory,
    {
      ...training,
      kind: kindNamed(kind.name, kind.options),
      backbone,
      surprisalModel: surprisal ? backbone : undefined,
      threads: 1,
    },
    { signal, onStep: ({ step, steps }) => onProgress(Math.floor((step / steps) * solutionsOf(job))) },
  )
  const kept = await trained.then(
    ({ step, history }) => history.find((entry) => entry.step === step)?.metrics ?? {},
    (error: unknown) => {
      if (trial && error instanceof DivergedError) return { auc: Number.NaN }
      throw error
    },
  )
  // it may have run out of patience before its last step
  onProgress(solutionsOf(job))
  await writeFiles([{ path: metricsFile(directory), text: `${JSON.stringify(kept)}\n` }])
}

const metrics = z.record(z.string(), z.number().nullable())

/** Metrics on validation of a reward that is done, of the step that was kept, before hazards are calibrated. */
export async function readMetrics({ directory }: LabJob): Promise<Record<string, number>> {
  const read = metrics.parse(JSON.parse(await readFile(metricsFile(directory), 'utf8')))
  // JSON has no NaN, which says that a metric has no meaning
  return Object.fromEntries(Object.entries(read).map(([metric, value]) => [metric, value ?? Number.NaN]))
}
