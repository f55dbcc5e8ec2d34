import type { Graph, Value } from '../tensor/graph.ts'
import { attention, linear, logProbability, rmsNorm, rotate, rotation, swiglu } from '../tensor/layers.ts'
import { add, multiply, negate, reshape, reshapeTo, rows, transpose } from '../tensor/ops.ts'
import type { Tensor } from '../tensor/safetensors.ts'
import type { TransformerConfig } from './config.ts'

export type Weights = (name: string) => Value

/** What a layer attends with: query [batch, heads, time, headSize], key and value [batch, keyValueHeads, time, headSize]. */
export interface Heads {
  query: Value
  key: Value
  value: Value
}

/** What the model reads. `surprisal` [batch * time], in nats, joins the embeddings where a model was trained with it. */
export interface ModelInput {
  tokens: Value
  positions: Value
  surprisal?: Value
}

/** The Qwen2 decoder over whole sequences: hidden states [batch * time, hiddenSize] after the final norm. */
export function forward(
  graph: Graph,
  config: TransformerConfig,
  weight: Weights,
  { mask, ...input }: ModelInput & { mask: Value },
): Value {
  const hidden = layers(graph, config, weight, input, ({ query, key, value }) =>
    attention(query, key, value, mask),
  )
  return finalNorm(config, weight, hidden)
}

/**
 * Embeddings and all layers, up to the final norm. `tokens` [batch * time] int64, `positions` [batch, time] int64;
 * `attend` mixes the values of layer `layer` and returns the shape of its query.
 */
export function layers(
  graph: Graph,
  config: TransformerConfig,
  weight: Weights,
  { tokens, positions, surprisal }: ModelInput,
  attend: (heads: Heads, layer: number) => Value,
): Value {
  const { heads, keyValueHeads, headSize, rmsNormEps, qkvBias } = config
  const turn = rotation(graph, positions, config.contextLength, headSize, config.ropeTheta)
  const toHeads = headSplitter(graph, positions, headSize)
  let hidden = rows(weight('model.embed_tokens.weight'), tokens)
  if (surprisal !== undefined) hidden = add(hidden, surprisalEmbedding(weight, surprisal))
  for (let layer = 0; layer < config.layers; layer++) {
    const named = (name: string) => weight(`model.layers.${layer}.${name}`)
    const normed = (norm: string) => rmsNorm(hidden, named(`${norm}.weight`), rmsNormEps)

    const input = normed('input_layernorm')
    const project = (name: string, count: number) => {
      const bias = qkvBias ? named(`self_attn.${name}.bias`) : undefined
      return toHeads(linear(input, named(`self_attn.${name}.weight`), bias), count)
    }
    const query = rotate(project('q_proj', heads), turn)
    const key = rotate(project('k_proj', keyValueHeads), turn)
    const mixed = transpose(
      attend({ query, key, value: project('v_proj', keyValueHeads) }, layer),
      [0, 2, 1, 3],
    )
    const joined = reshape(mixed, [-1, heads * headSize], ['tokens', heads * headSize])
    hidden = add(hidden, linear(joined, named('self_attn.o_proj.weight')))

    const fed = normed('post_attention_layernorm')
    const gated = swiglu(linear(fed, named('mlp.gate_proj.weight')), linear(fed, named('mlp.up_proj.weight')))
    hidden = add(hidden, linear(gated, named('mlp.down_proj.weight')))
  }
  return hidden
}

/** [batch * time, count * headSize] -> [batch, count, time, headSize], batch and time as in `positions`. */
function headSplitter(graph: Graph, positions: Value, headSize: number): (x: Value, count: number) => Value {
  const batchAndTime = graph.node('Shape', [positions], [2], { type: 'int64' })
  const known = new Map<number, Value>()
  return (x, count) => {
    const sizes =
      known.get(count) ??
      graph.node('Concat', [batchAndTime, graph.integers([count, headSize])], [4], {
        attributes: { axis: 0 },
      })
    known.set(count, sizes)
    return transpose(reshapeTo(x, sizes, ['batch', 'time', count, headSize]), [0, 2, 1, 3])
  }
}

/** log(1 + surprisal) along one learned direction: [n] -> [n, hiddenSize]. */
function surprisalEmbedding(weight: Weights, surprisal: Value): Value {
  const { graph } = surprisal
  const squashed = graph.node(
    'Log',
    [graph.node('Add', [surprisal, graph.scalar(1)], ['tokens'])],
    ['tokens'],
  )
  const column = graph.node('Unsqueeze', [squashed, graph.integers([1])], ['tokens', 1])
  return multiply(column, weight('surprisal.weight'))
}

export function finalNorm(config: TransformerConfig, weight: Weights, hidden: Value): Value {
  return rmsNorm(hidden, weight('model.norm.weight'), config.rmsNormEps)
}

/** Next-token logits [n, vocabulary] of hidden states [n, hiddenSize]. */
export function logits(config: TransformerConfig, weight: Weights, hidden: Value): Value {
  return linear(hidden, weight(config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'))
}

/** One score [n, 1] of hidden states [n, hiddenSize]. */
export function score(weight: Weights, hidden: Value): Value {
  return linear(hidden, weight('score.weight'), weight('score.bias'))
}

/** Surprisal [n], in nats: minus the log probability of `targets` [n] after hidden states [n, hiddenSize]. */
export function surprisalOf(
  config: TransformerConfig,
  weight: Weights,
  hidden: Value,
  targets: Value,
): Value {
  return negate(logProbability(logits(config, weight, hidden), targets))
}

/** Weights as constants of the graph: a model that runs but does not learn. */
export function frozen(graph: Graph, tensors: ReadonlyMap<string, Tensor>): Weights {
  const held = new Map<string, Value>()
  return (name) => {
    const { data, shape } = tensors.get(name) as Tensor
    const value = held.get(name) ?? graph.constant(data, shape)
    held.set(name, value)
    return value
  }
}
