import {
  type BootstrapOptions,
  drawResamples,
  type Interval,
  percentileInterval,
  resampledMeans,
  shareInterval,
} from './bootstrap.ts'
import { kindsOf } from './problems.ts'

/** What a problem, or a pair, adds to a share: so much of so much. */
export type Part = readonly [part: number, whole: number]

/** Shares with intervals over problems or pairs, all of them over the same resamples. */
export interface Ratios {
  /** Sum of the parts by sum of the wholes; null where the wholes come to nothing. */
  ratio(partOf: (place: number) => Part): Interval | null
  mean(value: (place: number) => number): Interval
  /** {@link ratio} of parts of a whole, as {@link shareInterval}. */
  share(partOf: (place: number) => Part): Interval | null
  /** {@link mean} of values in [0, 1], as {@link shareInterval}. */
  meanShare(value: (place: number) => number): Interval
}

/** @param ids of each problem, or of that of each pair: variants of one are drawn together */
export function ratiosOver(ids: readonly string[], options: BootstrapOptions): Ratios {
  const kinds = kindsOf(ids)
  const resamples = drawResamples(ids.length, { ...options, kinds })
  const places = [...ids.keys()]
  const ratio: Ratios['ratio'] = (partOf) => {
    const parts = places.map(partOf)
    const sum = (of: 0 | 1) => parts.reduce((total, part) => total + part[of], 0)
    if (sum(1) === 0) return null
    const [part, whole] = ([0, 1] as const).map((of) =>
      resampledMeans(
        parts.map((each) => each[of]),
        resamples,
      ),
    )
    const resampled = [...part].flatMap((value, i) => (whole[i] === 0 ? [] : [value / whole[i]]))
    const value = sum(0) / sum(1)
    return percentileInterval(value, resampled.length > 0 ? resampled : [value], options.confidence)
  }
  const share: Ratios['share'] = (partOf) => {
    const interval = ratio(partOf)
    const telling = new Set(kinds.filter((_, place) => partOf(place)[1] > 0)).size
    return interval && shareInterval(interval, telling, options.confidence)
  }
  return {
    ratio,
    share,
    mean: (value) => ratio((place) => [value(place), 1]) as Interval,
    meanShare: (value) => share((place) => [value(place), 1]) as Interval,
  }
}

/** Means of a few numbers; 0 of none. */
export function meanOver<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / Math.max(1, items.length)
}
