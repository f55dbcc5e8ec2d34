import { Tokenizer as Library } from '@huggingface/tokenizers'
import * as z from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { preTokens, specialTokens, splitRegex, type TokenizerJson } from './bpe.ts'
import { readJson } from './json-file.ts'

export type Specials = Record<keyof typeof specialTokens, number>

/** Pieces remembered, and the longest one worth remembering. */
const cacheSize = 50_000
const cachedLength = 64

/**
 * A tokenizer.json (BPE), and how this package lays out a solution:
 *
 *     <|problem|> P <|solution|> s1 <|step|> s2 <|step|> … sT <|step|> <|end|>
 *
 * Problem and steps are encoded each on its own, so the ids of a prefix never change when a step is appended.
 * Text never becomes a special token: a `<|step|>` written in it is ordinary bytes.
 *
 * Text comes back in Unicode's composed form, NFC (`e` and a combining accent as `é`), and lone surrogates, which UTF-8
 * cannot hold, as U+FFFD; nothing else changes (with a tokenizer from `trainTokenizer`; a foreign one may differ).
 */
export class Tokenizer {
  readonly json: TokenizerJson
  /** The largest id plus one. */
  readonly vocabSize: number
  #where: string
  #plain: Library
  #specials: Specials | undefined
  #specialIds: Set<number>
  /** The ids of pieces, where we normalise and split the text ourselves; otherwise the library does. */
  #cache: Map<string, number[]> | undefined

  /**
   * @param json the parsed content of a tokenizer.json
   * @param where names it in errors
   * @throws InputError when it is not a BPE tokenizer that can be built
   */
  constructor(json: unknown, where = 'tokenizer.json') {
    this.json = validated(json, where)
    this.#where = where
    const { added_tokens: added, model } = this.json
    this.vocabSize =
      1 + Math.max(maximum(Object.values(model.vocab)), maximum(added.map((token) => token.id)))
    if (isQwen2(this.json)) this.#cache = new Map()
    this.#plain = plainLibrary(this.json, where)
    this.#specials = specialsOf(added)
    this.#specialIds = new Set(added.filter((token) => token.special).map((token) => token.id))
  }

  /** @throws InputError when the file is missing, not JSON, or not a BPE tokenizer */
  static read(path: string): Tokenizer {
    return new Tokenizer(readJson(path), path)
  }

  /** False for a foreign tokenizer: it can encode and decode text, but not solutions. */
  get hasSpecials(): boolean {
    return this.#specials !== undefined
  }

