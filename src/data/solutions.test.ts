import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { description } from './description.ts'
import { formatNamed, formatOf, formats } from './formats.ts'
import { scratchFolder } from './scratch.fixture.ts'
import { all } from './shared-data.fixture.ts'
import { readSolutions, writtenAs } from './solutions.ts'

const folder = scratchFolder()

const solution = { id: 'a', problem: 'P', steps: ['x', 'y'], correct: false, first_error: 1, source: 'me' }
const trl = { prompt: 'P', completions: ['x'], labels: [true] }
const samples: Record<string, object> = {
  assay: solution,
  'math-shepherd': { input: 'P Step 1: x ки', label: 'P Step 1: x +', task: 'MATH' },
  prm800k: {
    question: { problem: 'P' },
    label: {
      steps: [{ completions: [{ text: 'x', rating: 1 }], human_completion: null, chosen_completion: 0 }],
      finish_reason: 'solution',
    },
  },
  trl,
  processbench: { id: 'a', problem: 'P', steps: ['x'], final_answer_correct: true, label: -1 },
  prmbench: {
    idx: 'a',
    modified_question: 'P',
    modified_process: ['x'],
    error_steps: [],
    classification: 'c',
  },
  'mr-ben': {
    uuid: 'a',
    question: 'P',
    model_output_steps: ['x'],
    model_output_answer_correctness: 'correct',
    model_output_solution_correctness: 'correct',
    model_output_solution_first_error_step: 'N/A',
  },
  'big-bench-mistake': { input: 'P', steps: ['x'], target: '1', answer: null, mistake_index: null },
  'best-of-n': { prompt: 'P', answers: ['x'], labels: [1] },
  omegaprm: {
    question: 'P',
    reasoning_steps: { text: 'P', mc_value: 1, children: [{ text: 'x', mc_value: 1, children: [] }] },
  },
}

function written(name: string, ...rows: unknown[]): string {
  const path = join(folder, name)
  const text = rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('')
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

describe('formats', () => {
  test('each has a sample, and every sample matches its own format alone', () => {
    expect(Object.keys(samples)).toEqual(formats.map(({ name }) => name))
    for (const [name, sample] of Object.entries(samples)) {
      const row = sample as Record<string, unknown>
      expect(formats.filter((format) => format.matches(row)).map((format) => format.name)).toEqual([name])
      expect(formatNamed(name).read(row, { id: 'a-0' })).toMatchObject([{ problem: 'P' }])
    }
  })
  test('none of them takes what is no solution, and none crashes on it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const { read } of formats) expect(() => read(value, { id: 'a' })).toThrow(InputError)
      }),
    )
    for (const [name, sample] of Object.entries(samples))
      for (const key of Object.keys(sample))
        for (const value of [null, 7, [], {}, [{}], '']) {
          try {
            formatNamed(name).read({ ...sample, [key]: value }, { id: 'a' })
          } catch (error) {
            expect(error, `${name}.${key}`).toBeInstanceOf(InputError)
          }
        }
  })
  test('an unknown one is told by what the row holds', () => {
    expect(() => formatOf({ question: 1, answer: 2 })).toThrow('an object with question, answer: no format')
    expect(() => formatOf(7)).toThrow('the row is no object')
    expect(() => formatOf({})).toThrow('the row is an object without fields: no format that we know')
    expect(() => formatNamed('csv')).toThrow("no format 'csv'\n  One of assay, math-shepherd")
  })
})

test('the first row tells the format, and rows without ids are named by file and place', async () => {
  const path = written('some.rows.jsonl.gz', trl, trl)
  expect(await all(readSolutions(path))).toEqual(
    [0, 1].map((n) => ({
      where: `${path}:${n + 1}`,
      format: 'trl',
      row: { id: `some.rows-${n}`, problem: 'P', steps: ['x'], first_error: null, labels: [true] },
    })),
  )
  await expect(all(readSolutions(path, { from: 'processbench' }))).rejects.toThrow(`${path}:1: id is missing`)
})

