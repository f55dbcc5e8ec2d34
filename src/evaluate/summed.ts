import { type BootstrapOptions, bootstrap, type Interval } from './bootstrap.ts'

/** A statistic that is a function of counts, summed over items. */
export interface SummedStatistic<Item> {
  /** What is drawn at once in a resample: items of one group stay together. */
  group(item: Item): string
  /** What an item adds, always of the same length. */
  counts(item: Item): readonly number[]
  /** null where it is undefined. */
  statistic(sums: readonly number[]): number | null
}

export interface Summed {
  /** Summed over all items; none of no items. */
  counts: number[]
  /** The statistic and its 95% bootstrap interval over groups, where all of them are alike the exact one of a share; null: undefined. */
  value: Interval | null
}

export function summed<Item>(
  items: readonly Item[],
  { group, counts, statistic }: SummedStatistic<Item>,
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
  const telling = sums.filter((each) => statistic(each) !== null).length || sums.length
  return { counts: total(Array.from(sums.keys())), value: value && bounded(value, telling) }
}

/** Of `count` that are all right, or all wrong, each resample says the same: the bound is that of Clopper and Pearson (1934). */
function bounded({ mean, low, high }: Interval, count: number): Interval {
  const least = 0.025 ** (1 / count)
  if (low === high && mean === 1) return { mean, low: least, high }
  if (low === high && mean === 0) return { mean, low, high: 1 - least }
  return { mean, low, high }
}

export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
