import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'

/** A mean (or another statistic) with its confidence bounds. */
export interface Interval {
  mean: number
  low: number
  high: number
}

/** A difference, paired by problem. */
export interface Difference extends Interval {
  /**
   * What it is of each repetition. The interval is over problems: it does not know that rewards, or policies, of another seed are others, so a
   * difference that has not one sign in all seeds is none.
   */
  seeds: number[]
}

export interface BootstrapOptions {
  seed: number | string
  /** Number of resamples; 2000 unless given. */
  resamples?: number
  /** Coverage of the interval in (0, 1); 0.95 unless given. */
  confidence?: number
  /** Of each problem, what it is a variant of, shape [problems]: those of one kind are drawn together. Each is its own unless given. */
  kinds?: readonly string[]
}

/** Which problems each resample drew, with replacement: row r is `indices` from starts[r] to before starts[r + 1]. */
export interface Resamples {
  count: number
  /** Of problems: what is drawn at once. */
  kinds: number
  resamples: number
  indices: Uint32Array
  /** Shape [resamples + 1]. */
  starts: Uint32Array
}

/**
 * Draw once, use for many statistics: statistics over the same resamples are paired. As many kinds are drawn as there are, so resamples of kinds
 * of several problems differ in length (the cluster bootstrap, Field and Welsh 2007).
 */
export function drawResamples(count: number, { seed, resamples = 2000, kinds }: BootstrapOptions): Resamples {
  if (count === 0) throw new InputError('no problems to resample')
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new InputError(`${resamples} resamples: not a positive whole number`)
  if (kinds && kinds.length !== count) throw new InputError(`${kinds.length} kinds of ${count} problems`)
  const members = membersOf(kinds ?? Array.from({ length: count }, (_, i) => `${i}`))
  const { next } = random('bootstrap', seed)
  const drawn = Uint32Array.from({ length: members.length * resamples }, () => next() * members.length)
  const starts = new Uint32Array(resamples + 1)
  for (let row = 0; row < resamples; row++) {
    starts[row + 1] = starts[row]
    for (let i = row * members.length; i < (row + 1) * members.length; i++)
      starts[row + 1] += members[drawn[i]].length
  }
  const indices = new Uint32Array(starts[resamples])
  let at = 0
  for (const kind of drawn) for (const member of members[kind]) indices[at++] = member
  return { count, kinds: members.length, resamples, indices, starts }
}

/** The problems of each kind. */
function membersOf(kinds: readonly string[]): number[][] {
  const members = new Map<string, number[]>()
  for (const [i, kind] of kinds.entries()) {
    const known = members.get(kind)
    if (known) known.push(i)
    else members.set(kind, [i])
  }
  return [...members.values()]
}

/** Mean of `values` (shape [count], one a problem) in each resample, shape [resamples]. */
export function resampledMeans(
  values: ArrayLike<number>,
  { count, resamples, indices, starts }: Resamples,
): Float64Array {
  const held = checked(values, count)
  const means = new Float64Array(resamples)
  for (let row = 0; row < resamples; row++) {
    let sum = 0
    for (let i = starts[row]; i < starts[row + 1]; i++) sum += held[indices[i]]
    means[row] = sum / (starts[row + 1] - starts[row])
  }
  return means
}

/** Percentile interval (Efron and Tibshirani 1993, section 13.3) around `mean` from a statistic's values over resamples. */
export function percentileInterval(mean: number, resampled: ArrayLike<number>, confidence = 0.95): Interval {
  if (!(confidence > 0 && confidence < 1)) throw new InputError(`confidence ${confidence} is not in (0, 1)`)
  const sorted = Float64Array.from(resampled).sort()
  const tail = (1 - confidence) / 2
  return { mean, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }
}

/**
 * The percentile interval of a share in [0, 1] of `kinds` independent draws, made honest: where all resamples are 0, or 1, the exact
 * bound (Clopper and Pearson 1934), and of one draw alone nothing is known.
 */
