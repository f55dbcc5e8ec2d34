import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import {
  architectures,
  configJson,
  hasScoreHead,
  parseConfig,
  readConfig,
  type TransformerConfig,
} from './config.ts'

const tiny: TransformerConfig = {
  architecture: 'Qwen2ForCausalLM',
  vocabSize: 300,
  hiddenSize: 32,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  intermediateSize: 48,
  ropeTheta: 10_000,
  rmsNormEps: 1e-6,
  contextLength: 128,
  tieWordEmbeddings: true,
  qkvBias: true,
}

/** As published with Qwen/Qwen2.5-0.5B. */
const qwen = {
  architectures: ['Qwen2ForCausalLM'],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151643,
  hidden_act: 'silu',
  hidden_size: 896,
  initializer_range: 0.02,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 24,
  model_type: 'qwen2',
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  transformers_version: '4.40.1',
  use_cache: true,
  use_mrope: false,
  use_sliding_window: false,
  vocab_size: 151936,
}

describe('what it reads', () => {
  test('Qwen2.5-0.5B', () => {
    expect(parseConfig(qwen)).toEqual({
      architecture: 'Qwen2ForCausalLM',
      vocabSize: 151936,
      hiddenSize: 896,
      layers: 24,
      heads: 14,
      keyValueHeads: 2,
      headSize: 64,
      intermediateSize: 4864,
      ropeTheta: 1e6,
      rmsNormEps: 1e-6,
      contextLength: 32768,
      tieWordEmbeddings: true,
      qkvBias: true,
    })
  })

  test('what transformers 5 writes: rope_parameters, and one label through id2label', () => {
    const config = parseConfig({
      ...qwen,
      architectures: ['Qwen2ForTokenClassification'],
      rope_theta: undefined,
      rope_parameters: { rope_theta: 5e5, rope_type: 'default' },
      id2label: { '0': 'LABEL_0' },
    })
    expect(config.ropeTheta).toBe(5e5)
    expect(hasScoreHead(config)).toBe(true)
  })

  test('Llama: no bias, head_dim of its own', () => {
    const config = parseConfig({
      ...qwen,
      architectures: ['LlamaForCausalLM'],
      num_key_value_heads: undefined,
      head_dim: 32,
    })
    expect(config).toMatchObject({ qkvBias: false, headSize: 32, keyValueHeads: 14 })
  })
})

test('Qwen3 has heads of 128 unless it says otherwise, and no bias', () => {
  const { num_key_value_heads: _, ...rest } = qwen
  expect(parseConfig({ ...rest, architectures: ['Qwen3ForCausalLM'] })).toMatchObject({
    headSize: 128,
    queryKeyNorm: true,
    qkvBias: false,
  })
})

test('Llama 3.2: scaled rope, whichever way it is written', () => {
  const scaling = {
    factor: 32,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  }
  const old = parseConfig({ ...qwen, architectures: ['LlamaForCausalLM'], rope_scaling: scaling })
  const { rope_theta, ...rest } = qwen
  const recent = { ...rest, architectures: ['LlamaForCausalLM'], rope_parameters: { ...scaling, rope_theta } }
  expect(parseConfig(recent)).toEqual(old)
  const { type, ...numbers } = old.ropeScaling as { type: string }
  expect({ type, numbers: Object.values(numbers) }).toEqual({ type: 'llama3', numbers: [32, 1, 4, 8192] })
})

test.each(architectures)('%s: what is written is read back', (architecture) => {
  const config: TransformerConfig = {
    ...tiny,
    architecture,
    qkvBias: architecture.startsWith('Qwen2'),
    headSize: 6,
    ...(architecture.startsWith('Qwen3') && { queryKeyNorm: true }),
  }
  expect(parseConfig(configJson(config))).toEqual(config)
  const scaled: TransformerConfig = {
    ...config,
    ropeScaling: {
      type: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContextLength: 64,
    },
  }
  expect(parseConfig(configJson(scaled))).toEqual(scaled)
  if (architecture.startsWith('Qwen2')) return
  const biased: TransformerConfig = { ...config, qkvBias: true, outputBias: true }
  expect(parseConfig(configJson(biased))).toEqual(biased)
})

