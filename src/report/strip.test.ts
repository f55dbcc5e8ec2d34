import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { stepList, strip } from './strip.ts'
import { columnsOf } from './text.ts'

const solution = {
  problem: '((3 + 4) * 2) - 5 = ?',
  steps: ['((3 + 4) * 2) - 5 = (7 * 2) - 5', '(7 * 2) - 5 = 15 - 5', '15 - 5 = 10', 'Answer: 10'],
  hazards: [0.01, 0.82, 0.1, 0.005],
  firstError: 1,
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('strip', () => {
  test('a row a step, at 80 columns', () => {
    expect(`\n${strip(solution, { color: false })}`).toMatchInlineSnapshot(`
      "
          ((3 + 4) * 2) - 5 = ?

          step                                           hazard          survival
        1 ((3 + 4) * 2) - 5 = (7 * 2) - 5                  1% ▏           99% ███████▉
      ▶ 2 (7 * 2) - 5 = 15 - 5                            82% ██████▌     18% █▍
        3 15 - 5 = 10                                     10% ▊           16% █▎
        4 Answer: 10                                      <1%             16% █▎

          answer right 16% · first error: step 2 (81%) · ✓ truth: step 2
      "
    `)
  })
  test('a row a step, at 120 columns', () => {
    expect(`\n${strip(solution, { color: false, width: 120 })}`).toMatchInlineSnapshot(`
      "
          ((3 + 4) * 2) - 5 = ?

          step                                                                   hazard                  survival
        1 ((3 + 4) * 2) - 5 = (7 * 2) - 5                                          1% ▏                   99% ███████████████▉
      ▶ 2 (7 * 2) - 5 = 15 - 5                                                    82% █████████████▏      18% ██▉
        3 15 - 5 = 10                                                             10% █▋                  16% ██▋
        4 Answer: 10                                                              <1% ▏                   16% ██▌

          answer right 16% · first error: step 2 (81%) · ✓ truth: step 2
      "
    `)
  })
  test('no error predicted, and the truth disagrees', () => {
    const text = strip({ ...solution, hazards: [0, 0.1, 0, 0] }, { color: false })
    expect(text).not.toContain('▶')
    expect(text).toContain('answer right 90% · no first error · ✗ truth: step 2')
  })
  test('colour only where it is wanted', () => {
    expect(strip(solution, { color: true })).toContain('\u001b[31m')
    vi.stubEnv('NO_COLOR', '1')
    expect(strip(solution)).not.toContain('\u001b')
  })
  test('escapes, controls and line breaks in a solution do nothing', () => {
    const steps = ['\u001b[2J\u001b]0;owned\u0007', 'a\rb\u009b31m', 'x\ny\u202e']
    const text = strip({ problem: '\u001b[31m?', steps, hazards: [0, 0, 0] }, { color: false })
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
    expect(text).toContain('␛[2J␛]0;owned␇')
  })
  test('fits the width whatever the text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.string({ unit: 'grapheme', maxLength: 200 }),
            fc.double({ min: 0, max: 1, noNaN: true }),
          ),
          {
            maxLength: 12,
          },
        ),
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 40, max: 140 }),
        (rows, problem, width) => {
          const [steps, hazards] = [rows.map(([step]) => step), rows.map(([, hazard]) => hazard)]
          const lines = strip({ problem, steps, hazards, firstError: null }, { width, color: false }).split(
            '\n',
          )
          for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width)
          expect(lines.length).toBeLessThanOrEqual(steps.length * 3 + 13)
        },
      ),
    )
  })
  test('a long step is cut at maxLines', () => {
    const text = strip({ steps: ['word '.repeat(200)], hazards: [0] }, { color: false, maxLines: 2 })
    expect(text.split('\n').filter((line) => line.includes('word'))).toHaveLength(2)
    expect(text).toContain('word…')
  })
  test('steps and hazards must match', () => {
    expect(() => strip({ steps: ['a'], hazards: [] })).toThrow(InputError)
  })
})

describe('stepList', () => {
  const { steps } = solution
  test('a row a step, without gauges', () => {
    const shown = stepList({ steps, pCorrect: 0.2, predicted: 2, firstError: 1 }, { color: false })
    expect(`\n${shown}`).toMatchInlineSnapshot(`
      "
        1 ((3 + 4) * 2) - 5 = (7 * 2) - 5
        2 (7 * 2) - 5 = 15 - 5
      ▶ 3 15 - 5 = 10
        4 Answer: 10

          answer right 20% · first error: step 3 · ✗ truth: step 2
      "
    `)
  })
  test('says nothing of steps for a reward that has no opinion on them', () => {
    const shown = stepList({ steps, pCorrect: 0.9, firstError: null }, { color: false })
    expect(shown).toContain('answer right 90% · truth: no error')
    expect(shown).not.toContain('first error')
  })
  test('no control character of a step reaches the terminal', () => {
    const shown = stepList({ steps: ['\u001b[31mred\u202e'], pCorrect: 0.5 }, { color: false })
    expect(shown).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
  })
})
