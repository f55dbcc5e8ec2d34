import { joined } from '../tensor/joined.ts'
import type { TransformerConfig } from './config.ts'
import { type Cache, type Decoder, emptyCache, tokensAtOnce } from './decoder.ts'
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

/** What is read of the new tokens of a {@link TreeRun}, laid end to end: as for {@link Decoder.append}; `read` rises. */
export type TreeRead = Pick<Parameters<Decoder['append']>[0], 'read' | 'targets' | 'surprisal'>

/**
 * Runs the new pieces in one go, all in one row under a mask by which a token sees its own text alone (tree attention, Miao
 * et al. 2023, "SpecInfer"): no padding, and what texts share is run once. Where there are more than `most` new tokens, they are
 * run in parts, one after the other. Keeps the new keys and values in their slots. Returns the head's
 * output [read, width].
 */
export async function appendTree(
  decoder: Decoder,
  states: TokenStates,
  run: TreeRun,
  { read, targets, surprisal }: TreeRead,
  most = tokensAtOnce(decoder.config, tokensOf(run.pieces)),
): Promise<Float32Array> {
  const outputs: Float32Array[] = []
  let from = 0
  let next = 0
  for (const part of partsOf(run, most)) {
    const to = from + tokensOf(part.pieces.slice(part.known))
    const first = next
    while (next < read.length && read[next] < to) next++
    const wanted = Array.from({ length: next - first }, (_, i) => first + i)
    // one is always read: a graph may not take none
    const output = await appendPart(decoder, states, part, {
      read: wanted.length > 0 ? wanted.map((i) => read[i] - from) : [0],
      ...(targets && { targets: wanted.length > 0 ? wanted.map((i) => targets[i]) : [0] }),
      ...(surprisal && { surprisal: surprisal.subarray(from, to) }),
    })
    if (wanted.length > 0) outputs.push(output)
    from = to
  }
  return outputs.length === 1 ? outputs[0] : joined(outputs)
}

function tokensOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { ids }) => sum + ids.length, 0)
}

/** The same run in parts of at most `most` new tokens, each of which knows those before it. Pieces are cut where parts meet. */
function partsOf({ pieces, known }: TreeRun, most: number): TreeRun[] {
  const cut = pieces.slice(0, known)
  /** Where the end of each piece has come to be. */
  const ends = cut.map((_, i) => i)
  const starts = [known]
  let room = most
  for (const { after, ids, slots } of pieces.slice(known)) {
    let before = after === null ? null : ends[after]
    for (let at = 0; at === 0 || at < ids.length; ) {
      if (room === 0) {
        starts.push(cut.length)
        room = most
      }
      const to = Math.min(at + room, ids.length)
      before = cut.push({ after: before, ids: ids.slice(at, to), slots: slots.slice(at, to) }) - 1
      room -= to - at
      at = Math.max(to, 1)
    }
    ends.push(before as number)
  }
  return starts.map((start, i) => ({ pieces: cut.slice(0, starts[i + 1]), known: start }))
}

async function appendPart(
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
