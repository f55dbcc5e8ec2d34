import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { objectIn } from '../data/json-rows.ts'
import { InputError } from '../reasoning/errors.ts'
import { best } from '../search/choosing.ts'
import { defaultDelta, fitThreshold, type Outcome, type Threshold } from '../search/confidence.ts'
import { type BootstrapOptions, bootstrapShare, type Interval } from './bootstrap.ts'
import type { PoolRow } from './lab/pools.ts'

/** Best of n of one pool's first n samples: how sure the reward was of its choice, and whether that was right. */
export function outcomeOf(pool: PoolRow, reward: string, n: number): Outcome {
  const chosen = best(
    pool.answer.slice(0, n).flatMap((answer, i) => {
      const score = pool.rewards[reward].score[i]
      return score === null ? [] : [{ answer, score, correct: pool.correct[i] === 1 }]
    }),
  )
  return chosen === null
    ? { confidence: 0, correct: false }
    : { confidence: Math.exp(chosen.score), correct: chosen.correct }
}

/** What thresholds are fitted on, and for which choice they hold: best of n of this policy's samples by this reward. */
const calibrationFile = z.object({
  format: z.literal(1),
  n: z.int(),
  temperature: z.number(),
  topP: z.number(),
  /** Of a sample. */
  maxTokens: z.int(),
  /** Hashes of the checkpoints. */
  policy: z.string(),
  reward: z.string(),
  /** Which problems, for people. */
  problems: z.string(),
  /** [confidence, 1 for right] of each problem. */
  outcomes: z.array(z.tuple([z.number(), z.literal([0, 1])])),
})

/** What must be as it was. */
const same = ['n', 'temperature', 'topP', 'maxTokens', 'policy', 'reward'] as const

export type CalibrationFile = z.infer<typeof calibrationFile>

function outcomesIn({ outcomes }: Pick<CalibrationFile, 'outcomes'>): Outcome[] {
  return outcomes.map(([confidence, correct]) => ({ confidence, correct: correct === 1 }))
}

export interface ConfidenceThreshold extends Threshold {
  /** At least this share of the answers is right. */
  minConfidence: number
  /** The chance that it is not so. */
  delta: number
  /** What it was fitted on. */
  problems: string
}

/**
 * What P(correct) an answer must reach so that at least `minConfidence` of such answers are right.
 * @throws InputError when the file is no calibration, was made for another way of choosing, or cannot promise so much
 */
export async function confidenceThreshold(
  file: string,
  minConfidence: number,
  use: Pick<CalibrationFile, (typeof same)[number]>,
): Promise<ConfidenceThreshold> {
  const fix = 'Make one with `assay bench confidence`, with the same models and options.'
  if (!existsSync(file)) throw new InputError('no such calibration file', { where: file, fix })
  const read = calibrationFile.safeParse(objectIn(await readFile(file, 'utf8')))
  if (!read.success) throw new InputError('is no calibration file', { where: file, fix })
  const other = same.filter((name) => read.data[name] !== use[name])
  if (other.length > 0) {
    const said = other.map((name) =>
      name === 'policy' || name === 'reward'
        ? `another ${name} checkpoint`
        : `${name} = ${read.data[name]}, not ${use[name]}`,
    )
    throw new InputError(`was made for ${said.join(', and for ')}`, { where: file, fix })
  }
  const fitted = fitThreshold(outcomesIn(read.data), { error: 1 - minConfidence })
  if (fitted === null)
    throw new InputError(
      `it cannot be promised that ${minConfidence} of the answers are right: they were at no P(correct)`,
      { where: file, fix: 'Ask for less, sample more with --n, or use better models.' },
    )
  return { ...fitted, minConfidence, delta: defaultDelta, problems: read.data.problems }
}

/** A promised error rate, and what came of it on other problems. */
export interface KeptPromise {
  /** At most this share of the answers is wrong, so it was promised. */
  error: number
  /** null: nothing could be promised, so nothing is answered. */
  threshold: Threshold | null
  /** By set of problems. */
  measured: Record<string, { problems: number; answered: Interval; wrong: Interval | null }>
}

/** Fits a threshold for every error rate on one set of outcomes, and measures it on others. */
export function keptPromises(
  fit: readonly Outcome[],
  sets: Readonly<Record<string, readonly Outcome[]>>,
  errors: readonly number[],
  options: BootstrapOptions,
): KeptPromise[] {
  return errors.map((error) => {
    const threshold = fitThreshold(fit, { error })
    const measured = Object.entries(sets).map(([name, outcomes]) => {
      const isAnswered = ({ confidence }: Outcome) => threshold !== null && confidence >= threshold.threshold
      const share = outcomes.map((outcome) => Number(isAnswered(outcome)))
      const wrong = outcomes.filter(isAnswered).map(({ correct }) => Number(!correct))
      return [
        name,
        {
          problems: outcomes.length,
          answered: bootstrapShare(share, options),
          wrong: wrong.length === 0 ? null : bootstrapShare(wrong, options),
        },
      ]
    })
    return { error, threshold, measured: Object.fromEntries(measured) }
  })
}
