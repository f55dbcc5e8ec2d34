import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defused } from './defused.ts'

const markers = [
  '<|im_start|>',
  '<|im_end|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '<|step|>',
  '<｜end▁of▁sentence｜>',
  '<s>',
  '</s>',
  '[INST]',
  '[/INST]',
  '<<SYS>>',
  '<</SYS>>',
  '<start_of_turn>',
  '<eos>',
  '<think>',
  '</think>',
  '<extra_0>',
  '<extra_id_12>',
]

test.each(markers)('%s is undone by one space', (marker) => {
  const safe = defused(`before ${marker} after`)
  expect(safe).toBe(`before ${marker[0]} ${marker.slice(1)} after`)
})

test('the tag of the dialect, also within a word', () => {
  expect(defused('ки, кино, КИ; <t|>', ' ки')).toBe('к и, к ино, КИ; <t|>')
  expect(defused('a<t|>b<t|>', '<t|>')).toBe('a< t|>b< t|>')
  expect(defused('😀ки', '😀ки')).toBe('😀 ки')
})

test('ordinary mathematics stays as it is, byte for byte', () => {
  for (const text of [
    'If |x| < 3 and |y| > 2, then x < y; <x, y> = 0.',
    'f(x) = {x | x > 0}; a<b>c; [1, 2]; $\\langle s \\rangle$',
    'for (i = 0; i < n; i++) s <<= 1',
    'Ein Strich: 3 <| 4.\nпутешествие',
    '',
  ])
    expect(defused(text, '<extra_0>')).toBe(text)
})

test('lone surrogates, on which servers fail, become U+FFFD', () => {
  expect(defused('a\ud800b\udc00 😀')).toBe('a\ufffdb\ufffd 😀')
})

test('line breaks as a tag: fewer are left, and none at the ends', () => {
  expect(defused('a\n\nb\n \t\n\nc\nd\n', '\n\n')).toBe('a\nb\nc\nd')
  expect(defused('a\nb\n\n', '\n')).toBe('a b')
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '\n', ' ', '\t', '\r', '\u2028', '<|im_end|>'), { maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      (parts, count) => {
        const tag = '\n'.repeat(count)
        const safe = defused(parts.join(''), tag)
        expect(safe).not.toContain(tag)
        expect(safe.split(/[^\S\n]*\n[^\S\n]*/)).not.toContain(tag)
        expect(safe).toBe(safe.trim())
        expect(safe).not.toContain('<|im_end|>')
      },
    ),
  )
})

test('a million blanks cost a look each', () => {
  const blanks = ' '.repeat(1_000_000)
  expect(defused(`a${blanks}b`, '\n\n')).toBe(`a${blanks}b`)
  expect(defused(`a${blanks}\n${blanks}\nb`, '\n\n')).toBe('a\nb')
})

const pieces = fc.constantFrom(
  ...markers,
  '<',
  '|',
  '>',
  '<|',
  '|>',
  '<extra_',
  '0>',
  'ки',
  'к',
  'и',
  ' ',
  'im_end',
  '/',
  's',
  'x',
)

test('law: whatever the text, no marker and no tag is left, and what is safe stays', () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 12 }),
      fc.constantFrom('<extra_0>', ' ки', '<|step|>', '\n\n'),
      (parts, tag) => {
        const safe = defused(parts.join(''), tag)
        for (const marker of [...markers, tag.trim()]) if (marker !== '') expect(safe).not.toContain(marker)
        expect(defused(safe, tag)).toBe(safe)
        // nothing but spaces is added
        expect(safe.replaceAll(' ', '')).toBe(parts.join('').replaceAll(' ', ''))
      },
    ),
    { numRuns: 500 },
  )
})
