import { type Calibration, calibrate, fitCalibration } from '../reward/calibration.ts'
import { auprc, brier, ece, type ReliabilityBin, reliabilityBins } from '../reward/metrics.ts'
import type { Split } from '../tasks/index.ts'
import { readPools } from './best-of-n-run.ts'
import { type BootstrapOptions, bootstrap, type Interval } from './bootstrap.ts'
import type { Plan } from './plan.ts'
import type { PoolRow } from './pools.ts'
import { repeatedBySeed } from './seeds.ts'

/** Are a reward's numbers comparable between problems, and are they probabilities? Over samples of all problems together. */
export interface CrossSample {
  reward: string
  samples: number
  /** Share of right samples: what a reward that knows nothing has as its AUPRC. */
  right: number
  /** Area under the precision-recall curve of the score against correctness. */
  auprc: Interval | null
  /** Of exp(score) as the chance that the answer is right; intervals are over problems. */
  raw: Reliability
  /** The same after the temperature that was fitted on validation, and after scale and shift (Platt). */
  temperature: Reliability & { calibration: Calibration }
  platt: Reliability & { calibration: Calibration }
}

export interface Reliability {
  ece: Interval | null
  brier: Interval | null
  bins: ReliabilityBin[]
}

export interface CrossSampleSet {
  task: string
  split: Split
  problems: number
  rewards: CrossSample[]
}

/** The scored samples of one reward, flat, and which of them each problem has. */
interface Scored {
  scores: number[]
  correct: boolean[]
  byProblem: number[][]
}

function scoredOf(pools: readonly PoolRow[], reward: string): Scored {
  const [scores, correct]: [number[], boolean[]] = [[], []]
  const byProblem = new Map<string, number[]>()
  for (const pool of pools)
    for (const [i, score] of pool.rewards[reward].score.entries()) {
      if (score === null) continue
      const of = byProblem.get(pool.id) ?? []
      of.push(scores.push(score) - 1)
      byProblem.set(pool.id, of)
      correct.push(pool.correct[i] === 1)
    }
  return { scores, correct, byProblem: [...byProblem.values()] }
}

/**
 * Reads the pools that `runBestOfN` left in `directory`: fits the calibrations of each reward on those of `fit`, the
 * validation split, and reports on each task and split of `plan`, then on all tasks together.
 */
export async function reportCrossSample(
  plan: Plan,
  fit: Plan,
  directory: string,
  options: BootstrapOptions,
): Promise<CrossSampleSet[]> {
  const read = async (from: Plan, tasks: readonly string[], split: Split) =>
    repeatedBySeed(
      (await Promise.all(tasks.map((task) => readPools(from, directory, task, split)))).flat(),
      (pool) => pool.rewards,
      (pool, rewards): PoolRow => ({ ...pool, rewards }),
    )
  const held = await read(fit, fit.tasks, fit.splits[0])
  const calibrations = new Map(
    Object.keys(held[0].rewards).map((reward) => {
      const { scores, correct } = scoredOf(held, reward)
      const kinds = ['temperature', 'platt'] as const
      return [reward, kinds.map((kind) => fitCalibration(scores, correct, kind))] as const
    }),
  )
  const sets: CrossSampleSet[] = []
  for (const split of plan.splits) {
    const groups = plan.tasks.map((task) => [task, [task]] as const)
    for (const [task, tasks] of plan.tasks.length > 1 ? [...groups, ['all', plan.tasks] as const] : groups) {
      const pools = await read(plan, tasks, split)
      const rewards = [...calibrations].map(([reward, [temperature, platt]]) =>
        crossSample(reward, scoredOf(pools, reward), { temperature, platt }, options),
      )
      sets.push({ task, split, problems: new Set(pools.map(({ id }) => id)).size, rewards })
    }
  }
  return sets
}

function crossSample(
  reward: string,
  scored: Scored,
  { temperature, platt }: { temperature: Calibration; platt: Calibration },
  options: BootstrapOptions,
): CrossSample {
  const { scores, correct, byProblem } = scored
  /** A metric of the drawn problems' samples. */
  const over = (values: readonly number[], metric: (values: number[], correct: boolean[]) => number | null) =>
    bootstrap(
      byProblem.length,
      (drawn) => {
        const at = Array.from(drawn).flatMap((problem) => byProblem[problem])
        return metric(
          at.map((i) => values[i]),
          at.map((i) => correct[i]),
        )
      },
      options,
    )
  const reliability = (probabilities: number[]): Reliability => ({
    ece: over(probabilities, (p, right) => ece(p, right)),
    brier: over(probabilities, (p, right) => brier(p, right)),
    bins: reliabilityBins(probabilities, correct),
  })
  const after = (calibration: Calibration) => ({
    ...reliability(scores.map((score) => calibrate(calibration, score))),
    calibration: { scale: calibration.scale, shift: calibration.shift },
  })
  return {
    reward,
    samples: scores.length,
    right: correct.filter(Boolean).length / correct.length,
    auprc: over(scores, auprc),
    raw: reliability(scores.map((score) => Math.min(1, Math.exp(score)))),
    temperature: after(temperature),
    platt: after(platt),
  }
}
