/** The larger differentiable ops that a transformer is made of, each with one gradient rule for the whole of it. */
import type { Graph, Value } from './graph.ts'
import type { Dimension } from './onnx.ts'
import { multiply, negate, sum } from './ops.ts'

/** x [n, in] W^T + b, with W [out, in] as Hugging Face stores it and b [out]. */
export function linear(x: Value, weight: Value, bias?: Value): Value {
  const { graph } = x
  const [outputs] = weight.shape
  const inputs = bias ? [x, weight, bias] : [x, weight]
  const out = graph.node('Gemm', inputs, [x.shape[0], outputs], { attributes: { transB: 1 } })
  // products cost most of the time, so none is made for what stays as it is
  return graph.differentiable(out, inputs, (g, [ofX, ofWeight, ofBias]) => [
    ofX ? graph.node('Gemm', [g, weight], x.shape) : null,
    ofWeight ? graph.node('Gemm', [g, x], weight.shape, { attributes: { transA: 1 } }) : null,
    bias && ofBias
      ? graph.node('ReduceSum', [g, graph.integers([0])], bias.shape, { attributes: { keepdims: 0 } })
      : null,
  ])
}

/** x / rms(x) * weight over the last axis (Zhang & Sennrich 2019); x [n, d], weight [d]. */
export function rmsNorm(x: Value, weight: Value, epsilon: number): Value {
  const { graph } = x
  const column = [x.shape[0], 1]
  const [out, inverse] = graph.split('SimplifiedLayerNormalization', [x, weight], [x.shape, column], {
    attributes: { axis: -1, epsilon: { float: epsilon } },
  })
  return graph.differentiable(out, [x, weight], (g, [, ofWeight]) => {
    const unit = graph.node('Mul', [x, inverse], x.shape)
    const product = graph.node('Mul', [g, unit], x.shape)
    const inner = graph.node('Mul', [g, weight], x.shape)
    const weighted = graph.node('Mul', [product, weight], x.shape)
    const mean = graph.node('ReduceMean', [weighted, graph.integers([-1])], column, {
      attributes: { keepdims: 1 },
    })
    const centred = graph.node('Sub', [inner, graph.node('Mul', [unit, mean], x.shape)], x.shape)
    return [
      graph.node('Mul', [centred, inverse], x.shape),
      ofWeight
        ? graph.node('ReduceSum', [product, graph.integers([0])], weight.shape, {
            attributes: { keepdims: 0 },
          })
        : null,
    ]
  })
}

/** silu(gate) * up (Shazeer 2020), silu(x) = x sigmoid(x). */
export function swiglu(gate: Value, up: Value): Value {
  const { graph } = gate
  const { shape } = gate
  const gated = graph.node('Sigmoid', [gate], shape)
  const silu = graph.node('Mul', [gate, gated], shape)
  const out = graph.node('Mul', [silu, up], shape)
  return graph.differentiable(out, [gate, up], (g) => {
    // d silu = s + silu (1 - s) = silu + s (1 - silu)
    const slope = graph.node(
      'Add',
      [silu, graph.node('Mul', [gated, graph.node('Sub', [graph.scalar(1), silu], shape)], shape)],
      shape,
    )
    return [
      graph.node('Mul', [graph.node('Mul', [g, up], shape), slope], shape),
      graph.node('Mul', [g, silu], shape),
    ]
  })
}

/** Rotary positions, and the angles by which they turn: three constants [contextLength, headSize / 2]. */
export interface Rotation {
  cosines: Value
  sines: Value
  /** The sines with a minus, which turn back. */
  backSines: Value
  /** Of each token: [batch, time], int64 */
  positions: Value
}

/** @param frequencies radians a position, [headSize / 2] */
export function rotation(
  graph: Graph,
  positions: Value,
  contextLength: number,
  frequencies: readonly number[],
): Rotation {
  const half = frequencies.length
  const angle = (i: number) => Math.floor(i / half) * frequencies[i % half]
  const table = (f: (angle: number) => number) =>
    graph.constant(
      Float32Array.from({ length: contextLength * half }, (_, i) => f(angle(i))),
      [contextLength, half],
    )
  return {
    positions,
    cosines: table(Math.cos),
    sines: table(Math.sin),
    backSines: table((a) => -Math.sin(a)),
  }
}

/** Rotates x [batch, heads, time, headSize] by position (RoPE, halves paired as in Llama and Qwen2). */
export function rotate(x: Value, { positions, cosines, sines, backSines }: Rotation): Value {
  const turn = (value: Value, by: Value) =>
    x.graph.node('RotaryEmbedding', [value, positions, cosines, by], x.shape, { domain: 'com.microsoft' })
  const out = turn(x, sines)
  return x.graph.differentiable(out, [x], (g) => [turn(g, backSines)])
}

interface Product {
  transA?: boolean
  transB?: boolean
  alpha?: number
}

