import type { PairLabel } from '../../data/pairs/pair.ts'

/** A way to write a verdict. */
export interface Dialect {
  /** What the two places are called, the first one first. */
  labels: readonly [string, string]
  /** Asks for the verdict, in a template. */
  ask: string
  /** A verdict as it is written. */
  write(winner: 0 | 1): string
  /** The beginning of a verdict, for a judge whose thinking was cut to complete. Does not end in white space. */
  cue: string
  /** Every verdict in a text, in order: the place that it names, 'tie' where it says that neither is better, null where it names no place that there is. */
  read(text: string): (PairLabel | null)[]
}
