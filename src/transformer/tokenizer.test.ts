import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { specialTokens, type TokenizerJson, trainTokenizer } from './bpe.ts'
import { Tokenizer } from './tokenizer.ts'

const steps = ['3 + 4 = 7', ' So (7 × 2) − 1 = 13\n', 'Answer: 13']
const json = trainTokenizer([...steps, ...steps, 'Compute 3 + 4, then Answer.'], { vocabSize: 279 })
const tokenizer = new Tokenizer(json)
const { end, problem, solution, step } = tokenizer.specials

/** The same, but its normaliser is written otherwise, so that each text goes through the library whole. */
const uncached = new Tokenizer({ ...json, normalizer: { type: 'Sequence', normalizers: [json.normalizer] } })

const fragments = [
  ...' \n\r\t a1-(),:é−',
  ...['\r\n', '  ', '<|step|>', '👩‍👩‍👧', '\u0085', '\ufeff', '\u0000', 'Answer', ' So', '))'],
  ...["'s", "'LL", "'rE", "'ſ", "'", 'e\u0301', '\u0301', '\u0323', '\u1100\u1161', '\u212b', '٣', '²'],
]
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...fragments), maxLength: 30 }),
  fc.constantFrom(...steps),
)
const composed = text.map((x) => x.normalize('NFC'))

describe('text', () => {
  test('comes back composed, otherwise exactly', () => {
    fc.assert(
      fc.property(text, (x) => tokenizer.decode(tokenizer.encodeText(x)) === x.normalize('NFC')),
      { numRuns: 2000 },
    )
  })

  test('encodes piece by piece to the ids the library gives the whole', () => {
    fc.assert(
      fc.property(text, (x) => {
        expect(tokenizer.encodeText(x)).toEqual(uncached.encodeText(x))
      }),
      { numRuns: 2000 },
    )
  })

  test('a mark or a digit never shares a token with another mark, a letter or a digit', () => {
    const learned = ['((3)), -x: (so, so , so) \'s !! -- 12 *1 :Alice (Alice "Alice"', ...steps]
    const greedy = new Tokenizer(trainTokenizer([...learned, ...learned, ...learned], { vocabSize: 400 }))
    const parts = (x: string) => greedy.encodeText(x).map((id) => greedy.decode([id]))
    expect(parts('((3)) , so')).toEqual(['(', '(', '3', ')', ')', ' ,', ' so'])
    expect(parts(':Alice')).toEqual([':', 'Alice'])
    expect(parts(' 12')).toEqual([' ', '1', '2'])
    expect(parts("Alice's")).toEqual(['Alice', "'", 's'])
    const unit = fc.constantFrom(...'(),:-!*"\'= 123', ' ', 'so', 'Alice', '\n')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (x) => {
        for (const part of parts(x)) expect(part).toMatch(/^( ?[a-zA-Z]+|\d| ?[(),:\-!*"'=]|\s)$/)
      }),
    )
  })

  test('never becomes a special token, however it spells one', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(text, fc.constantFrom(...Object.values(specialTokens)))), (parts) =>
        tokenizer.encodeText(parts.join('')).every((id) => id > 3),
      ),
    )
  })

  test('a tokenizer that learned the spelling of a special token still cannot write it', () => {
    const whole = { ...json.model, ignore_merges: true }
    const greedy = new Tokenizer({
      ...json,
      model: whole,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    })
    expect(greedy.encodeText('<|step|>').length).toBeGreaterThan(1)
    expect(greedy.decode(greedy.encodeText('<|step|>'))).toBe('<|step|>')
  })

  test('a lone surrogate becomes U+FFFD', () => {
    expect(tokenizer.decode(tokenizer.encodeText('a\ud800b'))).toBe('a\ufffdb')
  })

  test('no text is no ids, and back', () => {
    expect(tokenizer.encodeText('')).toEqual([])
    expect(tokenizer.decode([])).toBe('')
  })

  test('what was encoded does not change when the caller edits it', () => {
    tokenizer.encodeText('Answer').fill(0)
    expect(tokenizer.decode(tokenizer.encodeText('Answer'))).toBe('Answer')
  })

  test('a very long word is encoded', () => {
    const long = 'answer'.repeat(5000)
    expect(tokenizer.decode(tokenizer.encodeText(long))).toBe(long)
  })

  test('half a character decodes to U+FFFD', () => {
    const [first] = new Tokenizer(trainTokenizer([], { vocabSize: 260 })).encodeText('é')
    expect(tokenizer.decode([first])).toBe('\ufffd')
  })

  test('an id outside the vocabulary is refused', () => {
    expect(() => tokenizer.decode([5, 9999])).toThrow(/token id 9999 is not in the vocabulary of 275/)
  })
})

test('transformers finds the special tokens and adds none', () => {
  expect(tokenizer.configJson(512)).toMatchObject({
    bos_token: '<|problem|>',
    eos_token: '<|end|>',
    pad_token: '<|end|>',
    unk_token: null,
    model_max_length: 512,
  })
})

