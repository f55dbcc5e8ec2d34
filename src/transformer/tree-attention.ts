import type { TransformerConfig } from './config.ts'
import { type Cache, type Decoder, emptyCache } from './decoder.ts'
import { outOfReach } from './mask.ts'

/** Some tokens of a tree of texts that begin alike. */
export interface Piece {
  /** The piece that it follows: its index in the same list, smaller than its own; null for the first one. */
  after: number | null
  ids: readonly number[]
  /** Where the keys and values of each token are kept. */
  slots: readonly number[]
}

/** Pieces to run on top of others. */
export interface TreeRun {
  pieces: readonly Piece[]
  /** The first `known` pieces were run before: their keys and values are in their slots. */
  known: number
}

/** Keys and values of tokens; those of slot s are the {@link stateSize} numbers from s * stride + offset on. */
export interface TokenStates {
  data: Float32Array
  stride: number
  offset: number
}

/** Numbers that the keys and values of one token are: [layers, 2, keyValueHeads, headSize]. */
export function stateSize({ layers, keyValueHeads, headSize }: TransformerConfig): number {
  return layers * 2 * keyValueHeads * headSize
}

/** What is read of the new tokens of a {@link TreeRun}, laid end to end: as for {@link Decoder.append}. */
export type TreeRead = Pick<Parameters<Decoder['append']>[0], 'read' | 'targets' | 'surprisal'>

/**
 * Runs the new pieces in one go, all in one row under a mask by which a token sees its own text alone (tree attention, Miao
 * et al. 2023, "SpecInfer"): no padding, and what texts share is run once. Keeps the new keys and values in their slots.
 * Returns the head's output [read, width].
 */
export async function appendTree(
  decoder: Decoder,
  states: TokenStates,
  { pieces, known }: TreeRun,
  reading: TreeRead,
): Promise<Float32Array> {
  const { config } = decoder
  const slots = (some: readonly Piece[]) => some.flatMap((piece) => piece.slots)
  const [oldSlots, newSlots] = [slots(pieces.slice(0, known)), slots(pieces.slice(known))]
  const [past, time] = [oldSlots.length, newSlots.length]
  const cache = emptyCache(config, 1, past)
  copyStates(config, states, oldSlots, cache, 'load')
  const { positions, mask } = treeMask(pieces, past, time)
  const { output, keys, values } = await decoder.append({
    cache,
    rows: 1,
    time,
    tokens: pieces.slice(known).flatMap(({ ids }) => ids),
    positions: positions.slice(past),
    mask,
    ...reading,
  })
  copyStates(config, states, newSlots, { rows: 1, capacity: time, keys, values }, 'store')
  return output
}

/** Positions [past + time] and the additive mask [time, past + time] of pieces laid end to end. */
function treeMask(pieces: readonly Piece[], past: number, time: number) {
  const width = past + time
  const positions: number[] = []
  const mask = new Float32Array(time * width).fill(outOfReach)
  const columns: number[] = []
  for (const [i, { after, ids }] of pieces.entries()) {
    const column = positions.length
    columns.push(column)
    const start = after === null ? 0 : positions[columns[after] + pieces[after].ids.length - 1] + 1
    for (let t = 0; t < ids.length; t++) positions.push(start + t)
    if (column < past) continue
    for (let each: number | null = i; each !== null; each = pieces[each].after) {
      const from = columns[each]
      for (let t = 0; t < ids.length; t++) {
        const row = (column + t - past) * width
        mask.fill(0, row + from, row + from + (each === i ? t + 1 : pieces[each].ids.length))
      }
    }
  }
  return { positions, mask }
}

/** Copies the states of all slots to ('load') or from ('store') a cache of one row and as many tokens. */
function copyStates(
  { keyValueHeads, headSize }: TransformerConfig,
  { data, stride, offset }: TokenStates,
  slots: readonly number[],
  { keys, values }: Cache,
  direction: 'load' | 'store',
): void {
  let inSlot = offset
  for (const layer of keys.keys()) {
    for (const array of [keys[layer], values[layer]]) {
      for (let head = 0; head < keyValueHeads; head++, inSlot += headSize) {
        let at = head * slots.length * headSize
        for (const slot of slots) {
          const from = slot * stride + inSlot
          if (direction === 'load') for (let i = 0; i < headSize; i++) array[at++] = data[from + i]
          else for (let i = 0; i < headSize; i++) data[from + i] = array[at++]
        }
      }
    }
  }
}