/** Batched matrix product of the last two axes, without a gradient of its own. */
export function batchProduct(a: Value, b: Value, shape: readonly Dimension[], options: Product = {}): Value {
  const { transA = false, transB = false, alpha = 1 } = options
  return a.graph.node('FusedMatMul', [a, b], shape, {
    domain: 'com.microsoft',
    attributes: { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } },
  })
}

/**
 * Grouped-query attention with an additive mask [time, time]. query [B, H, T, D]; key and value [B, G, T, D] with H a
 * multiple of G: the H/G heads that share a key are laid end to end in time, so no key is copied. Returns [B, H, T, D].
 */
export function attention(query: Value, key: Value, value: Value, mask: Value): Value {
  const { graph } = query
  const [batch, heads, time, width] = query.shape
  const [, groups] = key.shape
  const alpha = 1 / Math.sqrt(Number(width))
  const grouped = [batch, groups, 'groupedTime', width]
  const wide = [batch, heads, time, time]
  const narrow = [batch, groups, 'groupedTime', time]
  const group = (x: Value) =>
    graph.node('Reshape', [x, graph.integers([0, Number(groups), -1, Number(width)])], grouped)
  const ungroup = (x: Value) =>
    graph.node('Reshape', [x, graph.integers([0, Number(heads), -1, Number(width)])], query.shape)

  const q = group(query)
  const scores = batchProduct(q, key, narrow, { transB: true, alpha })
  const perHead = graph.node('Reshape', [scores, graph.integers([0, Number(heads), -1, 0])], wide)
  const masked = graph.node('Add', [perHead, mask], wide)
  const softmax = graph.node('Softmax', [masked], wide, { attributes: { axis: -1 } })
  const weights = graph.node('Reshape', [softmax, graph.integers([0, Number(groups), -1, 0])], narrow)
  const mixed = batchProduct(weights, value, grouped)
  return graph.differentiable(ungroup(mixed), [query, key, value], (gradient) => {
    const g = group(gradient)
    const drift = graph.node(
      'ReduceSum',
      [graph.node('Mul', [g, mixed], grouped), graph.integers([-1])],
      [batch, groups, 'groupedTime', 1],
      {
        attributes: { keepdims: 1 },
      },
    )
    const weightGradient = batchProduct(g, value, narrow, { transB: true })
    const scoreGradient = graph.node(
      'Mul',
      [weights, graph.node('Sub', [weightGradient, drift], narrow)],
      narrow,
    )
    return [
      ungroup(batchProduct(scoreGradient, key, grouped, { alpha })),
      batchProduct(scoreGradient, q, key.shape, { transA: true, alpha }),
      batchProduct(weights, g, value.shape, { transA: true }),
    ]
  })
}

/** Log probability [n], in nats, of the chosen class of each row of logits [n, classes]; `chosen` [n] int64. */
export function logProbability(logits: Value, chosen: Value): Value {
  const { graph } = logits
  const [n] = logits.shape
  const all = graph.node('LogSoftmax', [logits], logits.shape, { attributes: { axis: -1 } })
  const column = graph.node('Unsqueeze', [chosen, graph.integers([1])], [n, 1])
  const picked = graph.node('GatherElements', [all, column], [n, 1], { attributes: { axis: 1 } })
  const out = graph.node('Squeeze', [picked, graph.integers([1])], [n])
  return graph.differentiable(out, [logits], (g) => {
    const probabilities = graph.node('Exp', [all], logits.shape)
    const flow = graph.node('Unsqueeze', [g, graph.integers([1])], [n, 1])
    const less = graph.node('Neg', [flow], [n, 1])
    return [
      graph.node(
        'ScatterElements',
        [graph.node('Mul', [probabilities, less], logits.shape), column, flow],
        logits.shape,
        { attributes: { axis: 1, reduction: 'add' } },
      ),
    ]
  })
}

/** Entropy [n], in nats, of softmax(logits [n, classes]). */
export function entropy(logits: Value): Value {
  const { graph } = logits
  const [n] = logits.shape
  const log = graph.node('LogSoftmax', [logits], logits.shape, { attributes: { axis: -1 } })
  const probability = graph.node('Exp', [log], logits.shape)
  const surprise = graph.node('Mul', [probability, log], logits.shape)
  const out = graph.node(
    'Neg',
    [graph.node('ReduceSum', [surprise, graph.integers([1])], [n], { attributes: { keepdims: 0 } })],
    [n],
  )
  return graph.differentiable(out, [logits], (g) => {
    // dH/dz = -p (log p + H)
    const column = (value: Value) => graph.node('Unsqueeze', [value, graph.integers([1])], [n, 1])
    const above = graph.node('Add', [log, column(out)], logits.shape)
    const slope = graph.node('Mul', [probability, above], logits.shape)
    return [graph.node('Mul', [slope, graph.node('Neg', [column(g)], [n, 1])], logits.shape)]
  })
}

/** Sum over rows of weights [n] times the cross entropy of logits [n, classes] against labels [n] (int64). */
export function crossEntropy(logits: Value, labels: Value, weights: Value): Value {
  return negate(sum(multiply(logProbability(logits, labels), weights)))
}
