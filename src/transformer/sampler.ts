import { random } from '../reasoning/random.ts'
import { type Cache, copyTokens, type Decoder, emptyCache, tokensAtOnce } from './decoder.ts'
import { causalMask, outOfReach } from './mask.ts'

export interface SampleRequest {
  /** Token ids to continue. Requests with the same prompt should be neighbours: it is then encoded once. */
  prompt: readonly number[]
  seed: number
}

export interface SampleOptions {
  /** 0 is greedy. */
  temperature: number
  /** Nucleus: the smallest set of tokens whose probability reaches this; 1 keeps all. */
  topP: number
  /** Stop after any of these, which is kept as the last token. */
  stops: readonly number[]
  maxTokens: number
  /** Sequences decoded together. */
  batch: number
  /** Say how likely each token was? */
  logProbabilities?: boolean
  signal?: AbortSignal
}

export interface Sample {
  tokens: number[]
  /** false: ran out of tokens or context before a stop */
  stopped: boolean
  /** Of each token at the temperature that it was drawn at, before the nucleus is cut, in nats; where options ask for them. */
  logProbabilities?: number[]
}

interface Slot {
  request: number
  /** tokens in the cache */
  length: number
  tokens: number[]
  logProbabilities: number[]
  draw: () => number
}

/** Cache capacity grows in this many tokens at a time. */
const block = 32

/**
 * Samples a continuation of every request, in request order. A sequence that ends gives its row to the next request at once;
 * when none is left the batch shrinks. A sample depends on its own prompt and seed only.
 */
export async function sample(
  decoder: Decoder,
  requests: readonly SampleRequest[],
  options: SampleOptions,
  onDone?: (request: number, sample: Sample) => void,
): Promise<Sample[]> {
  const { config } = decoder
  const results: Sample[] = new Array(requests.length)
  const weights = new Float64Array(config.vocabSize)
  let waiting = 0
  let prompt: Prompt | undefined

  /** Takes the next token; false when the sequence is over. */
  const accept = (slot: Slot, logits: Float32Array): boolean => {
    const token = choose(logits, slot.draw, options, weights)
    slot.tokens.push(token)
    if (options.logProbabilities)
      slot.logProbabilities.push(logProbabilityOf(token, logits, options.temperature))
    const stopped = options.stops.includes(token)
    if (!stopped && slot.tokens.length < options.maxTokens && slot.length + 1 < config.contextLength)
      return true
    const { tokens, logProbabilities } = slot
    results[slot.request] = { tokens, stopped, ...(options.logProbabilities && { logProbabilities }) }
    onDone?.(slot.request, results[slot.request])
    return false
  }
  /** Starts waiting requests until one needs more than its prompt's own prediction. */
  const start = async (): Promise<{ slot: Slot; from: Prompt } | null> => {
    while (waiting < requests.length) {
      const request = requests[waiting]
      if (!prompt || !sameTokens(prompt.tokens, request.prompt))
        prompt = await encodePrompt(decoder, request.prompt)
      const draw = random('sample', request.seed).next
      const slot = {
        request: waiting++,
        length: request.prompt.length,
        tokens: [],
        logProbabilities: [],
        draw,
      }
      if (accept(slot, prompt.logits)) return { slot, from: prompt }
    }
    return null
  }

  let rows = new Rows(config, Math.min(options.batch, requests.length), block)
  while (true) {
    for (let row = 0; row < rows.slots.length; row++) {
      if (rows.slots[row]) continue
      const started = await start()
      if (!started) break
      if (started.slot.length >= rows.cache.capacity) rows = rows.repacked(started.slot.length)
      rows.place(row, started.slot, started.from.cache, 0)
    }
    const active = rows.slots.filter((slot) => slot !== null)
    if (active.length === 0) return results
    const longest = Math.max(...active.map((slot) => slot.length))
    if (waiting === requests.length && active.length <= rows.slots.length * 0.75)
      rows = rows.repacked(longest, active.length)
    else if (longest >= rows.cache.capacity) rows = rows.repacked(longest)

    options.signal?.throwIfAborted()
    const { slots, cache, mask } = rows
    const out = await decoder.append({
      cache,
      rows: slots.length,
      time: 1,
      tokens: slots.map((slot) => slot?.tokens.at(-1) ?? 0),
      positions: slots.map((slot) => slot?.length ?? 0),
      mask,
      read: slots.map((_, row) => row),
    })
    const made = { rows: slots.length, capacity: 1, keys: out.keys, values: out.values }
    for (const [row, slot] of slots.entries()) {
      if (!slot) continue
      rows.extend(row, made)
      const logits = out.output.subarray(row * config.vocabSize, (row + 1) * config.vocabSize)
      if (!accept(slot, logits)) slots[row] = null
    }
  }
}

/** The sequences being decoded: one row each, or a free row (null), over one cache. */
class Rows {
  readonly slots: (Slot | null)[]
  readonly cache: Cache
  /** [rows, capacity + 1] additive: a row sees its own tokens, and its new one in the last column. */
  readonly mask: Float32Array
  private readonly config: Decoder['config']

