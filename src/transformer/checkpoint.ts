import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import * as z from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { readSafetensors, type Tensor, writeSafetensors } from '../tensor/safetensors.ts'
import { configJson, hasScoreHead, readConfig, type TransformerConfig } from './config.ts'
import { readJson } from './json-file.ts'
import { Tokenizer } from './tokenizer.ts'

/** assay.json: what a checkpoint is beyond an ordinary model. */
export interface AssayJson {
  /** 'crm' and the like. */
  kind: string
  format: 1
  /** Tensors beside the architecture's own, with their shapes. */
  tensors?: Record<string, number[]>
  [field: string]: unknown
}

export interface Checkpoint {
  config: TransformerConfig
  tensors: Map<string, Tensor>
  tokenizer: Tokenizer
  assay?: AssayJson
}

/** Every tensor of the model in Hugging Face naming; a linear layer's weight is [out, in]. */
export function tensorShapes(
  config: TransformerConfig,
  extra: Record<string, number[]> = {},
): Map<string, number[]> {
  const { vocabSize, hiddenSize, layers, heads, keyValueHeads, headSize, intermediateSize } = config
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [vocabSize, hiddenSize]]])
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, ...shape: number[]) => shapes.set(`model.layers.${layer}.${name}`, shape)
    for (const [name, count] of [
      ['q', heads],
      ['k', keyValueHeads],
      ['v', keyValueHeads],
    ] as const) {
      add(`self_attn.${name}_proj.weight`, count * headSize, hiddenSize)
      if (config.qkvBias) add(`self_attn.${name}_proj.bias`, count * headSize)
    }
    add('self_attn.o_proj.weight', hiddenSize, heads * headSize)
    add('mlp.gate_proj.weight', intermediateSize, hiddenSize)
    add('mlp.up_proj.weight', intermediateSize, hiddenSize)
    add('mlp.down_proj.weight', hiddenSize, intermediateSize)
    add('input_layernorm.weight', hiddenSize)
    add('post_attention_layernorm.weight', hiddenSize)
  }
  shapes.set('model.norm.weight', [hiddenSize])
  if (hasScoreHead(config)) shapes.set('score.weight', [1, hiddenSize]).set('score.bias', [1])
  else if (!config.tieWordEmbeddings) shapes.set('lm_head.weight', [vocabSize, hiddenSize])
  for (const [name, shape] of Object.entries(extra)) shapes.set(name, shape)
  return shapes
}

/** Where a checkpoint is written before its files move into place. */
const staging = '.writing'

const weightsFile = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'

/**
 * Reads a checkpoint directory, ours or any Hugging Face one of a supported architecture, sharded or not.
 * Tensors that the architecture has no use for are ignored.
 *
 * @throws InputError when the directory, a file or a tensor is missing, or does not fit the rest
 */
export function readCheckpoint(directory: string): Checkpoint {
  checkDirectory(directory)
  const config = readConfig(join(directory, 'config.json'))
  const assay = existsSync(join(directory, 'assay.json'))
    ? readAssay(join(directory, 'assay.json'))
    : undefined
  const tokenizer = Tokenizer.read(join(directory, 'tokenizer.json'))
  checkVocabulary(config, tokenizer, directory)
  const tensors = readTensors(directory, tensorShapes(config, assay?.tensors))
  return { config, tensors, tokenizer, ...(assay && { assay }) }
}

/**
 * Writes a checkpoint directory: config.json, model.safetensors, tokenizer.json, tokenizer_config.json,
 * generation_config.json (language models) and assay.json (when given). Other files in the directory stay.
 *
 * The files are first written whole to a folder inside it, then config.json is taken away, the others replaced and
 * the new config.json put last: killed at any moment, the directory holds the old checkpoint, the new one, or none that loads.
 *
 * @param options.dtype of the weights, F32 by default
 * @throws InputError when the tensors are not those of the config (and of `assay.tensors`); nothing is replaced then
 */
export function writeCheckpoint(
  directory: string,
  checkpoint: Checkpoint,
  options: { dtype?: 'F32' | 'F16' } = {},
): void {
  const { config, tensors, tokenizer, assay } = checkpoint
  const { dtype = 'F32' } = options
  checkVocabulary(config, tokenizer, directory)
  const shapes = tensorShapes(config, assay?.tensors)
  checkTensors(tensors, shapes, 'the checkpoint to write')
  for (const name of tensors.keys())
    if (!shapes.has(name))
      throw new InputError(`tensor ${name} belongs to neither the architecture nor assay.tensors`, {
        where: 'the checkpoint to write',
      })
  const files = jsonFiles(checkpoint, dtype)
  if (existsSync(directory) && !statSync(directory).isDirectory())
    throw new InputError('is a file, not a directory', { where: directory })
  const from = join(directory, staging)
  rmSync(from, { recursive: true, force: true })
  mkdirSync(from, { recursive: true })
  try {
    const ordered = new Map([...shapes.keys()].map((name) => [name, tensors.get(name)!]))
    writeSafetensors(join(from, weightsFile), ordered, { dtype })
    for (const [name, content] of files)
      writeFileSync(join(from, name), `${JSON.stringify(content, null, 2)}\n`, { flush: true })
    flushDirectory(from)
  } catch (error) {
    rmSync(from, { recursive: true, force: true })
    throw error
  }
  for (const stale of ['config.json', indexFile, 'assay.json', 'generation_config.json'])
    rmSync(join(directory, stale), { force: true })
  flushDirectory(directory)
  for (const name of [weightsFile, ...files.keys()]) renameSync(join(from, name), join(directory, name))
  flushDirectory(directory)
  rmSync(from, { recursive: true, force: true })
}

