import { type BootstrapOptions, bootstrap, type Interval, shareInterval } from './bootstrap.ts'

/** A statistic that is a function of counts, summed over items. */
export interface SummedStatistic<Item> {
  /** What is drawn at once in a resample: items of one group stay together. */
  group(item: Item): string
  /** What an item adds, always of the same length. */
  counts(item: Item): readonly number[]
  /** null where it is undefined. */
  statistic(sums: readonly number[]): number | null
  /** Is it a part of a whole? */
  isShare?: boolean
  /** Between what it can be at all, which is all that a single group tells of it. [0, 1] unless given. */
  range?: readonly [least: number, most: number]
}

export interface Summed {
  /** Summed over all items; none of no items. */
  counts: number[]
  /** The statistic and its 95% bootstrap interval over groups, of a share that of {@link shareInterval}; of one group the whole range; null: undefined. */
  value: Interval | null
}

export function summed<Item>(
  items: readonly Item[],
  { group, counts, statistic, isShare = false, range: [low, high] = [0, 1] }: SummedStatistic<Item>,
  { seed = 1, resamples = 2000 }: Partial<BootstrapOptions> = {},
): Summed {
  const groups = new Map<string, number[]>()
  for (const item of items) {
    const before = groups.get(group(item))
    const added = counts(item)
    if (before) for (const [i, count] of added.entries()) before[i] += count
    else groups.set(group(item), [...added])
  }
  const sums = [...groups.values()]
  if (sums.length === 0) return { counts: [], value: null }
  const total = (indices: ArrayLike<number>) => {
    const sum = sums[0].map(() => 0)
    for (let k = 0; k < indices.length; k++) {
      const one = sums[indices[k]]
      for (let j = 0; j < sum.length; j++) sum[j] += one[j]
    }
    return sum
  }
  const value = bootstrap(sums.length, (indices) => statistic(total(indices)), { seed, resamples })
  const telling = sums.filter((each) => statistic(each) !== null).length
  const widened = (value: Interval) => {
    if (isShare) return shareInterval(value, telling)
    return sums.length === 1 ? { ...value, low, high } : value
  }
  return { counts: total(Array.from(sums.keys())), value: value && widened(value) }
}

export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
