import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerOf, normalise, sameAnswer } from './answer.ts'

describe('the answer of a step', () => {
  it.each<[string, string | null]>([
    ['Answer: 12', '12'],
    ['Answer:12', '12'],
    ['answer : 12.', '12'],
    ['Answer 12', '12'],
    ['Answer:\n12\n', '12'],
    ['So the final answer is 12.', '12'],
    ['The answer is: Red  ball', 'red ball'],
    ['the answer is-7', '-7'],
    ['the answer must be 7', '7'],
    ['so the final answer **-12**.', '-12'],
    ['I choose answer (B)', '(b)'],
    ['So she earns 9 * 2 = 18. #### 18', '18'],
    ['<think>Answer: 3</think> <answer> 12 </answer>', '12'],
    ['<answer>7</answer> <answer>8', '7'],
    ['#### ', null],
    ['#### Conclusion The answer is 5', '5'],
    ['I cannot answer this question.', null],
    ['There is no answer here', null],
    ['We need to answer how many are left', null],
    ['**Answer:** 12', '12'],
    ['**Answer**: 12', '12'],
    ['**Answer: 12**', '12'],
    ['**Answer: 12.**', '12'],
    ['**Answer:** **12**', '12'],
    ['**Answer** 12', '12'],
    ['The answer is **12**.', '12'],
    ['Answer: **12** or **13**', '**12** or **13**'],
    ['Answer: 2**3', '2**3'],
    ['Answer: __init__', '__init__'],
    ['The answer is not 7. Answer: 8', '8'],
    ['Answer: 7. No, the answer is 8', '8'],
    ['Answer: 7. That is what the answer is.', '7. that is what the answer is'],
    ['Answer: 7 (an answer that fits)', '7 (an answer that fits)'],
    ['\\boxed{12}', '12'],
    ['\\boxed {12}', '12'],
    ['\\boxed{\\frac{1}{2}}', '\\frac{1}{2}'],
    ['$\\boxed{\\{1, 2\\}}$', '\\{1, 2\\}'],
    ['\\boxed{\\left\\{ 1 \\right.x}', '\\left\\{ 1 \\right.x'],
    ['first \\boxed{7}, then \\boxed{8}', '8'],
    ['\\boxed{\\boxed{7}}', '7'],
    ['{\\boxed{7}', '7'],
    ['\\boxed{7} is not \\boxed{8', '7'],
    ['Answer: 7, that is \\boxed{8}', '8'],
    ['Answer: 7 \\boxed{8', '7 \\boxed{8'],
    ['\\boxed{}', null],
    ['\\boxed{12', null],
    ['Answer:', null],
    ['**Answer:**', null],
    ['Answer: .', null],
    ['answers: 12', null],
    ['my_answer: 12', null],
    ['3 + 4 = 7', null],
    ['', null],
  ])('%j is %j', (step, answer) => {
    expect(answerOf(['Answer: 99', step])).toBe(answer)
  })

  it('there is none without a step', () => {
    expect(answerOf([])).toBe(null)
  })

  it('any text is a fair input', () => {
    const part = fc.constantFrom('answer', ':', ' is', ' ', '**', '\\boxed{', '{', '}', '\\{', '.', '7', '0')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 30 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (step) => {
        const answer = answerOf([step])
        if (answer !== null) expect(normalise(answer)).toBe(answer)
        expect(normalise(normalise(step))).toBe(normalise(step))
      }),
    )
  })

  it.each([
    ['the answer is a', ' ', 'x'],
    ['answer', ' ', 'x'],
    ['answer is', '\n', ''],
    ['answer', '*', 'x'],
    ['answer: 1', '.', 'x'],
    ['answer: 1', '*', 'x'],
    ['answer: 1', '. ', 'x'],
    ['answer: ', '0', 'x'],
    ['answer: 0.', '0', '1'],
    ['answer: 0.', '01', ''],
    ['', 'answer ', 'x'],
    ['', 'answer: ', ''],
    ['', 'answer: . ', ''],
    ['', 'answer: **', ''],
    ['', 'answer is ', ''],
    ['', '\\boxed{', ''],
    ['', '\\boxed{', '}'],
    ['', '\\boxed{}', ''],
    ['', '{', '\\boxed{1}'],
    ['\\boxed{', '{}', '}'],
    ['', '\\', ''],
    ['', '<answer>', ''],
    ['<answer>', '</answer>', ''],
    ['', '#### ', ''],
  ])('after %j three hundred thousand times %j is no trap', (before, part, after) => {
    // what takes the square of its length would not end before the test is given up
    const text = before + part.repeat(300_000) + after
    expect(answerOf([text])).toBe(answerOf([`${text}.`]))
    expect(sameAnswer(text, `${text}.`)).toBe(true)
  })
})

describe('answers that are the same', () => {
  /** In each row spellings of one answer, and no two rows mean the same. */
  const spellings = [
    ['0', '-0', '+0', '00', '0.0', '-0.00', '0.'],
    ['7', '007', '+7', '7.0', '7.000', ' 7 ', '7.', '+07.0.', '7..'],
    ['-7', '-07', '-7.0'],
    ['70', '070', '70.0'],
    ['0.7', '00.70', '+0.7'],
    ['-0.7', '-0.70'],
    ['0.07', '0.070'],
    ['12345678901234567890', '+012345678901234567890.0'],
    ['12345678901234567891'],
    ['0.1000000000000000055511151231257827'],
    ['0.1', '0.10'],
    ['9007199254740993'],
    ['9007199254740992'],
    [`1${'0'.repeat(400)}`, `01${'0'.repeat(400)}.0`],
    [`1${'0'.repeat(401)}`],
    ['1e3'],
    ['1000', '1,000', '$1000$'],
    ['red ball', 'Red  ball.', ' RED\nBALL . '],
    ['redball'],
    ['1/2'],
    ['\\frac{1}{2}'],
    ['', '.', ' '],
  ]
  const all = spellings.flatMap((row, i) => row.map((spelling) => ({ spelling, i })))

  it('are those of one row, in either order', () => {
    for (const a of all)
      for (const b of all)
        expect(sameAnswer(a.spelling, b.spelling), `${a.spelling} and ${b.spelling}`).toBe(a.i === b.i)
  })

  it('none is not even the same as none', () => {
    expect(sameAnswer(null, null)).toBe(false)
    for (const [a, b] of [
      ['\u22125', '-5'],
      ['-.50', '\u22120.5'],
      ['$12$', '12'],
      ['\\( 12 \\).', '12'],
      ['1,234,000', '1234000'],
    ])
      expect(sameAnswer(a, b), a).toBe(true)
    for (const [a, b] of [
      ['$12', '12'],
      ['1,00', '100'],
      ['$1$ or $2$', '1$ or $2'],
      ['\u22125', '5'],
    ])
      expect(sameAnswer(a, b), a).toBe(false)
    expect(sameAnswer('7', null)).toBe(false)
    expect(sameAnswer(null, '7')).toBe(false)
  })

  it('whole numbers are, as far as a computer counts, when their values are', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.nat(5), fc.nat(5), (a, b, zeros, places) => {
        const sign = a < 0 ? '-' : '+'
        const spelt = `${sign}${'0'.repeat(zeros)}${Math.abs(a)}.${'0'.repeat(places + 1)}`
        expect(sameAnswer(spelt, String(a))).toBe(true)
        expect(sameAnswer(spelt, String(b))).toBe(a === b)
      }),
    )
  })
})
