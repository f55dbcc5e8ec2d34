import * as z from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { readJson } from './json-file.ts'

/** Decoders we run: causal language models, and the same with one score per token. Qwen2 has bias on q, k and v. */
export const architectures = [
  'Qwen2ForCausalLM',
  'Qwen2ForTokenClassification',
  'LlamaForCausalLM',
  'LlamaForTokenClassification',
] as const
export type Architecture = (typeof architectures)[number]

export interface TransformerConfig {
  architecture: Architecture
  vocabSize: number
  hiddenSize: number
  layers: number
  heads: number
  /** Fewer than `heads` for grouped-query attention; divides it. */
  keyValueHeads: number
  headSize: number
  intermediateSize: number
  ropeTheta: number
  rmsNormEps: number
  /** Longest sequence in tokens (max_position_embeddings). */
  contextLength: number
  /** Logits use the embedding matrix: there is no lm_head.weight. */
  tieWordEmbeddings: boolean
  /** Bias on the q, k and v projections. */
  qkvBias: boolean
}

/** A score head (score.weight, score.bias) instead of logits over the vocabulary. */
export function hasScoreHead(config: TransformerConfig): boolean {
  return config.architecture.endsWith('ForTokenClassification')
}

/**
 * A Hugging Face config.json.
 * @throws InputError when it is missing, malformed, or describes a model we cannot run
 */
export function readConfig(path: string): TransformerConfig {
  return parseConfig(readJson(path), path)
}

const size = z.number().int().positive()
const rope = z
  .looseObject({
    rope_theta: z.number().positive().optional(),
    rope_type: z.string().optional(),
    type: z.string().optional(),
  })
  .nullish()

const configSchema = z.looseObject({
  architectures: z.array(z.string()).length(1),
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  intermediate_size: size,
  hidden_act: z.string().default('silu'),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: rope,
  // where transformers 5 keeps both of the above
  rope_parameters: rope,
  tie_word_embeddings: z.boolean().default(false),
  use_sliding_window: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  num_labels: size.nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
})

/** As {@link readConfig}, from parsed JSON; `where` names it in errors. */
export function parseConfig(json: unknown, where = 'config.json'): TransformerConfig {
  const checked = configSchema.safeParse(json)
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]
    throw new InputError(
      `not the config.json of a model: ${path.map(String).join('.') || 'its content'}: ${message}`,
      { where },
    )
  }
  const raw = checked.data
  const refuse = (what: string, fix?: string): never => {
    throw new InputError(what, { where, fix })
  }
  const architecture =
    architectures.find((known) => known === raw.architectures[0]) ??
    refuse(`architecture ${raw.architectures[0]} is not supported`, `Supported: ${architectures.join(', ')}.`)
  const llama = architecture.startsWith('Llama')
  if (raw.hidden_act !== 'silu') refuse(`hidden_act ${raw.hidden_act} is not supported`, 'Supported: silu.')
  for (const scaling of [raw.rope_scaling, raw.rope_parameters]) {
    const kind = scaling?.rope_type ?? scaling?.type ?? 'default'
    if (kind !== 'default')
      refuse(
        `rope scaling ${kind} is not supported`,
        'Use a model without it, or serve it with vLLM and connect to that.',
      )
  }
  if (raw.use_sliding_window) refuse('use_sliding_window is not supported')
  if (llama && raw.attention_bias) refuse('attention_bias is not supported in a Llama model')
  if (raw.mlp_bias) refuse('mlp_bias is not supported')
  const heads = raw.num_attention_heads
  const keyValueHeads = raw.num_key_value_heads ?? heads
  const headSize = raw.head_dim ?? raw.hidden_size / heads
  if (heads % keyValueHeads !== 0)
    refuse(`num_attention_heads ${heads} is not a multiple of num_key_value_heads ${keyValueHeads}`)
  if (headSize % 2 !== 0)
    refuse(`head size ${headSize} (head_dim, or hidden_size / num_attention_heads) is not an even integer`)
  const config: TransformerConfig = {
    architecture,
    vocabSize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    layers: raw.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    intermediateSize: raw.intermediate_size,
    ropeTheta: raw.rope_parameters?.rope_theta ?? raw.rope_theta ?? 10_000,
    rmsNormEps: raw.rms_norm_eps,
    contextLength: raw.max_position_embeddings,
    tieWordEmbeddings: raw.tie_word_embeddings,
    qkvBias: !llama,
  }
  const labels = raw.num_labels ?? (raw.id2label ? Object.keys(raw.id2label).length : 2)
  if (hasScoreHead(config) && labels !== 1)
    refuse(
      `num_labels is ${labels}: a reward model has 1`,
      'Models with a class per label are not supported.',
    )
  return config
}

/**
 * The config.json that transformers, vLLM and llama.cpp load.
 * @param tokens ids of the tokens that open a text, close it and pad a batch, where the tokenizer has them
 * @throws InputError when the config is not one that `parseConfig` would accept
 */
export function configJson(
  config: TransformerConfig,
  options: { dtype?: 'float32' | 'float16'; tokens?: { begin: number; end: number; pad: number } } = {},
): Record<string, unknown> {
  const { architecture, tieWordEmbeddings } = config
  const { dtype = 'float32', tokens } = options
  const llama = architecture.startsWith('Llama')
  const json = {
    architectures: [architecture],
    model_type: llama ? 'llama' : 'qwen2',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    ...(config.headSize * config.heads === config.hiddenSize ? {} : { head_dim: config.headSize }),
    hidden_act: 'silu',
    max_position_embeddings: config.contextLength,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    tie_word_embeddings: tieWordEmbeddings,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: dtype,
    ...(llama ? { attention_bias: false, mlp_bias: false } : { use_sliding_window: false }),
    ...(hasScoreHead(config)
      ? { num_labels: 1, id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 }, classifier_dropout: 0 }
      : {}),
    ...(tokens ? { bos_token_id: tokens.begin, eos_token_id: tokens.end, pad_token_id: tokens.pad } : {}),
  }
  const kept = parseConfig(json, 'the config to write')
  if (kept.qkvBias !== config.qkvBias)
    throw new InputError(`${architecture} ${llama ? 'has no' : 'has a'} q, k and v bias`, {
      where: 'the config to write',
    })
  return json
}
