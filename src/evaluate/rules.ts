import { ratio, type Summed, type SummedStatistic, summed } from './summed.ts'

/** A named statistic of counts, over the items that it is about. */
export interface Rule<Item> extends Omit<SummedStatistic<Item>, 'group'> {
  name: string
  /** Left out, it is about all. */
  of?(item: Item): boolean
}

export interface MeasuredRule extends Summed {
  /** Items that the rule is about. */
  rows: number
}

export interface MeasureOptions {
  /** Of the bootstrap; 2000 unless given. The resamples are the same for every rule about the same items. */
  resamples?: number
}

/** @param group what is drawn at once in a resample */
export function measureRule<Item>(
  items: readonly Item[],
  { of = () => true, ...rule }: Rule<Item>,
  group: (item: Item) => string,
  options?: MeasureOptions,
): MeasuredRule {
  const own = items.filter(of)
  return { rows: own.length, ...summed(own, { ...rule, group }, options) }
}

/** A share of something, null of nothing. */
export function share<Item>(
  name: string,
  counts: (item: Item) => readonly [part: number, whole: number],
  of?: (item: Item) => boolean,
): Rule<Item> {
  return { name, of, counts, statistic: ([part, whole]) => ratio(part, whole), isShare: true }
}
