import { type Calibration, calibrate, fitCalibration } from '../reward/calibration.ts'
import { type ReliabilityBin, reliabilityBins } from '../reward/metrics.ts'
import type { Split } from '../tasks/index.ts'
import {
  type BootstrapOptions,
  type Difference,
  differenceInterval,
  drawResamples,
  type Interval,
  meanOrNull,
  type ResampledStatistic,
  type Resamples,
  resampledStatistic,
  statisticInterval,
} from './bootstrap.ts'
import { type PoolReader, togetherBySeed } from './lab/compared.ts'
import type { Plan } from './lab/plan.ts'
import type { PoolRow } from './lab/pools.ts'
import { kindsOf } from './problems.ts'
import {
  type ResampledMetric,
  resampledAuprc,
  resampledBrier,
  resampledEce,
  type Sampled,
} from './resampled-metrics.ts'

/**
 * Are a reward's numbers comparable between problems, and are they probabilities? Over samples of all problems together; means over
 * the seeds, whose models are others, each with a calibration of its own.
 */
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
  temperature: Reliability & { calibrations: Calibration[] }
  platt: Reliability & { calibrations: Calibration[] }
  /** This reward's numbers minus those of the first reward, paired by problem; null for the first itself. */
  minusFirst: Differences | null
}

/** null where one of two rewards has no such number. */
export interface Differences {
  auprc: Difference | null
  ece: Difference | null
  brier: Difference | null
  /** After each reward's temperature. */
  eceTemperature: Difference | null
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

/** The scored samples of one reward and seed, with the id of each one's problem; all of shape [samples]. */
interface Scored {
  scores: number[]
  correct: boolean[]
  ids: string[]
}

function scoredOf(pools: readonly PoolRow[], reward: string): Scored {
  const scored: Scored = { scores: [], correct: [], ids: [] }
  for (const { id, correct, rewards } of pools)
    for (const [i, score] of rewards[reward].score.entries()) {
      if (score === null) continue
      scored.scores.push(score)
      scored.correct.push(correct[i] === 1)
      scored.ids.push(id)
    }
  return scored
}

/** One a seed. */
interface Calibrations {
  temperature: Calibration[]
  platt: Calibration[]
}

/**
 * Fits the calibrations of each reward and seed on the pools of `fit`, the validation split, and reports on each task and split
 * of `plan`, then on all tasks together.
 */
export async function reportCrossSample(
  plan: Plan,
  read: PoolReader,
  fit: readonly PoolRow[][],
  options: BootstrapOptions,
): Promise<CrossSampleSet[]> {
  const fitted = (reward: string, kind: 'temperature' | 'platt') =>
    fit.map((pools): Calibration => {
      const { scores, correct } = scoredOf(pools, reward)
      const { scale, shift } = fitCalibration(scores, correct, kind)
      return { scale, shift }
    })
  const calibrations = Object.keys(fit[0][0].rewards).map((reward): [string, Calibrations] => [
    reward,
    { temperature: fitted(reward, 'temperature'), platt: fitted(reward, 'platt') },
  ])
  const sets: CrossSampleSet[] = []
  for (const split of plan.splits) {
    const byTask = await Promise.all(plan.tasks.map((task) => read(task, split)))
    const groups = plan.tasks.map((task, i): [string, PoolRow[][]] => [task, byTask[i]])
    if (groups.length > 1) groups.push(['all', togetherBySeed(byTask)])
    for (const [task, bySeed] of groups) {
      const ids = [...new Set(bySeed.flat().map(({ id }) => id))]
      const draws = drawResamples(ids.length, { ...options, kinds: kindsOf(ids) })
      const measured = calibrations.map(([reward, each]) => crossSample(reward, bySeed, each, ids, draws))
      const [first] = measured
      sets.push({
        task,
        split,
        problems: ids.length,
        rewards: measured.map((each) => reportOf(each, each === first ? null : first, options)),
      })
    }
  }
  return sets
}

/** A mean over the seeds, and what it is of each of them. */
interface Statistic extends ResampledStatistic {
  seeds: (number | null)[]
}

/** What a reward comes to, on all problems and on each resample of them. */
interface Measured extends Pick<CrossSample, 'reward' | 'samples' | 'right'> {
  auprc: Statistic
  raw: MeasuredReliability
  temperature: MeasuredReliability & { calibrations: Calibration[] }
  platt: MeasuredReliability & { calibrations: Calibration[] }
}

interface MeasuredReliability {
  ece: Statistic
  brier: Statistic
  bins: ReliabilityBin[]
}

/** @param ids of all problems, scored or not: `draws` are of them */
function crossSample(
  reward: string,
  bySeed: readonly PoolRow[][],
  { temperature, platt }: Calibrations,
  ids: readonly string[],
  draws: Resamples,
): Measured {
  const place = new Map(ids.map((id, i) => [id, i]))
  const seeds = bySeed.map((pools) => {
    const { scores, correct, ids: own } = scoredOf(pools, reward)
    return { scores, correct, problems: Uint32Array.from(own, (id) => Number(place.get(id))) }
  })
  /** Mean over the seeds of a metric of the drawn problems' samples. */
  const over = (
    values: readonly (readonly number[])[],
    metric: (sampled: Sampled) => ResampledMetric,
  ): Statistic => {
    const ofSeeds = seeds.map(({ correct, problems }, seed) =>
      metric({ values: values[seed], positives: correct, problems }),
    )
    const statistic = resampledStatistic(draws, (drawn) => {
      const times = new Uint32Array(ids.length)
      for (const problem of drawn) times[problem]++
      return meanOrNull(ofSeeds.map((each) => each(times)))
    })
    const once = new Uint32Array(ids.length).fill(1)
    return { ...statistic, seeds: ofSeeds.map((each) => each(once)) }
  }
  const correct = seeds.flatMap((each) => each.correct)
  const reliability = (probabilities: number[][]): MeasuredReliability => ({
    ece: over(probabilities, resampledEce),
    brier: over(probabilities, resampledBrier),
    bins: reliabilityBins(probabilities.flat(), correct),
  })
  const after = (calibrations: Calibration[]) => ({
    ...reliability(
      seeds.map(({ scores }, seed) => scores.map((score) => calibrate(calibrations[seed], score))),
    ),
    calibrations,
  })
  return {
    reward,
    samples: correct.length,
    right: correct.filter(Boolean).length / correct.length,
    auprc: over(
      seeds.map(({ scores }) => scores),
      resampledAuprc,
    ),
    raw: reliability(seeds.map(({ scores }) => scores.map((score) => Math.exp(score)))),
    temperature: after(temperature),
    platt: after(platt),
  }
}

function reportOf(own: Measured, first: Measured | null, { confidence }: BootstrapOptions): CrossSample {
  const interval = (statistic: Statistic) => statisticInterval(statistic, confidence)
  const minus = (a: Statistic, b: Statistic): Difference | null => {
    const difference = differenceInterval(a, b, confidence)
    return (
      difference && {
        ...difference,
        seeds: a.seeds.map((each, seed) => Number(each) - Number(b.seeds[seed])),
      }
    )
  }
  const reliability = <Kind extends MeasuredReliability>(measured: Kind) => ({
    ...measured,
    ece: interval(measured.ece),
    brier: interval(measured.brier),
  })
  return {
    ...own,
    auprc: interval(own.auprc),
    raw: reliability(own.raw),
    temperature: reliability(own.temperature),
    platt: reliability(own.platt),
    minusFirst: first && {
      auprc: minus(own.auprc, first.auprc),
      ece: minus(own.raw.ece, first.raw.ece),
      brier: minus(own.raw.brier, first.raw.brier),
      eceTemperature: minus(own.temperature.ece, first.temperature.ece),
    },
  }
}
