import type { Random } from '../reasoning/random.ts'
import { type Feeds, integers, scalar, tensor } from '../tensor/program.ts'
import { causalMask } from './mask.ts'

/** One batch of a training run. */
export interface Batch {
  /** Tokens that are learned from, padding not counted. */
  tokens: number
  feeds(): Feeds
}

/**
 * Groups sequences of like length so that rows x longest stays within `budget` tokens; returns groups of indices in random
 * order. A sequence longer than the budget gets a batch of its own.
 */
export function groupByLength(lengths: readonly number[], budget: number, random: Random): number[][] {
  const order = random.shuffle([...lengths.keys()]).sort((a, b) => lengths[a] - lengths[b])
  const groups: number[][] = []
  let group: number[] = []
  for (const index of order) {
    if (group.length > 0 && (group.length + 1) * lengths[index] > budget) {
      groups.push(group)
      group = []
    }
    group.push(index)
  }
  if (group.length > 0) groups.push(group)
  return random.shuffle(groups)
}

/**
 * `tokens`, `positions` and `mask` of right-padded sequences. Padding comes last, so no real token ever sees it.
 *
 * @param position of the i-th token of a row; i unless given
 */
export function sequenceFeeds(
  sequences: readonly (readonly number[])[],
  position: (row: number, i: number) => number = (_, i) => i,
): { feeds: Feeds; time: number } {
  const time = Math.max(...sequences.map((ids) => ids.length))
  const tokens = new Int32Array(sequences.length * time)
  for (const [row, ids] of sequences.entries()) tokens.set(ids, row * time)
  const positions = Int32Array.from(tokens, (_, i) => position(Math.floor(i / time), i % time))
  return {
    time,
    feeds: {
      tokens: integers(tokens, [tokens.length]),
      positions: integers(positions, [sequences.length, time]),
      mask: tensor(causalMask(time), [time, time]),
    },
  }
}

/** A sequence for next-token prediction: every token from index `from` on is a target, and `gap` positions further on. */
export interface LanguageExample {
  ids: readonly number[]
  from: number
  gap?: number
}

export function languageBatch(sequences: readonly LanguageExample[]): Batch {
  const tokens = sequences.reduce((sum, { ids, from }) => sum + ids.length - from, 0)
  return {
    tokens,
    feeds() {
      const { feeds, time } = sequenceFeeds(
        sequences.map(({ ids }) => ids),
        (row, i) => i + (i < sequences[row].from ? 0 : (sequences[row].gap ?? 0)),
      )
      const labels = new Int32Array(sequences.length * time)
      const weights = new Float32Array(labels.length)
      for (const [row, { ids, from }] of sequences.entries()) {
        for (let i = from; i < ids.length; i++) {
          labels[row * time + i - 1] = ids[i]
          weights[row * time + i - 1] = 1
        }
      }
      return {
        ...feeds,
        labels: integers(labels, [labels.length]),
        weights: tensor(weights, [weights.length]),
        total: scalar(tokens),
      }
    },
  }
}
