import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { byteAlphabet, preTokens, specialTokens, trainTokenizer } from './bpe.ts'

const texts = [
  'low low low low low',
  'lower lower newest newest newest',
  ' newest newest newest widest widest widest',
]

describe('preTokens', () => {
  test.each([
    ['So (12 +  345)=x²', ['So', ' (', '1', '2', ' +', ' ', ' ', '3', '4', '5', ')=', 'x', '²']],
    ["it's WE'LL x'ſo ' 's", ['it', "'s", ' WE', "'LL", ' x', "'ſ", 'o', " '", " '", 's']],
    [':Alice, so -x', [':Alice', ',', ' so', ' -', 'x']],
    ['a \r\n\r\n  b))\n\n(', ['a', ' \r\n\r\n', ' ', ' b', '))\n\n', '(']],
    ['\ta\nb 7  ', ['\ta', '\n', 'b', ' ', '7', '  ']],
    ['e\u0301', ['e', '\u0301']],
  ])('%j', (text, pieces) => {
    expect(preTokens(text)).toEqual(pieces)
  })

  test('no character is lost', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => preTokens(text).join('') === text))
  })

  test('white space is Unicode White_Space, not the \\s of JavaScript', () => {
    expect(preTokens('a\u0085!')).toEqual(['a', '\u0085', '!'])
    expect(preTokens('a \ufeff!')).toEqual(['a', ' \ufeff!'])
  })
})

describe('trainTokenizer', () => {
  test('the most frequent pair merges first; ties go to the smaller ids', () => {
    const { model } = trainTokenizer(['ab ab ab', 'cd', 'cd cd', 'cd'], { vocabSize: 262 })
    // cd and ab occur 4 and 3 times, ` ab` twice and ` cd` once
    expect(model.merges).toEqual([
      ['c', 'd'],
      ['a', 'b'],
    ])
    const tie = trainTokenizer(['zy', 'zy', 'ab', 'ab'], { vocabSize: 262 })
    expect(tie.model.merges).toEqual([
      ['a', 'b'],
      ['z', 'y'],
    ])
  })

  test('overlapping pairs merge from the left', () => {
    const { model } = trainTokenizer(['aaaaa', 'aaaaa'], { vocabSize: 400 })
    expect(model.merges).toEqual([
      ['a', 'a'],
      ['aa', 'a'],
      ['aa', 'aaa'],
    ])
  })

  test('no token joins two marks, a mark and a letter, or a digit and anything', () => {
    const letters = fc.constantFrom(...'aAsé数µ')
    const others = fc.constantFrom(...'((),:-!=×−。©\u0301👧', "'", ...'12²٣', ...'   \n\r\t\u00a0')
    const text = fc.string({ unit: fc.oneof(letters, others), minLength: 4, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (texts) => {
        const { model } = trainTokenizer([...texts, ...texts], { vocabSize: 1000 })
        for (const token of Object.keys(model.vocab).slice(260))
          expect(plain(token)).toMatch(/^(?: ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]|\s|part of one character)$/u)
      }),
    )
  })

  test('texts are composed first', () => {
    expect(Object.keys(trainTokenizer(['e\u0301', 'e\u0301'], { vocabSize: 300 }).model.vocab).at(-1)).toBe(
      'Ã©',
    )
  })

  test('the special tokens have ids 0 to 3 and all 256 bytes are in the vocabulary', () => {
    const { model, added_tokens } = trainTokenizer([], { vocabSize: 260 })
    expect(added_tokens.map(({ id, content }) => [id, content])).toEqual(
      Object.values(specialTokens).map((content, id) => [id, content]),
    )
    expect(Object.keys(model.vocab)).toHaveLength(260)
    for (const byte of byteAlphabet) expect(model.vocab[byte]).toBeGreaterThan(3)
  })

  test('ids are 0 to vocabSize - 1 without a gap', () => {
    const { model } = trainTokenizer(texts, { vocabSize: 270 })
    expect(Object.values(model.vocab).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 270 }, (_, id) => id),
    )
  })

  test('stops early when no pair is frequent enough', () => {
    const { model } = trainTokenizer(['ab ab', 'xy'], { vocabSize: 1000 })
    expect(model.merges).toEqual([['a', 'b']])
    expect(trainTokenizer(['ab ab', 'xy'], { vocabSize: 1000, minimumCount: 1 }).model.merges).toHaveLength(3)
  })

  test('the order of the texts does not matter', () => {
    const one = trainTokenizer(texts, { vocabSize: 300 })
    expect(trainTokenizer(texts.toReversed(), { vocabSize: 300 })).toEqual(one)
  })

  test('incremental counts choose the same merges as counting afresh', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        const { model } = trainTokenizer(words, { vocabSize: 290 })
        expect(model.merges).toEqual(slowMerges(words, model.vocab, 290))
      }),
    )
  })

  test.each([259, 1.5, Number.NaN, 2 ** 20])('a vocabSize of %d is refused', (vocabSize) => {
    expect(() => trainTokenizer([], { vocabSize })).toThrow(InputError)
  })
})

/** The text of a token. */
function plain(token: string): string {
  const bytes = Buffer.from(Array.from(token, (character) => byteAlphabet.indexOf(character)))
  const leads = bytes.filter((byte) => byte < 0x80 || byte >= 0xc0).length
  const text = bytes.toString()
  if (!text.includes('\ufffd')) return text
  return leads === 0 || (leads === 1 && bytes[0] >= 0xc0) ? 'part of one character' : `broken: ${token}`
}

/** The textbook algorithm: counts every pair again before each merge. */
function slowMerges(words: string[], ids: Record<string, number>, vocabSize: number): [string, string][] {
  let split = words.map((word) => word.split(''))
  const merges: [string, string][] = []
  const vocab = new Set([...Object.values(specialTokens), ...byteAlphabet])
  while (vocab.size < vocabSize) {
    const counts = new Map<string, number>()
    for (const word of split)
      for (let i = 1; i < word.length; i++)
        counts.set(`${word[i - 1]} ${word[i]}`, (counts.get(`${word[i - 1]} ${word[i]}`) ?? 0) + 1)
    const order = (pair: string) => pair.split(' ').map((token) => ids[token])
    const [best] = [...counts].sort(
      (a, b) => b[1] - a[1] || order(a[0])[0] - order(b[0])[0] || order(a[0])[1] - order(b[0])[1],
    )
    if (best === undefined || best[1] < 2) break
    const [left, right] = best[0].split(' ')
    merges.push([left, right])
    vocab.add(left + right)
    split = split.map((word) => {
      const merged: string[] = []
      for (let i = 0; i < word.length; i++)
        merged.push(word[i] === left && word[i + 1] === right ? left + word[++i] : word[i])
      return merged
    })
  }
  return merges
}
