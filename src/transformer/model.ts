import type { Graph, Value } from '../tensor/graph.ts'
import {
  add,
  attention,
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
import type { TransformerConfig } from './config.ts'

export type Weights = (name: string) => Value

/**
 * The Qwen2 decoder over whole sequences (training and scoring from scratch).
 * `tokens` [batch * time] int64, `positions` [batch, time] int64, `mask` [time, time] additive. Returns hidden states
 * [batch * time, hiddenSize] after the final norm. `extra`, when given, is added to the token embeddings.
 */
export function forward(
  graph: Graph,
  config: TransformerConfig,
  weight: Weights,
  input: { tokens: Value; positions: Value; mask: Value; extra?: Value },
): Value {
  const { heads, keyValueHeads, headSize, rmsNormEps } = config
  const turn = rotation(graph, input.positions, config.contextLength, headSize, config.ropeTheta)
  const batchAndTime = graph.node('Shape', [input.positions], [2], { type: 'int64' })
  const sizes = (count: number) =>
    graph.node('Concat', [batchAndTime, graph.integers([count, headSize])], [4], { attributes: { axis: 0 } })
  const querySizes = sizes(heads)
  const keySizes = sizes(keyValueHeads)
  const toHeads = (x: Value, count: number) =>
    transpose(
      reshapeTo(x, count === heads ? querySizes : keySizes, ['batch', 'time', count, headSize]),
      [0, 2, 1, 3],
    )

  const embedded = rows(weight('model.embed_tokens.weight'), input.tokens)
  let hidden = input.extra ? add(embedded, input.extra) : embedded
  for (let layer = 0; layer < config.layers; layer++) {
    const named = (name: string) => weight(`model.layers.${layer}.${name}`)
    const project = (x: Value, name: string) =>
      linear(
        x,
        named(`self_attn.${name}.weight`),
        config.qkvBias ? named(`self_attn.${name}.bias`) : undefined,
      )
    const attended = rmsNorm(hidden, named('input_layernorm.weight'), rmsNormEps)
    const mixed = attention(
      rotate(toHeads(project(attended, 'q_proj'), heads), turn),
      rotate(toHeads(project(attended, 'k_proj'), keyValueHeads), turn),
      toHeads(project(attended, 'v_proj'), keyValueHeads),
      input.mask,
    )
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
  return rmsNorm(hidden, weight('model.norm.weight'), rmsNormEps)
}

/** Next-token logits [n, vocabulary] of hidden states [n, hiddenSize]. */
export function logits(config: TransformerConfig, weight: Weights, hidden: Value): Value {
  return linear(hidden, weight(config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'))
}
