import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { readSafetensors } from '../tensor/safetensors.ts'
import { foreignLayout } from './chat-template.ts'
import { readCheckpoint } from './checkpoint.ts'
import { hasScoreHead } from './config.ts'
import { createDecoder, emptyCache } from './decoder.ts'
import { causalMask } from './mask.ts'
import { Tokenizer } from './tokenizer.ts'

/** Written by scripts/make-hf-fixtures.py: models as transformers saves them, and what it says of them. */
const fixtures = new URL('./fixtures/', import.meta.url).pathname
const names = readdirSync(fixtures)

interface Reference {
  ids: number[][]
  /** Positions whose logits are kept. */
  read: number[]
  texts: { text: string; plain: number[]; parsed: number[] }[]
  chat: { problem: string; steps: string[]; rendered: string; separator: string; ids: number[] }
}
const referenceOf = (name: string): Reference =>
  JSON.parse(readFileSync(join(fixtures, name, 'reference.json'), 'utf8'))

/** Of the largest logit. Both sides round to float32 (6e-8 of a number) at every operation, in other orders; measured: up to 2e-6. */
const tolerance = 5e-6

describe.each(names)('%s', (name) => {
  const directory = join(fixtures, name)
  const { config, tensors, tokenizer } = readCheckpoint(directory)
  const reference = referenceOf(name)

  test('logits are those of transformers in float32', async () => {
    const expected = readSafetensors(join(directory, 'reference.safetensors')).tensors.get('logits')!
    const head = hasScoreHead(config) ? 'score' : 'logits'
    const decoder = await createDecoder(config, tensors, { threads: 1, head })
    const { ids, read } = reference
    const time = ids[0].length
    const { output } = await decoder.append({
      cache: emptyCache(config, ids.length, 0),
      rows: ids.length,
      time,
      tokens: ids.flat(),
      positions: ids.flatMap((row) => row.map((_, i) => i)),
      mask: causalMask(time),
      read: ids.flatMap((_, row) => read.map((at) => row * time + at)),
    })
    await decoder.close()
    expect(output.length).toBe(expected.data.length)
    const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const error = output.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.data[i])), 0)
    expect(error / largest).toBeLessThan(tolerance)
  })

  test('nasty texts become the ids of transformers, special tokens in them spelt out', () => {
    for (const { text, plain } of reference.texts)
      expect({ text, ids: tokenizer.encodeText(text) }).toEqual({ text, ids: plain })
  })

  test('a solution is the chat that transformers renders, and a separator after each step', () => {
    const { problem, steps, rendered, separator, ids } = reference.chat
    const today = (text: string) => text.replace(/Today: [^<]*/, 'Today: ')
    const layout = foreignLayout(directory, tokenizer, separator)
    expect(today(layout.before + problem + layout.after)).toBe(today(rendered))
    const [before, after] = rendered.split(problem)
    const laid = tokenizer.withLayout({ before, after, separator })
    const solution = laid.encodeSolution(problem, steps)
    expect(solution.ids).toEqual(ids)
    expect(solution.stepEnds.map((at) => ids[at])).toEqual(steps.map(() => ids.at(-1)))
  })
})