  constructor(config: Decoder['config'], count: number, capacity: number) {
    this.config = config
    this.slots = new Array(count).fill(null)
    this.cache = emptyCache(config, count, capacity)
    this.mask = new Float32Array(count * (capacity + 1)).fill(outOfReach)
    for (let row = 0; row < count; row++) this.mask[(row + 1) * (capacity + 1) - 1] = 0
  }

  /** Puts a sequence in a row, with its keys and values from row `from` of another cache. */
  place(row: number, slot: Slot, cache: Cache, from: number): void {
    const { capacity } = this.cache
    this.slots[row] = slot
    copyTokens(this.config, { cache, row: from, at: 0 }, { cache: this.cache, row, at: 0 }, slot.length)
    const at = row * (capacity + 1)
    this.mask.fill(0, at, at + slot.length).fill(outOfReach, at + slot.length, at + capacity)
  }

  /** Adds the token that was just run: row `row` of `made`, a cache of capacity 1. */
  extend(row: number, made: Cache): void {
    const slot = this.slots[row] as Slot
    copyTokens(this.config, { cache: made, row, at: 0 }, { cache: this.cache, row, at: slot.length }, 1)
    this.mask[row * (this.cache.capacity + 1) + slot.length++] = 0
  }

  /** The same sequences with room for more than `length` tokens: each in its row, or in the first `count` rows. */
  repacked(length: number, count?: number): Rows {
    const capacity = Math.ceil((length + 1) / block) * block
    const packed = new Rows(this.config, count ?? this.slots.length, capacity)
    let next = 0
    for (const [row, slot] of this.slots.entries())
      if (slot) packed.place(count === undefined ? row : next++, slot, this.cache, row)
    return packed
  }
}

interface Prompt {
  tokens: readonly number[]
  cache: Cache
  logits: Float32Array
}

/** @param most tokens to run at once */
export async function encodePrompt(
  decoder: Decoder,
  tokens: readonly number[],
  most = tokensAtOnce(decoder.config, tokens.length),
): Promise<Prompt> {
  const { config } = decoder
  let cache = emptyCache(config, 1, 0)
  let logits: Float32Array = new Float32Array()
  for (let from = 0; from < tokens.length; from += most) {
    const fresh = tokens.slice(from, from + most)
    const time = fresh.length
    const out = await decoder.append({
      ...{ cache, rows: 1, time, tokens: fresh },
      positions: fresh.map((_, i) => from + i),
      mask: causalMask(time, from),
      read: [time - 1],
    })
    const made = { rows: 1, capacity: time, keys: out.keys, values: out.values }
    cache = from === 0 ? made : extended(config, cache, made)
    logits = out.output
  }
  return { tokens, cache, logits }
}

/** One sequence's cache with the tokens of another behind its own. */
function extended(config: Decoder['config'], cache: Cache, by: Cache): Cache {
  const both = emptyCache(config, 1, cache.capacity + by.capacity)
  copyTokens(config, { cache, row: 0, at: 0 }, { cache: both, row: 0, at: 0 }, cache.capacity)
  copyTokens(config, { cache: by, row: 0, at: 0 }, { cache: both, row: 0, at: cache.capacity }, by.capacity)
  return both
}

const sameTokens = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((token, i) => token === b[i])

/** Of a token by softmax(logits / temperature), in nats; at 0 it was certain. */
function logProbabilityOf(token: number, logits: Float32Array, temperature: number): number {
  if (temperature === 0) return 0
  let highest = Number.NEGATIVE_INFINITY
  for (const logit of logits) if (logit > highest) highest = logit
  let total = 0
  for (const logit of logits) total += Math.exp((logit - highest) / temperature)
  return (logits[token] - highest) / temperature - Math.log(total)
}

/**
 * Draws a token from softmax(logits / temperature), cut to the nucleus.
 * @param weights room for one number a token
 * @throws Error where the highest logit is not finite, or, unless greedy, any is NaN
 */
function choose(
  logits: Float32Array,
  draw: () => number,
  { temperature, topP }: Pick<SampleOptions, 'temperature' | 'topP'>,
  weights: Float64Array,
): number {
  let best = 0
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i
  const uniform = draw()
  const highest = logits[best]
  if (!Number.isFinite(highest)) throw brokenModel(highest)
  if (temperature === 0) return best
  let total = 0
  for (let i = 0; i < logits.length; i++) {
    const gap = (logits[i] - highest) / temperature
    // e^-30 of the likeliest token is below what a 32-bit draw can tell from zero
    weights[i] = gap <= -30 ? 0 : Math.exp(gap)
    total += weights[i]
  }
  if (Number.isNaN(total)) throw brokenModel(total)
  if (topP < 1) {
    const order = Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a] || a - b)
    let kept = 0
    const limit = topP * total
    for (const i of order) {
      if (kept >= limit) weights[i] = 0
      else kept += weights[i]
    }
    total = kept
  }
  let rest = uniform * total
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i]
    if (rest < 0 && weights[i] > 0) return i
  }
  return best
}

function brokenModel(logit: number): Error {
  return new Error(`the model is broken: a logit of the next token is ${logit}, so no token can be drawn`)
}
