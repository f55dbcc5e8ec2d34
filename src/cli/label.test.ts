import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { jsonLines } from '../data/jsonl.ts'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { taskNamed } from '../tasks/index.ts'
import { type TinyModels, writeTinyModels } from '../transformer/tiny.fixture.ts'
import { killAssay, linesIn } from './kill.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
let models: TinyModels
beforeAll(() => {
  models = writeTinyModels(folder)
})

const assay = assayIn(folder)
const label = (...args: string[]) => [
  'label',
  '--method',
  'monte-carlo',
  '--policy',
  models.policy,
  '--threads',
  '1',
  '--rollouts',
  '4',
  ...args,
]

/** A problem whose answer is a digit: the tiny policy finds it now and then. */
const { id, problem, truth } = [...Array(500).keys()]
  .map((index) => taskNamed('arithmetic').problem('test', index))
  .find(({ truth }) => /^\d$/.test(truth))!
const row = (k: number, ...steps: string[]) => ({
  id: `${id}#${k}`,
  problem,
  steps,
  first_error: 0,
  source: 'test',
})

test.each(['verifier', 'monte-carlo'])(
  '%s: a sample that said nothing is wrong, and no step of it is',
  async (method) => {
    const { out, err, code } = await assay(
      label('-', '--method', method, '--rollouts', '2'),
      jsonLines([row(0)]),
    )
    expect([code, err]).toEqual([0, expect.stringContaining('1 labelled: 0 right, 1 wrong')])
    const { first_error, ...rest } = JSON.parse(out)
    expect(rest).toMatchObject({ steps: [], correct: false })
    expect(first_error).toBeUndefined()
  },
)

test('monte-carlo adds values, and labels by them and by the answer alone', async () => {
  const rows = [row(0, 'Check: 1', `Answer: ${truth}`), row(1, 'Check: 1', 'Answer: 77'), row(2, 'Check: 1')]
  const { out, err, code } = await assay(label('-', '--rollouts', '256'), jsonLines(rows))
  expect(code).toBe(0)
  expect(err).toContain('3 labelled: 1 right, 2 wrong')
  const [right, wrong, open] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(right).toEqual({
    ...rows[0],
    correct: true,
    first_error: null,
    answer: truth,
    values: [expect.any(Number), 1],
  })
  expect(wrong).toEqual({
    ...rows[1],
    correct: false,
    first_error: 1,
    answer: '77',
    values: [expect.any(Number), 0],
  })
  for (const { values } of [right, wrong, open]) {
    expect(values[0]).toBeGreaterThan(0)
    expect(values[0]).toBeLessThan(0.5)
  }
  // no answer and no failing prefix: the first error is unknown, and the one that came with the row is gone
  expect(open).toEqual({
    id: `${id}#2`,
    problem,
    steps: rows[2].steps,
    source: 'test',
    correct: false,
    values: [expect.any(Number)],
  })
})

test('a killed run goes on: the same rows', async () => {
  const rows = Array.from({ length: 1200 }, (_, k) => row(k, 'Check: 1', `Check: ${k % 10}`, 'Answer: 77'))
  writeFileSync(join(folder, 'in.jsonl'), jsonLines(rows))
  const args = (out: string) => label('in.jsonl', '--out', out, '--json')
  const [whole, killed] = ['whole.jsonl', 'killed.jsonl'].map((name) => join(folder, name))
  const [{ out }, signal] = await Promise.all([
    assay(args(whole)),
    killAssay(folder, args(killed), killed, 100),
  ])
  expect([JSON.parse(out), signal]).toEqual([
    { rows: 1200, correct: 0, wrong: 1200, unknown: 0, bad: 0, resumed: 0 },
    'SIGKILL',
  ])
  const there = linesIn(killed).length
  expect(there).toBeLessThan(1200)
  expect(JSON.parse((await assay(args(killed))).out)).toMatchObject({ rows: 1200 - there, resumed: there })
  expect(readFileSync(killed, 'utf8')).toBe(readFileSync(whole, 'utf8'))
})

test('what comes before a bad row is labelled; an unknown method is a usage error', async () => {
  const { out, err, code } = await assay(label('-'), `${jsonLines([row(0, 'Answer: 1')])}[]\n`)
  expect(out.trim().split('\n')).toHaveLength(1)
  expect({ err, code }).toEqual({ err: expect.stringContaining('error: standard input:2: '), code: 2 })
  expect(await assay(['label', '-', '--method', 'guess'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Allowed choices are verifier, monte-carlo.'),
  })
})