describe('text of others', () => {
  const opened = ['qwen3-tied-f16', 'llama3-untied-bf16'].map((name) => {
    const directory = join(fixtures, name)
    return { name, directory, tokenizer: readCheckpoint(directory).tokenizer }
  })
  const [qwen, llama] = opened
  const laidOut = opened.flatMap(({ name, directory, tokenizer }) =>
    (name === qwen.name
      ? ['<extra_0>', '<|endoftext|>', '\n\n', '\n']
      : ['<|reserved_special_token_0|>']
    ).flatMap((separator) => {
      const layout = { ...foreignLayout(directory, tokenizer, separator) }
      if (separator === '\n') layout.before = layout.after = '<|im_end|>' // the template itself has single line breaks
      return [{ name: `${name} ${JSON.stringify(separator)}`, tokenizer: tokenizer.withLayout(layout) }]
    }),
  )
  const spelt = opened.flatMap(({ tokenizer }) => tokenizer.json.added_tokens.map(({ content }) => content))
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({
      unit: fc.constantFrom(
        ...spelt,
        '\n',
        '\n\n',
        '\r',
        ' ',
        '\t',
        '.',
        'a',
        '1',
        '\u2028',
        '<|im_',
        '|>',
        'e\u0301',
      ),
      maxLength: 20,
    }),
  )

  test.each(laidOut)(
    '$name: no problem and no step writes a separator or a special token',
    ({ tokenizer }) => {
      const special = new Set(
        tokenizer.json.added_tokens.filter((token) => token.special).map((token) => token.id),
      )
      const prompt = tokenizer.encodePrompt('')
      const own = prompt.filter((id) => special.has(id))
      fc.assert(
        fc.property(text, fc.array(text, { maxLength: 4 }), (problem, steps) => {
          const { ids, stepEnds } = tokenizer.encodeSolution(problem, steps)
          const at = ids.flatMap((id, i) => (id === tokenizer.stepEnd ? [i] : []))
          expect(at).toEqual(stepEnds)
          expect(ids.filter((id) => special.has(id) && id !== tokenizer.stepEnd)).toEqual(own)
          for (const [i] of steps.entries())
            expect(tokenizer.encodePrompt(problem, steps.slice(0, i))).toEqual(
              ids.slice(0, i === 0 ? ids.length - restOf(steps) : stepEnds[i - 1] + 1),
            )
          function restOf(all: string[]) {
            return all.reduce((sum, step) => sum + tokenizer.encodeStep(step).length, 0)
          }
        }),
        { numRuns: 300 },
      )
    },
  )

  test('what a chat template spells is no text either, special or not', () => {
    const layout = { before: '<think>', after: '', separator: '<extra_0>' }
    const thinking = qwen.tokenizer.withLayout(layout)
    const [open] = thinking.encodePrompt('')
    expect(qwen.tokenizer.encodeText('<think>')).toEqual([open])
    expect(thinking.encodeText('<think>')).not.toContain(open)
    expect(thinking.decode(thinking.encodeText('a<think>b'))).toBe('a<think>b')
    expect(qwen.tokenizer.decode(qwen.tokenizer.encodeText('a<think>b'))).toBe('a<think>b')
  })

  test('an empty line in a step or a problem becomes one line break, where empty lines end steps', () => {
    const lines = qwen.tokenizer.withLayout({ ...foreignLayout(qwen.directory, qwen.tokenizer, '\n\n') })
    expect(lines.encodeStep(' a \n \n\n  b\n')).toEqual([...lines.encodeText('a\n  b'), lines.stepEnd])
    expect(lines.encodePrompt('a\r\n\r\nb')).toEqual(lines.encodePrompt('a\nb'))
  })

  test('separators that could be forged, or are none, are refused', () => {
    const layout = (of: typeof qwen, separator: string) => () =>
      of.tokenizer.withLayout(foreignLayout(of.directory, of.tokenizer, separator))
    expect(layout(qwen, '<|im_end|>')).toThrow(/"<\|im_end\|>" is part of the chat template\n.*--separator/)
    expect(layout(llama, '\n\n')).toThrow(/is part of the chat template\n.*"<\|reserved_special_token_0\|>"/)
    expect(layout(qwen, 'ки')).toThrow(/is neither a special token nor line breaks/)
    expect(layout(qwen, '\n\n\n\n')).toThrow(/is \d tokens/)
    expect(layout(qwen, 'ки')).toThrow(InputError)
  })

  test('without a layout solutions have no ids; a tokenizer that is not byte-level has no layout', () => {
    expect(() => qwen.tokenizer.encodeSolution('p', ['s'])).toThrow(/has not the special tokens/)
    const layout = { before: '', after: '', separator: '\n\n' }
    const json = { ...qwen.tokenizer.json, decoder: { type: 'Metaspace' } }
    expect(() => new Tokenizer(json, 'tokenizer.json', layout)).toThrow(/is not a byte-level tokenizer/)
  })
})

describe('the layout of a folder', () => {
  const { tokenizer } = readCheckpoint(join(fixtures, 'llama3-untied-bf16'))
  const layoutWith = (config: object, template?: string) => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
    if (template !== undefined) writeFileSync(join(folder, 'chat_template.jinja'), template)
    return foreignLayout(folder, tokenizer)
  }

  test('without a template: what its tokenizer begins texts with, the problem, a line break', () => {
    expect(layoutWith({})).toEqual({
      before: '<|begin_of_text|>',
      after: '\n',
      separator: '<|reserved_special_token_0|>',
    })
    expect(foreignLayout(scratchFolder(), tokenizer).before).toBe('<|begin_of_text|>')
  })

  test('a file of its own goes before the one in tokenizer_config.json, of which "default" counts', () => {
    const message = '{{ messages[0].content }}'
    expect(layoutWith({ chat_template: `A${message}B` })).toMatchObject({ before: 'A', after: 'B' })
    expect(layoutWith({ chat_template: `A${message}B` }, `C${message}D`).before).toBe('C')
    const named = [
      { name: 'tool_use', template: 'E' },
      { name: 'default', template: `F${message}` },
    ]
    expect(layoutWith({ chat_template: named })).toMatchObject({ before: 'F', after: '' })
    const token = { bos_token: { content: '<s>', lstrip: false }, chat_template: `{{ bos_token }}${message}` }
    expect(layoutWith(token).before).toBe('<s>')
  })

  test('a template that cannot be rendered, or does not say the problem once, is refused', () => {
    expect(() => layoutWith({}, '{{ nobody.knows() }}')).toThrow(
      /chat_template\.jinja: the chat template cannot be/,
    )
    expect(() => layoutWith({}, '{% if %}')).toThrow(InputError)
    expect(() => layoutWith({}, "{{ raise_exception('no system') }}")).toThrow(/no system/)
    expect(() => layoutWith({}, 'no message')).toThrow(/repeats the user's message 0 times/)
    expect(() => layoutWith({ chat_template: 5 })).toThrow(/tokenizer_config\.json: chat_template/)
  })
})