describe('solutions', () => {
  test('layout', () => {
    const { ids, stepEnds } = tokenizer.encodeSolution('3 + 4', ['a', 'bc'])
    const [p, a, bc] = ['3 + 4', 'a', 'bc'].map((part) => tokenizer.encodeText(part))
    expect(ids).toEqual([problem, ...p, solution, ...a, step, ...bc, step, end])
    expect(stepEnds.map((index) => ids[index])).toEqual([step, step])
    expect(stepEnds.at(-1)).toBe(ids.length - 2)
  })

  test('a prompt is the start of every solution that continues it', () => {
    fc.assert(
      fc.property(composed, fc.array(composed), fc.array(composed), (p, prefix, rest) => {
        const prompt = tokenizer.encodePrompt(p, prefix)
        const whole = tokenizer.encodeSolution(p, [...prefix, ...rest])
        expect(whole.ids.slice(0, prompt.length)).toEqual(prompt)
        expect(tokenizer.splitSteps(whole.ids.slice(prompt.length))).toEqual({
          steps: rest,
          ended: true,
          open: false,
        })
      }),
    )
  })

  test('not ended: nothing after the last step', () => {
    const { ids, stepEnds } = tokenizer.encodeSolution('p', ['a'], { ended: false })
    expect(ids.at(-1)).toBe(step)
    expect(stepEnds).toEqual([ids.length - 1])
  })

  test('splitSteps: cut short, ended without a separator, text after the end, stray special tokens', () => {
    const [a, b] = ['a', 'b'].map((part) => tokenizer.encodeText(part))
    expect(tokenizer.splitSteps([...a, step, ...b])).toEqual({ steps: ['a', 'b'], ended: false, open: true })
    expect(tokenizer.splitSteps([...a, end])).toEqual({ steps: ['a'], ended: true, open: true })
    expect(tokenizer.splitSteps([...a, step, end, ...b, step])).toEqual({
      steps: ['a'],
      ended: true,
      open: false,
    })
    expect(tokenizer.splitSteps([problem, ...a, solution, ...b, step, step])).toEqual({
      steps: ['ab', ''],
      ended: false,
      open: false,
    })
    expect(tokenizer.splitSteps([])).toEqual({ steps: [], ended: false, open: false })
  })
})

describe('a tokenizer.json that is wrong', () => {
  const folder = scratchFolder()
  const write = (content: string) => {
    const path = join(folder, 'tokenizer.json')
    writeFileSync(path, content)
    return path
  }
  const fault = (change: (copy: TokenizerJson) => void) => {
    const copy = structuredClone(json)
    change(copy)
    return () => new Tokenizer(copy, 'model/tokenizer.json')
  }

  test('read: what was written comes back', () => {
    expect(Tokenizer.read(write(JSON.stringify(json))).encodeText(steps[1])).toEqual(
      tokenizer.encodeText(steps[1]),
    )
  })

  test('missing', () => {
    expect(() => Tokenizer.read(join(folder, 'none.json'))).toThrow(
      /none\.json: no such file\n.*checkpoint directory/,
    )
    expect(() => Tokenizer.read(join(folder, 'none.json'))).toThrow(InputError)
  })

  test('not JSON', () => {
    expect(() => Tokenizer.read(write('{"model":'))).toThrow(/tokenizer\.json: cannot be read: .*JSON/)
  })

  test('not a tokenizer', () => {
    expect(() => new Tokenizer([])).toThrow(/not a tokenizer\.json/)
    expect(() => new Tokenizer(null)).toThrow(/not a tokenizer\.json/)
    expect(
      fault((copy) => {
        copy.added_tokens = 3 as never
      }),
    ).toThrow(/added_tokens/)
    expect(
      fault((copy) => {
        copy.model.vocab.a = -1
      }),
    ).toThrow(/model\.vocab\.a/)
  })

  test('not BPE', () => {
    expect(
      fault((copy) => {
        copy.model.type = 'WordPiece'
      }),
    ).toThrow(/model\/tokenizer\.json.*model\.type: only BPE/)
  })

  test('a merge of tokens that do not exist', () => {
    expect(
      fault((copy) => {
        copy.model.merges[1] = 'q zz'
      }),
    ).toThrow(/merge 1 needs "zz"/)
    expect(
      fault((copy) => {
        copy.model.merges[1] = 'a'
      }),
    ).toThrow(/merge 1/)
    expect(
      fault((copy) => {
        copy.model.merges[1] = ['q', 'z']
      }),
    ).toThrow(/merge 1 needs "qz"/)
  })

  test('a pre-tokenizer nobody knows', () => {
    expect(
      fault((copy) => {
        copy.pre_tokenizer = { type: 'Telepathy' }
      }),
    ).toThrow(/not a tokenizer that can be built: .*Telepathy/)
  })

  test('foreign: text works, solutions say what is missing', () => {
    const foreign = fault((copy) => void copy.added_tokens.pop())()
    expect(foreign.decode(foreign.encodeText('7 × 2'))).toBe('7 × 2')
    for (const use of [
      () => foreign.encodeSolution('p', []),
      () => foreign.encodePrompt('p'),
      () => foreign.splitSteps([]),
      () => foreign.specials,
    ])
      expect(use).toThrow(/model\/tokenizer\.json: has not the special tokens .*<\|step\|>/)
  })
})