test('our own rows come back as they are', async () => {
  expect((await all(readSolutions(written('own.jsonl', solution)))).map(({ row }) => row)).toEqual([solution])
})

test('bad rows are told with their place and left out, and the others keep their ids', async () => {
  const path = written('mixed.jsonl', trl, '{"prompt"', { ...trl, labels: [] }, trl)
  const faults: string[] = []
  const onError = (error: InputError) => faults.push(error.message.replace(path, 'mixed'))
  expect((await all(readSolutions(path, { onError }))).map(({ row }) => row.id)).toEqual([
    'mixed-0',
    'mixed-3',
  ])
  expect(faults).toEqual([
    expect.stringContaining('mixed:2: not valid JSON'),
    'mixed:3: labels holds 0 labels for 1 completions',
  ])
  expect(await all(readSolutions(path, { onError, limit: 1 }))).toHaveLength(1)
})

test('rows of no format that a file begins with are bad rows, but one that has none else is of no format', async () => {
  const faults: string[] = []
  const onError = (error: InputError) => faults.push(error.message)
  const begun = written('begun.jsonl', '1', { a: 1 }, trl)
  expect((await all(readSolutions(begun, { onError }))).map(({ row }) => row.id)).toEqual(['begun-2'])
  expect(faults).toEqual([
    expect.stringContaining(`${begun}:1: the row is no object`),
    expect.stringContaining(`${begun}:2: the row is an object with a`),
  ])
  for (const rows of [[{ a: 1 }], Array(30).fill({ a: 1 })])
    await expect(all(readSolutions(written('none.jsonl', ...rows), { onError }))).rejects.toThrow(
      'none.jsonl:1: ',
    )
  expect(faults).toHaveLength(2)
})

test('a row of another format is a bad row: its labels would not be read', async () => {
  const { label: _, ...unlabelled } = samples.processbench as Record<string, unknown>
  const labelled = { ...samples.processbench, id: 'b' }
  const path = written('broken.jsonl', unlabelled, labelled)
  await expect(all(readSolutions(path))).rejects.toThrow(
    'broken.jsonl:2: is a row of processbench, and those before are of assay',
  )
  // who knows what the file should be reads all but the broken row
  const faults: string[] = []
  const onError = (error: InputError) => faults.push(error.message)
  const rows = await all(readSolutions(path, { expected: 'processbench', onError }))
  expect(rows.map(({ row }) => row.id)).toEqual(['b'])
  expect(faults).toEqual([`${path}:1: label is missing`])
})

test('an id that stands twice is a bad row', async () => {
  const path = written('twice.jsonl', solution, solution)
  await expect(all(readSolutions(path))).rejects.toThrow(`${path}:2: the id "a" was there before`)
})

test.each([
  [{ labels: [true] }, 'labels must hold one label a step'],
  [{ labels: [true, true] }, 'labels must hold one label a step, the first false one at first_error'],
  [{ first_error: 2 }, 'first_error must be below 2'],
])('own rows with %j are refused', async (fields, fault) => {
  await expect(all(readSolutions(written('own.jsonl', { ...solution, ...fields })))).rejects.toThrow(fault)
})

test('what a format cannot hold is told with place and id', async () => {
  const path = written('unlabelled.jsonl', { ...solution, first_error: undefined }, { ...solution, id: 'b' })
  const to = formatNamed('trl')
  await expect(all(writtenAs(to, readSolutions(path)))).rejects.toThrow(
    `${path}:1, a: its first error is not known`,
  )
  const faults: InputError[] = []
  const onError = (error: InputError) => faults.push(error)
  expect(await all(writtenAs(to, readSolutions(path), { onError }))).toEqual([
    { prompt: 'P', completions: ['x', 'y'], labels: [true, false] },
  ])
  expect(faults).toHaveLength(1)
  await expect(all(writtenAs(formatNamed('prmbench'), readSolutions(path)))).rejects.toThrow(
    'only read, not written',
  )
})

