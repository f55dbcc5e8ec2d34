import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { mathShepherd } from './math-shepherd.ts'
import { all, realTest } from './shared-data.fixture.ts'
import { readSolutions, writtenAs } from './solutions.ts'

const read = (input: string, label: string) =>
  mathShepherd.read({ input, label, task: 'GSM8K' }, { id: 'm-0' })
const row = {
  id: 'm-0',
  problem: 'What is 2 + 3 - 1?',
  steps: ['Step 1: 2 + 3 = 6.', 'Step 2: 6 - 1 = 5. The answer is: 5'],
  answer: '5',
  correct: false,
  first_error: 0,
  labels: [false, false],
  task: 'GSM8K',
}
const input = `${row.problem} ${row.steps[0]} ки\n${row.steps[1]} ки`
const label = input.replaceAll('ки', '-')

test('a row there and back', () => {
  expect(read(input, label)).toEqual([row])
  expect(mathShepherd.write!(row)).toEqual({ input, label, task: 'GSM8K' })
})

test('the last label is the outcome; a bad step before a right answer stays', () => {
  const [good] = read(input, `${row.problem} ${row.steps[0]} -\n${row.steps[1]} +`)
  expect(good).toMatchObject({ correct: true, first_error: 0, labels: [false, true] })
})

describe('texts that hold the tag', () => {
  test('where the label has its letters too, they are text', () => {
    const [problem, step] = ['Что такое руки?', 'Step 1: руки are hands']
    expect(read(`${problem} ${step} ки`, `${problem} ${step} +`)).toMatchObject([
      { problem, steps: [step], labels: [true] },
    ])
  })
  test.each([
    ['a tag inside a line', 'P? Step 1: a ки b ки', 'P? Step 1: a + b -', 'inside a line of step 1'],
    ['a forged step', 'P? Step 1: a ки\nb ки', 'P? Step 1: a +\nb -', 'does not begin with "Step 2:"'],
    [
      'a forged number',
      'P? Step 1: a ки\nStep 1: b ки',
      'P? Step 1: a +\nStep 1: b -',
      'not begin with "Step 2:"',
    ],
    [
      'text after the last tag',
      'P? Step 1: a ки\nStep 2: b',
      'P? Step 1: a +\nStep 2: b',
      'after the last step',
    ],
    ['another text in the label', 'P? Step 1: a ки', 'P? Step 1: b +', 'the texts part after step 0'],
    ['no label', 'P? Step 1: a ки', 'P? Step 1: a ?', 'no label for step 1'],
    ['no tag', 'P? Step 1: a', 'P? Step 1: a', 'has no step'],
    [
      'a problem that begins the steps',
      'Do Step 1: x. Step 1: a ки',
      'Do Step 1: x. Step 1: a +',
      'stands 2 times',
    ],
    ['a label in the problem', 'P: ки\n1? Step 1: a ки', 'P: +\n1? Step 1: a +', 'stands 0 times'],
    ['a blank step', 'P? Step 1: a ки\nки', 'P? Step 1: a +\n+', 'does not begin with "Step 2:"'],
  ])('%s is refused', (_, input, label, fault) => {
    expect(() => read(input, label)).toThrow(InputError)
    expect(() => read(input, label)).toThrow(fault)
  })
  test.each([
    [{ problem: 'ки?' }, 'its text holds "ки"'],
    [{ steps: ['a ки', 'b'] }, 'its text holds "ки"'],
    [{ problem: 'Finish: Step 1: a' }, 'its problem holds "Step 1:"'],
    [{ correct: undefined }, '"correct" is missing'],
    [{ labels: undefined, first_error: null }, 'its answer is wrong but no step is said to be'],
    [{ labels: undefined, first_error: undefined }, 'its first error is not known'],
    [{ labels: [true, false], first_error: 1, correct: true }, `its last step's label is false`],
    [{ labels: undefined, first_error: 1, correct: true }, `its last step's label is false`],
    [
      { steps: ['a', 'b', 'c'], labels: undefined, correct: true },
      'its answer is right in spite of step 0 (0 is the first), and nothing tells which steps after it are good',
    ],
    [{ steps: ['See step 1: a', 'b'] }, '"Step 1:" stands 2 times'],
    [{ steps: ['Step 01: Step 1: a', 'b'] }, 'its first step holds text before "Step 1:"'],
    [{ steps: ['Step 01: a', 'b'] }, '"Step 1:" stands 0 times'],
  ])('%j is not written', (fields, fault) => {
    expect(() => mathShepherd.write!({ ...row, ...fields })).toThrow(fault)
  })
})

