import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import type { Metric } from '../evaluate/step-benchmarks/benchmark.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
writeTinyModels(folder)
const assay = assayIn(folder)
const evaluate = (...args: string[]) =>
  assay(['evaluate', ...args, '--reward', 'reward', '--threads', '1', '--resamples', '50'])

const row = (id: string, label: unknown, fields: object = {}) => ({
  id,
  generator: 'model',
  problem: `What is ${id}?`,
  steps: ['1 + 1 = 2', '2 + 1 = 3', 'Answer: 3'],
  final_answer_correct: label === -1,
  label,
  ...fields,
})
const long = row('long', 1, { steps: ['1 + '.repeat(500), 'Answer: 3'], final_answer_correct: true })

/** A step, or none: which one, random weights say. */
const anyStep = { asymmetricMatch: (value: unknown) => value === null || Number.isInteger(value) }

test('what cannot be read and what is malformed is counted, and each prediction written', async () => {
  const rows = [row('a', -1), row('b', 1), long, row('bad', 7)]
  writeFileSync(join(folder, 'pb.json'), JSON.stringify(rows, null, 2))
  const { out, err, code } = await evaluate('processbench', 'pb.json', '--json', '--predictions', 'p.jsonl')
  expect({ err, code }).toEqual({
    err: expect.stringContaining('error: pb.json, row 4: label names step 7'),
    code: 1,
  })
  const { metrics, ...report } = JSON.parse(out)
  expect(report).toEqual({
    benchmark: 'ProcessBench',
    file: 'pb.json',
    reward: 'reward',
    threshold: null,
    solutions: 3,
    steps: 8,
    with_error: 2,
    without_error: 1,
    right_with_error: 1,
    unreadable: 1,
    why_unreadable: expect.stringMatching(
      /^long: problem and steps are .* tokens; the model's context is 256$/,
    ),
    bad: 1,
    made: {
      command: expect.arrayContaining(['evaluate', 'processbench', 'pb.json']),
      versions: expect.objectContaining({ node: process.versions.node }),
      reward: expect.stringMatching(/^[0-9a-f]{16}$/),
    },
  })
  expect(metrics.map(({ name, readable, all }: Metric) => [name, readable.solutions, all.solutions])).toEqual(
    [
      ['accuracy with an error', 1, 2],
      ['accuracy without an error', 1, 1],
      ['F1', 2, 3],
    ],
  )
  const predictions = readFileSync(join(folder, 'p.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(predictions).toEqual([
    {
      id: 'a',
      expected: null,
      first_error: anyStep,
      p_correct: expect.any(Number),
      hazards: expect.any(Array),
    },
    {
      id: 'b',
      expected: 1,
      first_error: anyStep,
      p_correct: expect.any(Number),
      hazards: expect.any(Array),
    },
    { id: 'long', expected: 1, unreadable: true },
  ])
  const hit = predictions[1].first_error === 1 ? 1 : 0
  expect([metrics[0].readable.value.mean, metrics[0].all.value.mean]).toEqual([hit, hit / 2])

  const again = await evaluate('processbench', 'pb.json', '--predictions', 'p.jsonl')
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('p.jsonl: holds rows already')])
  const shown = await evaluate('processbench', 'pb.json', '--limit', '3', '--threshold', '1')
  expect(shown.code).toBe(0)
  for (const part of [
    'ProcessBench, pb.json: 3 solutions, 8 steps; 2 with an error (1 of them with a right answer), 1 without',
    '1 solutions do not fit the model: long: ',
    'threshold on the hazard: 1',
    'over all, unreadable missed',
  ])
    expect(shown.out).toContain(part)
  // no hazard is above 1: all solutions pass
  expect(shown.out).toMatch(/accuracy without an error +1 +100\.0 \[2\.5, 100\.0\] +1 +100\.0/)
})