/** By name; config.json last, since it is what makes the directory a checkpoint. */
function jsonFiles({ config, tokenizer, assay }: Checkpoint, dtype: 'F32' | 'F16'): Map<string, unknown> {
  const special = tokenizer.hasSpecials ? tokenizer.specials : undefined
  const tokens = special && { begin: special.problem, end: special.end, pad: special.end }
  const files = new Map<string, unknown>([
    ['tokenizer.json', tokenizer.json],
    ['tokenizer_config.json', tokenizer.configJson(config.contextLength)],
  ])
  if (!hasScoreHead(config) && tokens)
    files.set('generation_config.json', {
      bos_token_id: tokens.begin,
      eos_token_id: tokens.end,
      pad_token_id: tokens.pad,
      do_sample: true,
    })
  if (assay) files.set('assay.json', assay)
  return files.set(
    'config.json',
    configJson(config, { dtype: dtype === 'F16' ? 'float16' : 'float32', tokens }),
  )
}

function checkDirectory(directory: string): void {
  if (!existsSync(directory))
    throw new InputError('no such directory', {
      where: directory,
      fix: 'Give the directory of a checkpoint.',
    })
  if (!statSync(directory).isDirectory())
    throw new InputError('is a file, not a directory', {
      where: directory,
      fix: 'Give the directory of a checkpoint, not a file in it.',
    })
  if (existsSync(join(directory, 'config.json')) || !existsSync(join(directory, staging))) return
  const complete = existsSync(join(directory, staging, 'config.json'))
  throw new InputError('writing this checkpoint was interrupted', {
    where: directory,
    fix: complete
      ? `Everything was written: move the files of ${join(directory, staging)} to ${directory}, config.json last.`
      : 'Write it again, or use an earlier one.',
  })
}

const assaySchema = z.looseObject({
  kind: z.string().min(1),
  format: z.literal(1, { error: 'only format 1 is known; a newer version of assay may have written it' }),
  tensors: z.record(z.string(), z.array(z.number().int().nonnegative())).optional(),
})

function readAssay(path: string): AssayJson {
  const checked = assaySchema.safeParse(readJson(path))
  if (checked.success) return checked.data
  const { path: place, message } = checked.error.issues[0]
  throw new InputError(`${place.map(String).join('.') || 'its content'}: ${message}`, { where: path })
}

function checkVocabulary(config: TransformerConfig, tokenizer: Tokenizer, where: string): void {
  if (tokenizer.vocabSize <= config.vocabSize) return
  throw new InputError(
    `the tokenizer has ${tokenizer.vocabSize} tokens, but the model's vocab_size is ${config.vocabSize}`,
    {
      where,
      fix: 'tokenizer.json and config.json come from different models.',
    },
  )
}

function readTensors(directory: string, shapes: Map<string, number[]>): Map<string, Tensor> {
  const single = join(directory, weightsFile)
  const index = join(directory, indexFile)
  const want = (name: string) => shapes.has(name)
  if (existsSync(single) || !existsSync(index)) {
    const { tensors } = readSafetensors(single, { want })
    checkTensors(tensors, shapes, single)
    return inOrder(tensors, shapes)
  }
  const tensors = new Map<string, Tensor>()
  const found = readIndex(index)
  for (const file of new Set([...found].filter(([name]) => want(name)).map(([, file]) => file)))
    for (const [name, tensor] of readSafetensors(join(directory, file), {
      want: (name) => want(name) && found.get(name) === file,
    }).tensors)
      tensors.set(name, tensor)
  checkTensors(tensors, shapes, index)
  return inOrder(tensors, shapes)
}

const indexSchema = z.looseObject({
  weight_map: z.record(
    z.string(),
    z
      .string()
      .refine(
        (file) => basename(file) === file && file.endsWith('.safetensors'),
        'not the name of a safetensors file beside it',
      ),
  ),
})

function readIndex(path: string): Map<string, string> {
  const checked = indexSchema.safeParse(readJson(path))
  if (checked.success) return new Map(Object.entries(checked.data.weight_map))
  const { path: place, message } = checked.error.issues[0]
  throw new InputError(`${place.map(String).join('.') || 'its content'}: ${message}`, { where: path })
}

function checkTensors(
  tensors: ReadonlyMap<string, Tensor>,
  shapes: Map<string, number[]>,
  where: string,
): void {
  const fix = 'The weights do not belong to this config.json.'
  for (const [name, expected] of shapes) {
    const found = tensors.get(name)?.shape
    if (found === undefined)
      throw new InputError(`tensor ${name} is missing; expected with shape [${expected}]`, { where, fix })
    if (found.length !== expected.length || found.some((size, axis) => size !== expected[axis]))
      throw new InputError(`tensor ${name} has shape [${found}]; expected [${expected}]`, { where, fix })
  }
}

function inOrder(tensors: Map<string, Tensor>, shapes: Map<string, number[]>): Map<string, Tensor> {
  return new Map([...shapes.keys()].map((name) => [name, tensors.get(name)!]))
}

function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(directory, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