test('the tokens are named where they are known', () => {
  expect(configJson(tiny, { tokens: { begin: 1, end: 0, pad: 0 } })).toMatchObject({
    bos_token_id: 1,
    eos_token_id: 0,
    pad_token_id: 0,
  })
  expect(configJson(tiny)).not.toHaveProperty('eos_token_id')
})

test('a config that could not be read back is not written', () => {
  expect(() => configJson({ ...tiny, keyValueHeads: 3 })).toThrow(/config to write: num_attention_heads 4/)
  expect(() => configJson({ ...tiny, layers: 0 })).toThrow(/num_hidden_layers/)
  expect(() => configJson({ ...tiny, qkvBias: false })).toThrow(/Qwen2ForCausalLM cannot have qkvBias false/)
  expect(() => configJson({ ...tiny, outputBias: true })).toThrow(/cannot have outputBias true/)
  expect(() => configJson({ ...tiny, architecture: 'Qwen3ForCausalLM', qkvBias: false })).toThrow(
    /Qwen3ForCausalLM cannot have queryKeyNorm undefined/,
  )
})

describe('what it refuses', () => {
  const refused: [string, object, RegExp][] = [
    [
      'another architecture',
      { architectures: ['MambaForCausalLM'] },
      /architecture MambaForCausalLM is not supported\n.*Qwen2ForCausalLM/,
    ],
    ['no architecture', { architectures: undefined }, /architectures/],
    ['another activation', { hidden_act: 'gelu' }, /hidden_act gelu is not supported/],
    ['rope scaling', { rope_scaling: { type: 'yarn', factor: 4 } }, /rope scaling yarn is not supported/],
    ['rope scaling without its numbers', { rope_scaling: { rope_type: 'llama3' } }, /llama3: factor/],
    [
      'rope scaling as transformers 5 writes it',
      { rope_parameters: { rope_type: 'dynamic', factor: 2, rope_theta: 1e4 } },
      /rope scaling dynamic is not supported\n.*Supported: default, linear, llama3/,
    ],
    ['rope on part of a head', { rope_parameters: { partial_rotary_factor: 0.5 } }, /partial_rotary_factor/],
    ['a sliding window', { use_sliding_window: true }, /sliding window/],
    ['a sliding window in some layers', { layer_types: ['sliding_attention'] }, /sliding window/],
    ['quantised weights', { quantization_config: { quant_method: 'gptq' } }, /quantised weights/],
    ['bias in the MLP', { mlp_bias: true }, /mlp_bias/],
    [
      'heads that do not share keys evenly',
      { num_key_value_heads: 4 },
      /14 is not a multiple of num_key_value_heads 4/,
    ],
    ['a head of odd size', { head_dim: 7 }, /head size 7/],
    ['heads that do not divide the width', { num_attention_heads: 6 }, /head size 149\.3/],
    [
      'two labels',
      { architectures: ['Qwen2ForTokenClassification'], num_labels: 2 },
      /num_labels is 2: a reward model has 1/,
    ],
    ['labels unsaid, which means two', { architectures: ['Qwen2ForTokenClassification'] }, /num_labels is 2/],
    ['a missing size', { vocab_size: undefined }, /not the config\.json of a model: vocab_size/],
    ['a size that is no size', { hidden_size: '896' }, /hidden_size/],
  ]
  test.each(refused)('%s', (_, change, message) => {
    expect(() => parseConfig({ ...qwen, ...change }, 'model/config.json')).toThrow(message)
    expect(() => parseConfig({ ...qwen, ...change }, 'model/config.json')).toThrow(/^model\/config\.json: /)
    expect(() => parseConfig({ ...qwen, ...change })).toThrow(InputError)
  })

  test('a file that is missing, not JSON, or not an object', () => {
    const path = join(scratchFolder(), 'config.json')
    expect(() => readConfig(path)).toThrow(/config\.json: no such file/)
    writeFileSync(path, '{')
    expect(() => readConfig(path)).toThrow(/config\.json: cannot be read: .*JSON/)
    writeFileSync(path, '[]')
    expect(() => readConfig(path)).toThrow(/not the config\.json of a model/)
  })
})