test('the other benchmarks, by the same reward', async () => {
  const steps = ['1 + 1 = 3', 'Answer: 3']
  const files = {
    'big-bench-mistake': { input: 'P', steps, target: '2', answer: '3', mistake_index: 0 },
    'mr-ben': {
      uuid: 'u',
      question: 'P',
      model_output_steps: steps,
      model_output_answer_correctness: 'wrong',
      model_output_solution_correctness: 'wrong',
      model_output_solution_first_error_step: '1',
    },
    prmbench: {
      idx: 'i',
      modified_question: 'P',
      modified_process: steps,
      error_steps: [1],
      classification: 'c',
    },
  }
  const runs = Object.entries(files).map(([name, value]) => {
    writeFileSync(join(folder, `${name}.jsonl`), `${JSON.stringify(value)}\n`)
    return evaluate(name, `${name}.jsonl`)
  })
  for (const { out, err, code } of await Promise.all(runs)) {
    expect({ err, code }).toEqual({ err: '', code: 0 })
    expect(out).toContain('1 solutions, 2 steps; 1 with an error')
  }
})

test('no text of rows steers the terminal', async () => {
  const red = '\u001b[31m'
  const long = { idx: `${red}i`, modified_question: 'P', modified_process: ['1 + '.repeat(500)] }
  const rows = [
    { ...long, error_steps: [1], classification: `${red}<b>red` },
    { ...long, idx: 'j', modified_process: ['x', 'y'], error_steps: [2], classification: 'two\nlines' },
    { ...long, idx: `${red}bad`, error_steps: [7], classification: `${red}c` },
  ]
  writeFileSync(join(folder, 'steering.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const [{ out, err, code }, json] = await Promise.all([
    evaluate('prmbench', 'steering.jsonl'),
    evaluate('prmbench', 'steering.jsonl', '--json'),
  ])
  expect(code).toBe(1)
  expect(out + err).not.toContain('\u001b')
  expect(out).toContain('1 solutions do not fit the model: ␛[31m<b>red_␛[31mi: ')
  expect(out).toContain('\nPRMScore, ␛[31m<b>red ')
  expect(out).toContain('\nPRMScore, two lines ')
  const { metrics, why_unreadable } = JSON.parse(json.out)
  expect(metrics.map(({ name }: Metric) => name)).toContain(`PRMScore, ${red}<b>red`)
  expect(why_unreadable).toContain(red)
})

test('a wrong benchmark, a missing file, a missing name and the input as output are usage errors', async () => {
  writeFileSync(join(folder, 'one.jsonl'), `${JSON.stringify(row('a', -1))}\n`)
  writeFileSync(join(folder, 'no-fields.jsonl'), '{}\n')
  const other = 'Name another file with --predictions.'
  const cases: [args: string[], fault: string][] = [
    [['prmbench', 'one.jsonl'], 'is a file of processbench, not of PRMBench'],
    [['mr-ben', 'nowhere.jsonl'], 'nowhere.jsonl: no such file'],
    [['mathbench', 'one.jsonl'], 'mathbench'],
    [
      ['processbench', 'no-fields.jsonl'],
      'no-fields.jsonl:1: the row is an object without fields: no format',
    ],
    [
      ['processbench', 'one.jsonl', '--predictions', './one.jsonl'],
      `./one.jsonl: is the input, too\n  ${other}`,
    ],
    [
      ['processbench', 'one.jsonl', '--predictions', '-'],
      `predictions go to a file, the result to standard output\n  ${other}`,
    ],
  ]
  const found = await Promise.all([
    ...cases.map(([args]) => evaluate(...args)),
    assay(['evaluate', 'processbench', 'one.jsonl', '--reward', 'majority']),
  ])
  const faults = [...cases.map(([, fault]) => fault), 'has no opinion on steps']
  for (const [i, { err, code }] of found.entries())
    expect([code, err]).toEqual([2, expect.stringContaining(faults[i])])
})