  /** @throws InputError for a foreign tokenizer, which lacks the four special tokens */
  get specials(): Specials {
    if (this.#specials) return this.#specials
    throw new InputError(`has not the special tokens ${Object.values(specialTokens).join(' ')}`, {
      where: this.#where,
      fix: 'Reading and generating solutions needs a tokenizer made by this package; a foreign one can only encode and decode text.',
    })
  }

  /** Ids of the text alone: no special token before, after or within it. */
  encodeText(text: string): number[] {
    const cache = this.#cache
    if (cache === undefined) return this.#encode(text)
    const ids: number[] = []
    for (const piece of preTokens(text.normalize('NFC'))) {
      let found = cache.get(piece)
      if (found === undefined) {
        found = this.#encode(piece)
        if (piece.length <= cachedLength) {
          if (cache.size >= cacheSize) cache.clear()
          cache.set(piece, found)
        }
      }
      for (const id of found) ids.push(id)
    }
    return ids
  }

  /** The text of the ids; special tokens are left out. Bytes that are not UTF-8 become U+FFFD. */
  decode(ids: ArrayLike<number>): string {
    const plain: number[] = []
    for (let i = 0; i < ids.length; i++) {
      if (this.#specialIds.has(ids[i])) continue
      if (this.#plain.id_to_token(ids[i]) === undefined)
        throw new InputError(`token id ${ids[i]} is not in the vocabulary of ${this.vocabSize}`, {
          where: this.#where,
        })
      plain.push(ids[i])
    }
    return plain.length === 0 ? '' : this.#plain.decode(plain, { clean_up_tokenization_spaces: false })
  }

  /**
   * A whole solution.
   * @param options.ended close it with `<|end|>` (default true)
   * @returns stepEnds: for each step, the index in `ids` of the `<|step|>` that closes it
   */
  encodeSolution(
    problem: string,
    steps: readonly string[],
    options: { ended?: boolean } = {},
  ): { ids: number[]; stepEnds: number[] } {
    const { end, problem: open, solution, step: close } = this.specials
    const ids = [open, ...this.encodeText(problem), solution]
    const stepEnds: number[] = []
    for (const step of steps) {
      for (const id of this.encodeText(step)) ids.push(id)
      stepEnds.push(ids.push(close) - 1)
    }
    if (options.ended ?? true) ids.push(end)
    return { ids, stepEnds }
  }

  /** What a continuation follows: the problem and the steps already taken, up to `<|solution|>` or the last `<|step|>`. */
  encodePrompt(problem: string, prefixSteps: readonly string[] = []): number[] {
    return this.encodeSolution(problem, prefixSteps, { ended: false }).ids
  }

  /**
   * The steps in generated ids (those after the prompt), up to the first `<|end|>`.
   * A stray `<|problem|>` or `<|solution|>` is left out; an empty step counts.
   *
   * @returns ended: there was an `<|end|>`; open: the last step lacks its `<|step|>` (it was cut short, unless ended)
   */
  splitSteps(ids: ArrayLike<number>): { steps: string[]; ended: boolean; open: boolean } {
    const { end, step: close } = this.specials
    const steps: string[] = []
    let current: number[] = []
    let ended = false
    for (let i = 0; i < ids.length && !ended; i++) {
      if (ids[i] === close) {
        steps.push(this.decode(current))
        current = []
      } else if (ids[i] === end) ended = true
      else if (!this.#specialIds.has(ids[i])) current.push(ids[i])
    }
    const open = current.length > 0
    if (open) steps.push(this.decode(current))
    return { steps, ended, open }
  }

  /**
   * The tokenizer_config.json with which transformers loads this tokenizer. Its unk_token is null because
   * Qwen2Tokenizer would otherwise add its own, `<|endoftext|>`, to the vocabulary.
   */
  configJson(contextLength: number): Record<string, unknown> {
    const { problem, end, solution, step } = specialTokens
    return {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      model_max_length: contextLength,
      ...(this.hasSpecials
        ? {
            bos_token: problem,
            eos_token: end,
            pad_token: end,
            unk_token: null,
            additional_special_tokens: [solution, step],
          }
        : {}),
    }
  }

  #encode(text: string): number[] {
    return this.#plain.encode(text, { add_special_tokens: false }).ids
  }
}

/** The library's tokenizer without added tokens, so that no text can spell one. */
function plainLibrary(json: TokenizerJson, where: string): Library {
  const vocab = new Map(Object.entries(json.model.vocab))
  for (const { content, special } of json.added_tokens)
    if (special && content !== json.model.unk_token) vocab.delete(content)
  try {
    const model = { ...json.model, vocab: Object.fromEntries(vocab) }
    return new Library({ ...json, model, added_tokens: [], post_processor: null }, {})
  } catch (cause) {
    throw new InputError(`not a tokenizer that can be built: ${(cause as Error).message}`, { where, cause })
  }
}

function specialsOf(added: TokenizerJson['added_tokens']): Specials | undefined {
  const ids = Object.entries(specialTokens).map(([name, content]) => [
    name,
    added.find((token) => token.content === content)?.id,
  ])
  return ids.some(([, id]) => id === undefined) ? undefined : Object.fromEntries(ids)
}

/** Whether text is normalised and split as `trainTokenizer` and Qwen2 do. */
function isQwen2(json: TokenizerJson): boolean {
  const split = z.object({
    type: z.literal('Split'),
    pattern: z.object({ Regex: z.literal(splitRegex) }),
    behavior: z.literal('Isolated'),
    invert: z.literal(false),
  })
  const byteLevel = z.object({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.literal(false),
    use_regex: z.literal(false),
  })
  const schema = z.object({
    normalizer: z.object({ type: z.literal('NFC') }),
    pre_tokenizer: z.object({ type: z.literal('Sequence'), pretokenizers: z.tuple([split, byteLevel]) }),
  })
  return schema.safeParse(json).success
}

const id = z.number().int().nonnegative()
const tokenizerSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id, content: z.string(), special: z.boolean().optional() })),
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  post_processor: z.unknown(),
  decoder: z.looseObject({ type: z.string() }).nullable(),
  model: z.looseObject({
    type: z.literal('BPE', { error: 'only BPE tokenizers are supported' }),
    vocab: z.record(z.string(), id),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
    unk_token: z.string().nullish(),
  }),
})

function validated(json: unknown, where: string): TokenizerJson {
  const checked = tokenizerSchema.safeParse(json)
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]
    throw new InputError(`not a tokenizer.json: ${path.map(String).join('.') || 'its content'}: ${message}`, {
      where,
    })
  }
  const tokenizer = json as TokenizerJson
  const { vocab, merges } = tokenizer.model
  for (const [index, merge] of merges.entries()) {
    const [left, right, ...rest] = typeof merge === 'string' ? merge.split(' ') : merge
    const unknown =
      rest.length > 0 || right === undefined
        ? `"${merge}"`
        : [left, right, left + right].find((token) => !Object.hasOwn(vocab, token))
    if (unknown !== undefined)
      throw new InputError(
        `merge ${index} needs ${JSON.stringify(unknown)}, which is not in the vocabulary`,
        { where },
      )
  }
  return tokenizer
}

function maximum(ids: number[]): number {
  return ids.reduce((most, next) => Math.max(most, next), -1)
}