describe('solutions of a problem that a format holds together', () => {
  const four = ['x', 'y', 'a\n\nb', 'z'].map((step, k) => ({
    ...{ id: `p#${k}`, problem: 'P', steps: [step, 'Answer: 1'], correct: k !== 1 },
  }))
  const to = formatNamed('best-of-n')

  test('a bad one is left out alone, told with its own place and id', async () => {
    const path = written('four.jsonl', ...four)
    const faults: string[] = []
    const onError = (error: InputError) => faults.push(error.message.replace(path, 'four'))
    expect(await all(writtenAs(to, readSolutions(path), { onError }))).toEqual([
      {
        id: 'p',
        prompt: 'P',
        answers: ['x\n\nAnswer: 1', 'y\n\nAnswer: 1', 'z\n\nAnswer: 1'],
        labels: [1, 0, 1],
      },
    ])
    expect(faults).toEqual([expect.stringMatching(/^four:3, p#2: its 2 steps would come back as 3\n/)])
    await expect(all(writtenAs(to, readSolutions(path)))).rejects.toThrow(`${path}:3, p#2: its 2 steps`)
  })

  test('a problem of bad ones alone has no row', async () => {
    const path = written('bad.jsonl', four[2], { ...four[0], id: 'q#0', problem: 'Q' })
    const faults: InputError[] = []
    const onError = (error: InputError) => faults.push(error)
    expect(await all(writtenAs(to, readSolutions(path), { onError }))).toMatchObject([{ id: 'q' }])
    expect(faults).toHaveLength(1)
  })
})

test('what is written comes back, or is refused: no step or label is lost or forged', () => {
  const text = fc
    .array(fc.constantFrom('a', ' ', '\n', '\n\n', '+', '-', 'ки', 'Step 1:', 'Step 2:', 'step 01: '))
    .map((parts) => `${parts.join('')}a`)
  const row = fc
    .record({
      problem: text,
      steps: fc.array(text, { minLength: 1, maxLength: 4 }),
      correct: fc.boolean(),
      answer: fc.constantFrom(undefined, '1', '2'),
      truth: fc.constant('1'),
    })
    .chain((row) => {
      const first = fc.constantFrom(null, undefined, ...row.steps.keys())
      return first.map((first_error) => ({ id: 'p#0', ...row, first_error }))
    })
  const numbered = (steps: string[]) => steps.map((step) => step.trim().replace(/^(step \d+:\s*)+/i, ''))
  const writable = formats.filter((one) => one.write || one.writeProblem).map(({ name }) => name)
  let compared = 0
  fc.assert(
    fc.property(row, fc.constantFrom(...writable), (row, name) => {
      const { write, writeProblem, read } = formatNamed(name)
      let written: object
      try {
        written = writeProblem?.([row]) ?? write!(row)
      } catch (error) {
        expect(error).toBeInstanceOf(InputError)
        return
      }
      const [back, ...others] = read(written, { id: 'p#0' })
      compared++
      expect([others, back.problem.trim()]).toEqual([[], row.problem.trim()])
      expect(numbered(back.steps)).toEqual(numbered(row.steps))
      if (name !== 'trl') expect(back.correct).toBe(row.correct)
      if (name === 'assay') expect(back.first_error).toBe(row.first_error)
      else if (name !== 'best-of-n') expect(back.first_error).toBe(row.first_error ?? null)
    }),
    { numRuns: 500 },
  )
  expect(compared).toBeGreaterThan(50)
})

test('a description counts answers and first errors apart', async () => {
  const rows = [
    solution,
    { id: 'b', problem: 'P', steps: ['x'], correct: true, first_error: 0 },
    { id: 'c', problem: 'Q', steps: ['x'], correct: false, first_error: null },
    { id: 'd', problem: 'Q', steps: ['x'] },
  ]
  expect(await description(readSolutions(written('own.jsonl', ...rows)))).toEqual({
    format: 'assay',
    solutions: 4,
    problems: 2,
    steps: 5,
    right: 1,
    wrong: 2,
    unknown: 1,
    first_error: { at: [1, 1], none: 1, unknown: 1 },
    right_with_error: 1,
    wrong_without_error: 1,
  })
})
