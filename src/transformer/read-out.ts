import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'
import { groupByLength } from './batches.ts'
import { type Cache, type Decoder, emptyCache } from './decoder.ts'
import { causalMask } from './mask.ts'

/** Tokens after a shared prompt, and which of them (indices into `ids`) the head is read at. */
export interface Reading {
  ids: readonly number[]
  at: readonly number[]
  /** The token that follows each of `at`, for a decoder with head 'surprisal'. */
  targets?: readonly number[]
  /** Surprisal of `ids`, for a model trained with it; that of the prompt counts as 0. */
  surprisal?: ArrayLike<number>
}

/** Tokens run together. */
const budget = 4096
/** From this many readings on it pays to run their prompt once and share its keys and values. */
const worthSharing = 3

/**
 * Reads a head of width 1 at tokens of many sequences: all readings of a prompt share its keys and values, so the
 * prompt is run once. Returns one Float32Array per reading, in order.
 */
export async function readOut(
  decoder: Decoder,
  requests: readonly { prompt: readonly number[]; readings: readonly Reading[] }[],
): Promise<Float32Array[][]> {
  const results = requests.map(({ readings }): Float32Array[] => new Array(readings.length))
  const alone: (Reading & { request: number; reading: number })[] = []
  for (const [request, { prompt, readings }] of requests.entries()) {
    if (readings.length >= worthSharing) {
      const whole = { ids: prompt, at: [], ...blank(readings[0], prompt.length) }
      const out = await runBatch(decoder, emptyCache(decoder.config, 1, 0), [whole])
      const cache = { rows: 1, capacity: prompt.length, keys: out.keys, values: out.values }
      await inBatches(readings, async (group) => {
        const { outputs } = await runBatch(
          decoder,
          cache,
          group.map((i) => readings[i]),
        )
        for (const [row, i] of group.entries()) results[request][i] = outputs[row]
      })
    } else {
      for (const [reading, each] of readings.entries())
        alone.push({ ...withPrompt(prompt, each), request, reading })
    }
  }
  await inBatches(alone, async (group) => {
    const { outputs } = await runBatch(
      decoder,
      emptyCache(decoder.config, 1, 0),
      group.map((i) => alone[i]),
    )
    for (const [row, i] of group.entries()) results[alone[i].request][alone[i].reading] = outputs[row]
  })
  return results
}

function withPrompt(prompt: readonly number[], { ids, at, targets, surprisal }: Reading): Reading {
  return {
    ids: [...prompt, ...ids],
    at: at.map((i) => prompt.length + i),
    targets,
    surprisal: surprisal && [...prompt.map(() => 0), ...Array.from(surprisal)],
  }
}

/** What a prompt, at which nothing is read, gives to a decoder that wants more than tokens. */
function blank({ targets, surprisal }: Reading, length: number): Pick<Reading, 'targets' | 'surprisal'> {
  return { targets: targets && [], surprisal: surprisal && new Float32Array(length) }
}

async function inBatches(
  readings: readonly Reading[],
  run: (group: number[]) => Promise<void>,
): Promise<void> {
  if (readings.length === 0) return
  const lengths = readings.map(({ ids }) => ids.length)
  for (const group of groupByLength(lengths, budget, random('read-out'))) await run(group)
}

/** Right-padded readings on top of one shared cache (of no tokens, or one row that all of them see). */
async function runBatch(decoder: Decoder, cache: Cache, readings: readonly Reading[]) {
  const { config } = decoder
  const past = cache.capacity
  const time = Math.max(...readings.map(({ ids }) => ids.length))
  if (past + time > config.contextLength)
    throw new InputError(`${past + time} tokens do not fit the model's context of ${config.contextLength}`, {
      fix: 'Shorten the problem or the steps, or use a model with a longer context.',
    })
  const tokens = new Int32Array(readings.length * time)
  for (const [row, { ids }] of readings.entries()) tokens.set(ids, row * time)
  const read = readings.flatMap(({ at }, row) => at.map((i) => row * time + i))
  const targets = readings[0].targets && readings.flatMap((reading) => reading.targets ?? [])
  const surprisal = readings[0].surprisal && new Float32Array(tokens.length)
  for (const [row, reading] of readings.entries()) surprisal?.set(reading.surprisal ?? [], row * time)
  const out = await decoder.append({
    cache,
    rows: readings.length,
    time,
    tokens,
    positions: tokens.map((_, i) => past + (i % time)),
    mask: causalMask(time, past),
    // The head needs a row to read even where nothing is asked.
    read: read.length > 0 ? read : [0],
    targets: targets && read.length === 0 ? [0] : targets,
    surprisal,
  })
  let from = 0
  const outputs = readings.map(({ at }) => {
    from += at.length
    return out.output.slice(from - at.length, from)
  })
  return { ...out, outputs }
}
