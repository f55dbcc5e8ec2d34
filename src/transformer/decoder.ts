import { Graph, type Value } from '../tensor/graph.ts'
import { batchProduct } from '../tensor/layers.ts'
import { add, rows } from '../tensor/ops.ts'
import { compile, integers, type Program, tensor } from '../tensor/program.ts'
import type { Tensor } from '../tensor/safetensors.ts'
import type { TransformerConfig } from './config.ts'
import { finalNorm, frozen, type Heads, layers, logits, score, surprisalOf, type Weights } from './model.ts'

/**
 * Keys and values of `rows` sequences, each with room for `capacity` tokens: per layer two arrays
 * [rows, keyValueHeads, capacity, headSize].
 */
export interface Cache {
  rows: number
  capacity: number
  keys: Float32Array[]
  values: Float32Array[]
}

/** What is read at a token: next-token logits, the score of a reward model, or how surprising a given next token is, in nats. */
export type Head = 'logits' | 'score' | 'surprisal'

/** Runs new tokens through the model on top of a cache of old ones. */
export interface Decoder {
  config: TransformerConfig
  /**
   * Appends `time` tokens to each of `rows` sequences; the cache has as many rows, or one that all of them share.
   * `tokens` and `positions` [rows * time]; `mask` [rows or 1, time, capacity + time] additive; `read` are the flat
   * indices whose head output is wanted. Head 'surprisal' needs `targets` [read], the token that follows each; a model
   * trained with surprisal needs `surprisal` [rows * time]. Returns the head's output [read, width] and the new keys and values, per layer
   * [rows, keyValueHeads, time, headSize].
   */
  append(input: {
    cache: Cache
    rows: number
    time: number
    tokens: ArrayLike<number>
    positions: ArrayLike<number>
    mask: Float32Array
    read: ArrayLike<number>
    targets?: ArrayLike<number>
    surprisal?: Float32Array
  }): Promise<{ output: Float32Array; keys: Float32Array[]; values: Float32Array[] }>
  close(): Promise<void>
}

/** Attention scores of a layer that are held at once, at most: 256 MiB. */
const mostScores = 2 ** 26

/** How many new tokens to run at once where there are `all` in the end: there are heads x new x all scores a layer. */
export function tokensAtOnce({ heads }: TransformerConfig, all: number): number {
  return Math.max(1, Math.floor(mostScores / (heads * all)))
}

export function emptyCache(config: TransformerConfig, rows: number, capacity: number): Cache {
  const array = () => new Float32Array(rows * config.keyValueHeads * capacity * config.headSize)
  const layers = Array.from({ length: config.layers })
  return { rows, capacity, keys: layers.map(array), values: layers.map(array) }
}

/** Copies `count` tokens of one sequence's keys and values from one cache-shaped array list to another. */
export function copyTokens(
  config: TransformerConfig,
  from: { cache: Cache; row: number; at: number },
  to: { cache: Cache; row: number; at: number },
  count: number,
): void {
  const { keyValueHeads, headSize, layers } = config
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < keyValueHeads; head++) {
      const source = ((from.row * keyValueHeads + head) * from.cache.capacity + from.at) * headSize
      const target = ((to.row * keyValueHeads + head) * to.cache.capacity + to.at) * headSize
      copy(from.cache.keys[layer], source, to.cache.keys[layer], target, count * headSize)
      copy(from.cache.values[layer], source, to.cache.values[layer], target, count * headSize)
    }
  }
}

/** For a single token a loop is faster than views, of which decoding would make dozens a token. */
const fewNumbers = 128

function copy(from: Float32Array, at: number, to: Float32Array, target: number, length: number): void {
  if (length > fewNumbers) to.set(from.subarray(at, at + length), target)
  else for (let i = 0; i < length; i++) to[target + i] = from[at + i]
}

