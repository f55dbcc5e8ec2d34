import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'
import { product, readSafetensors, writeSafetensors } from '../tensor/safetensors.ts'
import { trainTokenizer } from './bpe.ts'
import { type Checkpoint, readCheckpoint, tensorShapes, writeCheckpoint } from './checkpoint.ts'
import type { TransformerConfig } from './config.ts'
import { Tokenizer } from './tokenizer.ts'

const tokenizer = new Tokenizer(trainTokenizer(['3 + 4 = 7', '3 + 4 = 7'], { vocabSize: 270 }))
const policyConfig: TransformerConfig = {
  architecture: 'Qwen2ForCausalLM',
  vocabSize: 272,
  hiddenSize: 8,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headSize: 4,
  intermediateSize: 12,
  ropeTheta: 10_000,
  rmsNormEps: 1e-6,
  contextLength: 64,
  tieWordEmbeddings: true,
  qkvBias: true,
}
const rewardConfig: TransformerConfig = { ...policyConfig, architecture: 'Qwen2ForTokenClassification' }

function weights(shapes: Map<string, number[]>): Checkpoint['tensors'] {
  const { normal } = random('checkpoint')
  return new Map(
    [...shapes].map(([name, shape]) => [
      name,
      { shape, data: Float32Array.from({ length: product(shape) }, normal) },
    ]),
  )
}

const policy = (): Checkpoint => ({
  config: policyConfig,
  tensors: weights(tensorShapes(policyConfig)),
  dtype: 'F32',
  tokenizer,
})
const reward = (): Checkpoint => {
  const tensors = { 'assay.surprisal.weight': [8, 1] }
  return {
    config: rewardConfig,
    tensors: weights(tensorShapes(rewardConfig, tensors)),
    dtype: 'F32',
    tokenizer,
    assay: { kind: 'crm', format: 1, tensors, temperature: 1.5 },
  }
}

let directory: string
beforeEach(() => {
  directory = join(scratchFolder(), 'model')
})

const at = (file: string) => join(directory, file)
// biome-ignore lint/suspicious/noExplicitAny: each test knows the file it edits
const edit = (file: string, change: (json: any) => void) => {
  const json = JSON.parse(readFileSync(at(file), 'utf8'))
  change(json)
  writeFileSync(at(file), JSON.stringify(json))
}
const reading = () => readCheckpoint(directory)
const fails = (message: RegExp, where: string) => {
  expect(reading).toThrow(InputError)
  expect(reading).toThrow(message)
  expect(reading).toThrow(where)
}

describe('tensorShapes', () => {
  test('names and shapes of a tied Qwen2', () => {
    const shapes = tensorShapes({ ...policyConfig, layers: 1 })
    expect(Object.fromEntries(shapes)).toEqual({
      'model.embed_tokens.weight': [272, 8],
      'model.layers.0.self_attn.q_proj.weight': [8, 8],
      'model.layers.0.self_attn.q_proj.bias': [8],
      'model.layers.0.self_attn.k_proj.weight': [4, 8],
      'model.layers.0.self_attn.k_proj.bias': [4],
      'model.layers.0.self_attn.v_proj.weight': [4, 8],
      'model.layers.0.self_attn.v_proj.bias': [4],
      'model.layers.0.self_attn.o_proj.weight': [8, 8],
      'model.layers.0.mlp.gate_proj.weight': [12, 8],
      'model.layers.0.mlp.up_proj.weight': [12, 8],
      'model.layers.0.mlp.down_proj.weight': [8, 12],
      'model.layers.0.input_layernorm.weight': [8],
      'model.layers.0.post_attention_layernorm.weight': [8],
      'model.norm.weight': [8],
    })
  })

  test('untied, Llama, score head, extra', () => {
    expect(tensorShapes({ ...policyConfig, tieWordEmbeddings: false }).get('lm_head.weight')).toEqual([
      272, 8,
    ])
    const llama = tensorShapes({ ...policyConfig, architecture: 'LlamaForCausalLM', qkvBias: false })
    expect([...llama.keys()].filter((name) => name.endsWith('bias'))).toEqual([])
    const scores = tensorShapes({ ...rewardConfig, tieWordEmbeddings: false }, { more: [3] })
    expect([...scores].slice(-3)).toEqual([
      ['score.weight', [1, 8]],
      ['score.bias', [1]],
      ['more', [3]],
    ])
    expect(scores.has('lm_head.weight')).toBe(false)
  })
})