test('steps get their numbers when written; labels follow the first error, and the last is the outcome', () => {
  const plain = { id: 'a', problem: 'P?', steps: ['x', 'y', 'z'] }
  const labelOf = (fields: object) =>
    (mathShepherd.write!({ ...plain, ...fields }) as { label: string }).label
  expect(labelOf({ correct: false, first_error: 1 })).toBe('P? Step 1: x +\nStep 2: y -\nStep 3: z -')
  expect(labelOf({ correct: true, first_error: 1 })).toBe('P? Step 1: x +\nStep 2: y -\nStep 3: z +')
  for (const first_error of [null, undefined])
    expect(labelOf({ correct: true, first_error })).toBe('P? Step 1: x +\nStep 2: y +\nStep 3: z +')
})

test.each([
  [['x', 'Answer: 1'], { correct: true, first_error: 0 }, [false, true]],
  [
    ['x', 'y', 'Answer: 1'],
    { correct: true, first_error: 0, labels: [false, true, true] },
    [false, true, true],
  ],
  [['x', 'y', 'Answer: 1'], { correct: true, first_error: null }, [true, true, true]],
  [['x', 'y', 'Answer: 1'], { correct: false, first_error: 2 }, [true, true, false]],
  [['Answer: 1'], { correct: false, first_error: 0 }, [false]],
])('%j with %j keeps both there and back', (steps, said, labels) => {
  const written = mathShepherd.write!({ id: 'm-0', problem: 'P?', steps, ...said })
  expect(mathShepherd.read(written, { id: 'm-0' })).toMatchObject([{ labels, ...said }])
})

test('what is written comes back, whatever the texts', () => {
  const text = fc
    .string({ unit: fc.constantFrom('к', 'и', ' ', '+', '-', '\n', 'a') })
    .map((text) => `a${text.trim()}a`)
  fc.assert(
    fc.property(text, fc.array(fc.tuple(text, fc.boolean()), { minLength: 1 }), (problem, parts) => {
      const labels = parts.map(([, good]) => good)
      const steps = parts.map(([step], i) => `Step ${i + 1}: ${step}`)
      const first = labels.indexOf(false)
      const row = {
        id: 'm-0',
        problem,
        steps,
        labels,
        correct: labels.at(-1),
        first_error: first < 0 ? null : first,
      }
      if ([problem, ...steps].some((text) => text.includes('ки')))
        expect(() => mathShepherd.write!(row)).toThrow(InputError)
      else {
        const written = mathShepherd.write!(row)
        expect(mathShepherd.read(written, { id: 'm-0' })).toEqual([{ ...row, task: 'unknown' }])
      }
    }),
  )
})

realTest('the samples of OpenR', 'openr/samples_math-shepherd.jsonl', async (path) => {
  const solutions = await all(readSolutions(path))
  expect(solutions.map(({ row }) => row.first_error)).toEqual([4, 0, 0, 0, 1, 0, 0])
  expect(solutions[0]).toMatchObject({
    format: 'math-shepherd',
    row: { id: 'samples_math-shepherd-0', answer: '13520', correct: false, task: 'GSM8K' },
  })
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  expect(await all(writtenAs(mathShepherd, readSolutions(path)))).toEqual(
    lines.map((line) => JSON.parse(line)),
  )
})
