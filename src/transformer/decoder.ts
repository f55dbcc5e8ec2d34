import { Graph, type Value } from '../tensor/graph.ts'
import {
  add,
  batchProduct,
  linear,
  reshape,
  reshapeTo,
  rmsNorm,
  rotate,
  rotation,
  rows,
  swiglu,
  transpose,
} from '../tensor/ops.ts'
import { compile, integers, type Program, tensor } from '../tensor/program.ts'
import type { Tensor } from '../tensor/safetensors.ts'
import type { TransformerConfig } from './config.ts'

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

export type Head = 'logits' | 'score'

/** Runs new tokens through the model on top of a cache of old ones. */
export interface Decoder {
  config: TransformerConfig
  /**
   * Appends `time` tokens to each of `rows` sequences; the cache has as many rows, or one that all of them share.
   * `tokens` and `positions` [rows * time]; `mask` [rows or 1, time, capacity + time] additive; `read` are the flat
   * indices whose head output is wanted. Returns the head's output [read, width] and the new keys and values, per layer
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
  }): Promise<{ output: Float32Array; keys: Float32Array[]; values: Float32Array[] }>
  close(): Promise<void>
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
      const end = source + count * headSize
      to.cache.keys[layer].set(from.cache.keys[layer].subarray(source, end), target)
      to.cache.values[layer].set(from.cache.values[layer].subarray(source, end), target)
    }
  }
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
    async append({ cache, rows, time, tokens, positions, mask, read }) {
      const past = cache.capacity > 0
      const shape = [cache.rows, config.keyValueHeads, cache.capacity, config.headSize]
      const feeds = {
        tokens: integers(tokens, [rows * time]),
        positions: integers(positions, [rows, time]),
        mask: tensor(mask, [mask.length / (time * (cache.capacity + time)), 1, time, cache.capacity + time]),
        read: integers(read, [read.length]),
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
  const { heads, keyValueHeads, headSize, layers, rmsNormEps } = config
  const held = new Map<string, Value>()
  const weight = (name: string) => {
    const value =
      held.get(name) ??
      graph.constant((tensors.get(name) as Tensor).data, (tensors.get(name) as Tensor).shape)
    held.set(name, value)
    return value
  }
  const tokens = graph.input('tokens', 'int64', ['tokens'])
  const positions = graph.input('positions', 'int64', ['rows', 'time'])
  const mask = graph.input('mask', 'float32', ['maskRows', 1, 'time', 'all'])
  const read = graph.input('read', 'int64', ['read'])
  const turn = rotation(graph, positions, config.contextLength, headSize, config.ropeTheta)
  const rowsAndTime = graph.node('Shape', [positions], [2], { type: 'int64' })
  const toHeads = (x: Value, count: number) => {
    const sizes = graph.node('Concat', [rowsAndTime, graph.integers([count, headSize])], [4], {
      attributes: { axis: 0 },
    })
    return transpose(reshapeTo(x, sizes, ['rows', 'time', count, headSize]), [0, 2, 1, 3])
  }
  const outputs: [string, Value][] = []

  let hidden = rows(weight('model.embed_tokens.weight'), tokens)
  for (let layer = 0; layer < layers; layer++) {
    const named = (name: string) => weight(`model.layers.${layer}.${name}`)
    const project = (x: Value, name: string) =>
      linear(
        x,
        named(`self_attn.${name}.weight`),
        config.qkvBias ? named(`self_attn.${name}.bias`) : undefined,
      )
    const attended = rmsNorm(hidden, named('input_layernorm.weight'), rmsNormEps)
    const query = rotate(toHeads(project(attended, 'q_proj'), heads), turn)
    const key = rotate(toHeads(project(attended, 'k_proj'), keyValueHeads), turn)
    const value = toHeads(project(attended, 'v_proj'), keyValueHeads)
    outputs.push([`new_key_${layer}`, key], [`new_value_${layer}`, value])
    const mixed = cachedAttention(graph, {
      query,
      key,
      value,
      mask,
      layer,
      past,
      heads,
      keyValueHeads,
      headSize,
    })
    const joined = reshape(
      transpose(mixed, [0, 2, 1, 3]),
      [-1, heads * headSize],
      ['tokens', heads * headSize],
    )
    hidden = add(hidden, linear(joined, named('self_attn.o_proj.weight')))
    const normed = rmsNorm(hidden, named('post_attention_layernorm.weight'), rmsNormEps)
    const gated = swiglu(
      linear(normed, named('mlp.gate_proj.weight')),
      linear(normed, named('mlp.up_proj.weight')),
    )
    hidden = add(hidden, linear(gated, named('mlp.down_proj.weight')))
  }
  const last = rmsNorm(rows(hidden, read), weight('model.norm.weight'), rmsNormEps)
  const output =
    head === 'score'
      ? linear(last, weight('score.weight'), weight('score.bias'))
      : linear(last, weight(config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'))
  outputs.push(['output', output])
  for (const [name, each] of outputs) graph.output(name, each)
  return graph
}

/** Attention over the cached and the new tokens; the cache is read where it lies, never copied or joined. */
function cachedAttention(
  graph: Graph,
  parts: {
    query: Value
    key: Value
    value: Value
    mask: Value
    layer: number
    past: boolean
    heads: number
    keyValueHeads: number
    headSize: number
  },
): Value {
  const { query, key, value, mask, layer, past, heads, keyValueHeads, headSize } = parts
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
  if (!past) return view(batchProduct(softmax(fresh), value, query.shape), heads, headSize)

  const pastKey = graph.input(`key_${layer}`, 'float32', cacheShape)
  const pastValue = graph.input(`value_${layer}`, 'float32', cacheShape)
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