export async function createDecoder(
  config: TransformerConfig,
  tensors: Map<string, Tensor>,
  { threads, head }: { threads: number; head: Head },
): Promise<Decoder> {
  // ONNX Runtime has no matrix product over an empty cache, so the first tokens have a graph of their own.
  const build = (past: boolean) => compile(decoderGraph(config, tensors, past, head), { threads })
  const programs = new Map<boolean, Promise<Program>>()
  const program = (past: boolean) => {
    const made = programs.get(past) ?? build(past)
    programs.set(past, made)
    return made
  }
  const names = Array.from({ length: config.layers }, (_, layer) => layer)
  return {
    config,
    async append({ cache, rows, time, tokens, positions, mask, read, targets, surprisal }) {
      const past = cache.capacity > 0
      const shape = [cache.rows, config.keyValueHeads, cache.capacity, config.headSize]
      const feeds = {
        tokens: integers(tokens, [rows * time]),
        positions: integers(positions, [rows, time]),
        mask: tensor(mask, [mask.length / (time * (cache.capacity + time)), 1, time, cache.capacity + time]),
        read: integers(read, [read.length]),
        ...(targets && { targets: integers(targets, [read.length]) }),
        ...(surprisal && { surprisal: tensor(surprisal, [rows * time]) }),
        ...(past
          ? Object.fromEntries(
              names.flatMap((layer) => [
                [`key_${layer}`, tensor(cache.keys[layer], shape)],
                [`value_${layer}`, tensor(cache.values[layer], shape)],
              ]),
            )
          : {}),
      }
      const out = await (await program(past)).run(feeds)
      const data = (name: string) => out[name].data as Float32Array
      return {
        output: data('output'),
        keys: names.map((layer) => data(`new_key_${layer}`)),
        values: names.map((layer) => data(`new_value_${layer}`)),
      }
    },
    async close() {
      for (const each of programs.values()) await (await each).close()
    },
  }
}

function decoderGraph(
  config: TransformerConfig,
  tensors: Map<string, Tensor>,
  past: boolean,
  head: Head,
): Graph {
  const graph = new Graph()
  const weight = frozen(graph, tensors)
  const tokens = graph.input('tokens', 'int64', ['tokens'])
  const positions = graph.input('positions', 'int64', ['rows', 'time'])
  const mask = graph.input('mask', 'float32', ['maskRows', 1, 'time', 'all'])
  const read = graph.input('read', 'int64', ['read'])
  const surprisal = tensors.has('surprisal.weight')
    ? graph.input('surprisal', 'float32', ['tokens'])
    : undefined
  const outputs: [string, Value][] = []
  const hidden = layers(graph, config, weight, { tokens, positions, surprisal }, (parts, layer) => {
    outputs.push([`new_key_${layer}`, parts.key], [`new_value_${layer}`, parts.value])
    return cachedAttention(graph, config, parts, mask, past ? layer : null)
  })
  const last = finalNorm(config, weight, rows(hidden, read))
  outputs.push(['output', headOf(graph, config, weight, last, head)])
  for (const [name, each] of outputs) graph.output(name, each)
  return graph
}

function headOf(graph: Graph, config: TransformerConfig, weight: Weights, hidden: Value, head: Head): Value {
  if (head === 'score') return score(weight, hidden)
  if (head === 'logits') return logits(config, weight, hidden)
  return surprisalOf(config, weight, hidden, graph.input('targets', 'int64', ['read']))
}

/** Attention over the cached and the new tokens; the cache is read where it lies, never copied or joined. */
function cachedAttention(
  graph: Graph,
  { heads, keyValueHeads, headSize }: TransformerConfig,
  { query, key, value }: Heads,
  mask: Value,
  cachedLayer: number | null,
): Value {
  const alpha = 1 / Math.sqrt(headSize)
  const view = (x: Value, count: number, width: number) =>
    graph.node('Reshape', [x, graph.integers([0, count, -1, width])], ['rows', count, 'time', width || 'all'])
  const cacheShape = ['cacheRows', keyValueHeads, 'past', headSize]
  const scoreShape = ['rows', keyValueHeads, 'time', 'all']
  const grouped = view(query, keyValueHeads, headSize)
  const fresh = batchProduct(grouped, key, scoreShape, { transB: true, alpha })
  const softmax = (scores: Value) => {
    const masked = graph.node('Add', [view(scores, heads, 0), mask], scores.shape)
    return view(graph.node('Softmax', [masked], scores.shape, { attributes: { axis: -1 } }), keyValueHeads, 0)
  }
  if (cachedLayer === null) return view(batchProduct(softmax(fresh), value, query.shape), heads, headSize)

  const pastKey = graph.input(`key_${cachedLayer}`, 'float32', cacheShape)
  const pastValue = graph.input(`value_${cachedLayer}`, 'float32', cacheShape)
  const old = batchProduct(grouped, pastKey, scoreShape, { transB: true, alpha })
  const weights = softmax(graph.node('Concat', [old, fresh], scoreShape, { attributes: { axis: -1 } }))
  const width = (x: Value) =>
    graph.node('Shape', [x], [1], { type: 'int64', attributes: { start: 2, end: 3 } })
  const widths = graph.node('Concat', [width(pastKey), width(key)], [2], { attributes: { axis: 0 } })
  const [overOld, overFresh] = graph.split('Split', [weights, widths], [scoreShape, scoreShape], {
    attributes: { axis: -1 },
  })
  const mixed = add(
    batchProduct(overOld, pastValue, query.shape),
    batchProduct(overFresh, value, query.shape),
  )
  return view(mixed, heads, headSize)
}