describe('what was written comes back', () => {
  test('a policy', () => {
    writeCheckpoint(directory, policy())
    const { tokenizer: read, ...rest } = reading()
    const { tokenizer: written, ...expected } = policy()
    expect(rest).toEqual(expected)
    expect(read.json).toEqual(written.json)
    expect(readdirSync(directory).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
  })

  test('a reward model', () => {
    writeCheckpoint(directory, reward())
    const { tokenizer: _, ...rest } = reading()
    const { tokenizer: __, ...expected } = reward()
    expect(rest).toEqual(expected)
    expect(existsSync(at('assay.json'))).toBe(true)
    expect(existsSync(at('generation_config.json'))).toBe(false)
  })

  test('in half precision, near enough', () => {
    writeCheckpoint(directory, policy(), { dtype: 'F16' })
    const [read, written] = [reading(), policy()].map(({ tensors }) => tensors.get('model.norm.weight')!.data)
    for (const [index, value] of read.entries()) expect(value).toBeCloseTo(written[index], 2)
    expect(JSON.parse(readFileSync(at('config.json'), 'utf8')).torch_dtype).toBe('float16')
  })

  test('over an older one: nothing of it is left, files of others are', () => {
    writeCheckpoint(directory, reward())
    writeFileSync(at('README.md'), 'mine')
    writeFileSync(at('model.safetensors.index.json'), '{}')
    writeCheckpoint(directory, policy())
    expect(reading().assay).toBeUndefined()
    expect(readdirSync(directory).sort()).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
  })

  test('sharded', () => {
    writeCheckpoint(directory, policy())
    const { tensors } = readSafetensors(at('model.safetensors'))
    const map: Record<string, string> = {}
    for (const half of [0, 1]) {
      const part = new Map([...tensors].filter((_, index) => index % 2 === half))
      for (const name of part.keys()) map[name] = `model-0000${half + 1}-of-00002.safetensors`
      writeSafetensors(at(`model-0000${half + 1}-of-00002.safetensors`), part)
    }
    rmSync(at('model.safetensors'))
    writeFileSync(at('model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }))
    expect([...reading().tensors]).toEqual([...policy().tensors])

    rmSync(at('model-00002-of-00002.safetensors'))
    fails(/no such file/, 'model-00002-of-00002.safetensors')
    edit('model.safetensors.index.json', (json) => delete json.weight_map['model.norm.weight'])
    writeSafetensors(at('model-00002-of-00002.safetensors'), tensors)
    fails(/tensor model\.norm\.weight is missing/, 'index.json')
    edit('model.safetensors.index.json', (json) => {
      json.weight_map['model.norm.weight'] = '../other.safetensors'
    })
    fails(/weight_map\.model\.norm\.weight: not the name of a safetensors file/, 'index.json')
    writeFileSync(at('model.safetensors.index.json'), '{}')
    fails(/weight_map/, 'index.json')
  })

  test('tensors that the architecture has no use for are ignored', () => {
    writeCheckpoint(directory, policy())
    const { tensors } = readSafetensors(at('model.safetensors'))
    writeSafetensors(
      at('model.safetensors'),
      new Map([...tensors, ['lm_head.weight', { shape: [1], data: new Float32Array(1) }]]),
    )
    expect(reading().tensors.has('lm_head.weight')).toBe(false)
  })
})

describe('a directory that is wrong', () => {
  beforeEach(() => writeCheckpoint(directory, reward()))
  const rewrite = (change: (tensors: Checkpoint['tensors']) => void) => {
    const { tensors } = readSafetensors(at('model.safetensors'))
    change(tensors)
    writeSafetensors(at('model.safetensors'), tensors)
  }

  test('missing, or a file', () => {
    expect(() => readCheckpoint(at('none'))).toThrow(/none: no such directory/)
    expect(() => readCheckpoint(at('config.json'))).toThrow(/config\.json: is a file, not a directory/)
  })

  test.each(['config.json', 'tokenizer.json', 'model.safetensors'])('%s missing', (file) => {
    rmSync(at(file))
    fails(/no such file/, at(file))
  })

  test.each(['config.json', 'tokenizer.json', 'assay.json'])('%s cut short', (file) => {
    writeFileSync(at(file), readFileSync(at(file)).subarray(0, 30))
    fails(/cannot be read: .*JSON/, at(file))
  })

  test('model.safetensors cut short', () => {
    writeFileSync(at('model.safetensors'), readFileSync(at('model.safetensors')).subarray(0, -1))
    fails(/cut short/, at('model.safetensors'))
  })

  test('a tensor missing', () => {
    rewrite((tensors) => tensors.delete('model.layers.1.mlp.up_proj.weight'))
    fails(
      /tensor model\.layers\.1\.mlp\.up_proj\.weight is missing; expected with shape \[12,8\]/,
      at('model.safetensors'),
    )
  })

  test('an extra tensor of assay.json missing', () => {
    rewrite((tensors) => tensors.delete('assay.surprisal.weight'))
    fails(/tensor assay\.surprisal\.weight is missing; expected with shape \[8,1\]/, at('model.safetensors'))
  })

  test('a tensor of another shape, even with as many values', () => {
    rewrite((tensors) => tensors.set('score.weight', { shape: [8, 1], data: new Float32Array(8) }))
    fails(/tensor score\.weight has shape \[8,1\]; expected \[1,8\]/, at('model.safetensors'))
  })

  test('a tokenizer of another model', () => {
    edit('config.json', (json) => {
      json.vocab_size = 260
    })
    fails(/the tokenizer has 2\d\d tokens, but the model's vocab_size is 260/, directory)
  })

  test('assay.json of another format', () => {
    edit('assay.json', (json) => {
      json.format = 2
    })
    fails(/format: only format 1 is known/, at('assay.json'))
    edit('assay.json', (json) => Object.assign(json, { format: 1, kind: 5 }))
    fails(/kind: /, at('assay.json'))
    writeFileSync(at('assay.json'), '[]')
    fails(/its content: /, at('assay.json'))
  })
})

describe('a write that is refused or interrupted', () => {
  test('tensors that are not those of the config: nothing is replaced', () => {
    writeCheckpoint(directory, policy())
    const before = readFileSync(at('config.json'), 'utf8')
    const write = (change: (checkpoint: Checkpoint) => void) => () => {
      const checkpoint = reward()
      change(checkpoint)
      writeCheckpoint(directory, checkpoint)
    }
    expect(write(({ tensors }) => tensors.delete('score.bias'))).toThrow(
      /checkpoint to write: tensor score\.bias is missing/,
    )
    expect(write(({ tensors }) => tensors.set('more', { shape: [], data: new Float32Array(1) }))).toThrow(
      /tensor more belongs to neither/,
    )
    expect(write(({ tensors }) => tensors.get('score.bias')!.data.fill(Number.NaN))).toThrow(
      /tensor score\.bias holds NaN/,
    )
    expect(
      write((checkpoint) => {
        checkpoint.config = { ...rewardConfig, vocabSize: 200 }
      }),
    ).toThrow(/vocab_size is 200/)
    expect(() => writeCheckpoint(at('config.json'), policy())).toThrow(/is a file, not a directory/)
    expect(readFileSync(at('config.json'), 'utf8')).toBe(before)
    expect(existsSync(at('.writing'))).toBe(false)
    expect(reading().config).toEqual(policyConfig)
  })

  test('stopped while the files move: it does not load, and says how to go on', () => {
    writeCheckpoint(directory, reward())
    mkdirSync(at('.writing'))
    for (const file of ['config.json', 'assay.json']) renameSync(at(file), at(`.writing/${file}`))
    fails(/writing this checkpoint was interrupted\n.*move the files of .*\.writing to/, directory)
    for (const file of ['assay.json', 'config.json']) renameSync(at(`.writing/${file}`), at(file))
    expect(reading().assay?.kind).toBe('crm')
  })

  test('stopped in the middle of the first write: it says so, and the next write mends it', () => {
    mkdirSync(at('.writing'), { recursive: true })
    writeFileSync(at('.writing/model.safetensors'), 'half')
    fails(/writing this checkpoint was interrupted\n.*Write it again/, directory)
    writeCheckpoint(directory, policy())
    expect(reading().config).toEqual(policyConfig)
  })

  test('killed at any moment: old, new, or none that loads', { timeout: 60_000 }, async () => {
    const script = `
      import { readCheckpoint, writeCheckpoint } from ${JSON.stringify(new URL('./checkpoint.ts', import.meta.url).href)}
      const checkpoint = readCheckpoint(process.argv[1])
      console.log('ready')
      for (let round = 1; ; round++) {
        for (const { data } of checkpoint.tensors.values()) data.fill(round)
        checkpoint.config.ropeTheta = round
        checkpoint.assay.temperature = round
        writeCheckpoint(process.argv[1], checkpoint)
      }`
    for (const delay of [1, 7, 23, 50]) {
      writeCheckpoint(directory, reward())
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', script, directory],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      await new Promise((resolve) => child.stdout.once('data', resolve))
      await new Promise((resolve) => setTimeout(resolve, delay))
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
      let read: Checkpoint
      try {
        read = reading()
      } catch (error) {
        expect((error as Error).message).toMatch(/writing this checkpoint was interrupted/)
        continue
      }
      const round = read.config.ropeTheta
      if (round === policyConfig.ropeTheta) continue
      expect(read.assay?.temperature).toBe(round)
      for (const { data } of read.tensors.values()) expect(data.every((value) => value === round)).toBe(true)
    }
  })
})
