import * as z from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { readJson } from './json-file.ts'
import { type RopeScaling, readRopeScaling, ropeScalingJson, ropeSchema } from './rope.ts'

/** By what they are called in `model_type`. Qwen2 has bias on q, k and v; Qwen3 norms each query's and key's head. */
const families = { qwen2: 'Qwen2', qwen3: 'Qwen3', llama: 'Llama' } as const
type Family = (typeof families)[keyof typeof families]

/** Decoders we run: causal language models, and the same with one score per token. */
export const architectures = Object.values(families).flatMap(
  (family) => [`${family}ForCausalLM`, `${family}ForTokenClassification`] as const,
)
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
  /** Bias on the attention's output projection too. */
  outputBias?: true
  /** Every head of a query or key is normed (RMSNorm) before it is rotated. */
  queryKeyNorm?: true
  ropeScaling?: RopeScaling
}

function familyOf(architecture: Architecture): Family {
  return architecture.slice(0, architecture.indexOf('For')) as Family
}

/** The same model with a score per token instead of logits over the vocabulary. */
export function withScoreHead(config: TransformerConfig): TransformerConfig {
  return { ...config, architecture: `${familyOf(config.architecture)}ForTokenClassification` }
}

/** A score head (score.weight, score.bias) instead of logits over the vocabulary. */
export function hasScoreHead(config: TransformerConfig): boolean {
  return config.architecture.endsWith('ForTokenClassification')
}

/** @throws InputError when the checkpoint in `directory` is a reward model */
export function checkWrites(config: TransformerConfig, directory: string): void {
  if (hasScoreHead(config))
    throw new InputError('is a reward model: it scores solutions and cannot write them', { where: directory })
}

/**
 * A Hugging Face config.json.
 * @throws InputError when it is missing, malformed, or describes a model we cannot run
 */
export function readConfig(path: string): TransformerConfig {
  return parseConfig(readJson(path), path)
}

const size = z.number().int().positive()

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
  rope_scaling: ropeSchema,
  rope_parameters: ropeSchema,
  tie_word_embeddings: z.boolean().default(false),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  quantization_config: z.unknown().optional(),
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
  const family = familyOf(architecture)
  if (raw.hidden_act !== 'silu') refuse(`hidden_act ${raw.hidden_act} is not supported`, 'Supported: silu.')
  const ropeScaling =
    readRopeScaling(raw.rope_parameters, refuse) ?? readRopeScaling(raw.rope_scaling, refuse)
  if (raw.use_sliding_window || raw.layer_types?.some((type) => type !== 'full_attention'))
    refuse('a sliding window (use_sliding_window, layer_types) is not supported')
  if (raw.mlp_bias) refuse('mlp_bias is not supported')
  if (raw.quantization_config) refuse('quantised weights are not supported', 'Use the original checkpoint.')
  const heads = raw.num_attention_heads
  const keyValueHeads = raw.num_key_value_heads ?? heads
  const headSize = raw.head_dim ?? (family === 'Qwen3' ? 128 : raw.hidden_size / heads)
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
    // Qwen2's is not written down; the others have all four or none
    qkvBias: family === 'Qwen2' || raw.attention_bias === true,
    ...(family !== 'Qwen2' && raw.attention_bias && { outputBias: true }),
    ...(family === 'Qwen3' && { queryKeyNorm: true }),
    ...(ropeScaling && { ropeScaling }),
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
  options: {
    dtype?: 'float32' | 'float16' | 'bfloat16'
    tokens?: { begin: number; end: number; pad: number }
  } = {},
): Record<string, unknown> {
  const { architecture, tieWordEmbeddings } = config
  const { dtype = 'float32', tokens } = options
  const family = familyOf(architecture)
  const json = {
    architectures: [architecture],
    model_type: family.toLowerCase(),
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    ...(family !== 'Qwen3' && config.headSize * config.heads === config.hiddenSize
      ? {}
      : { head_dim: config.headSize }),
    hidden_act: 'silu',
    max_position_embeddings: config.contextLength,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    ...(config.ropeScaling && { rope_scaling: ropeScalingJson(config.ropeScaling) }),
    tie_word_embeddings: tieWordEmbeddings,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: dtype,
    ...(family === 'Qwen2' ? {} : { attention_bias: config.qkvBias }),
    ...(family === 'Llama' ? { mlp_bias: false } : { use_sliding_window: false }),
    ...(hasScoreHead(config) ? scoreHeadJson : {}),
    ...(tokens ? { bos_token_id: tokens.begin, eos_token_id: tokens.end, pad_token_id: tokens.pad } : {}),
  }
  const kept = parseConfig(json, 'the config to write')
  for (const name of Object.keys({ ...config, ...kept }) as (keyof TransformerConfig)[]) {
    const [wanted, has] = [config, kept].map((each) => JSON.stringify(each[name]))
    if (wanted !== has)
      throw new InputError(`${architecture} cannot have ${name} ${wanted}`, { where: 'the config to write' })
  }
  return json
}

const scoreHeadJson = {
  num_labels: 1,
  id2label: { 0: 'LABEL_0' },
  label2id: { LABEL_0: 0 },
  classifier_dropout: 0,
}

/** The config.json of somebody else's model with the architecture of ours: what we do not know in it stays. */
export function foreignConfigJson(
  json: Record<string, unknown>,
  { architecture }: TransformerConfig,
): Record<string, unknown> {
  const { transformers_version: _, ...kept } = json
  return {
    ...kept,
    architectures: [architecture],
    ...(architecture.endsWith('ForTokenClassification') && scoreHeadJson),
  }
}