export function shareInterval({ mean, low, high }: Interval, kinds: number, confidence = 0.95): Interval {
  const least = ((1 - confidence) / 2) ** (1 / kinds)
  if (low === 1 && mean === 1) return { mean, low: least, high }
  if (high === 0 && mean === 0) return { mean, low, high: 1 - least }
  return kinds === 1 ? { mean, low: 0, high: 1 } : { mean, low, high }
}

/** Mean of per-problem values (shape [problems]) with its percentile bootstrap interval over problems. */
export function bootstrapMean(values: ArrayLike<number>, options: BootstrapOptions): Interval {
  const means = resampledMeans(values, drawResamples(values.length, options))
  return percentileInterval(meanOf(values), means, options.confidence)
}

/** {@link bootstrapMean} of values in [0, 1]. */
export function bootstrapShare(values: ArrayLike<number>, options: BootstrapOptions): Interval {
  const draws = drawResamples(values.length, options)
  const { confidence } = options
  const interval = percentileInterval(meanOf(values), resampledMeans(values, draws), confidence)
  return shareInterval(interval, draws.kinds, confidence)
}

/** Mean of a - b, paired by problem, with its interval; both of shape [problems]. The interval excludes 0: a real difference. */
export function bootstrapDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: BootstrapOptions,
): Interval {
  if (a.length !== b.length) throw new InputError(`${a.length} values cannot be paired with ${b.length}`)
  return bootstrapMean(
    Float64Array.from(a, (value, i) => value - b[i]),
    options,
  )
}

/** A statistic of problems, and of each resample of them; null where it is undefined. */
export interface ResampledStatistic {
  value: number | null
  resampled: (number | null)[]
}

/** `statistic` gets the drawn problems' indices. Two statistics over the same resamples are paired. */
export function resampledStatistic(
  { count, resamples, indices, starts }: Resamples,
  statistic: (indices: Uint32Array) => number | null,
): ResampledStatistic {
  return {
    value: statistic(Uint32Array.from({ length: count }, (_, i) => i)),
    resampled: Array.from({ length: resamples }, (_, row) =>
      statistic(indices.subarray(starts[row], starts[row + 1])),
    ),
  }
}

/** Resamples on which the statistic is undefined are left out. null if it is undefined on the problems themselves. */
export function statisticInterval(
  { value, resampled }: ResampledStatistic,
  confidence?: number,
): Interval | null {
  if (value === null) return null
  const defined = resampled.filter((each) => each !== null)
  return percentileInterval(value, defined.length > 0 ? defined : [value], confidence)
}

/** a - b over the same resamples, with its interval; null where one of them is undefined. */
export function differenceInterval(
  a: ResampledStatistic,
  b: ResampledStatistic,
  confidence?: number,
): Interval | null {
  const minus = (x: number | null, y: number | null) => (x === null || y === null ? null : x - y)
  const resampled = a.resampled.map((each, row) => minus(each, b.resampled[row]))
  return statisticInterval({ value: minus(a.value, b.value), resampled }, confidence)
}

/**
 * Any statistic (AUPRC, F1, ECE) of `count` problems with its interval. `statistic` gets the drawn problems' indices and may
 * return null where it is undefined: such resamples are left out. null if it is undefined on the problems themselves.
 */
export function bootstrap(
  count: number,
  statistic: (indices: Uint32Array) => number | null,
  options: BootstrapOptions,
): Interval | null {
  return statisticInterval(resampledStatistic(drawResamples(count, options), statistic), options.confidence)
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum / values.length
}

/** null where one is, or there are none. */
export function meanOrNull(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null)
  return numbers.length === 0 || numbers.length < values.length ? null : meanOf(numbers)
}

function checked(values: ArrayLike<number>, count: number): Float64Array {
  if (values.length !== count) throw new InputError(`${values.length} values for ${count} problems`)
  const held = Float64Array.from(values)
  for (const [i, value] of held.entries())
    if (!Number.isFinite(value)) throw new InputError(`value ${i} is ${value}`)
  return held
}

/** Linear interpolation between order statistics. */
export function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (position - below) * (sorted[above] - sorted[below])
}
