import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { random } from '../reasoning/random.ts'
import { tasks } from '../tasks/index.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
writeTinyModels(folder, { contextLength: 512 })
const assay = assayIn(folder)
const score = (args: string[], input?: string) =>
  assay(['score', ...args, '--reward', 'reward', '--threads', '1'], input)

const rows = [0, 1, 2, 3].map((index) => {
  const problem = tasks[0].problem('test', index)
  const { id, problem: text } = problem
  return { id, problem: text, steps: tasks[0].solve(problem, random('score', id)), first_error: -1 }
})
const lines = rows.map((row) => `${JSON.stringify(row)}\n`)
const parsed = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('one row of scores a row, in order; labels of the input play no part', async () => {
  const { out, err, code } = await score(['-'], lines.join(''))
  expect({ err, code }).toEqual({
    err: expect.stringMatching(/^4 scored: \d without a likely error, \d with one\n$/),
    code: 0,
  })
  for (const [i, scored] of parsed(out).entries()) {
    expect(Object.keys(scored)).toEqual([
      'id',
      'score',
      'hazards',
      'survival',
      'rewards',
      'p_correct',
      'first_error',
    ])
    expect(scored.id).toBe(rows[i].id)
    for (const list of ['hazards', 'survival', 'rewards'])
      expect(scored[list]).toHaveLength(rows[i].steps.length)
    expect(scored.rewards.reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(
      Math.log(scored.p_correct),
      4,
    )
  }
})

test('a bad row is named by its line; rows before it are scored', async () => {
  const long = JSON.stringify({ id: 'long', problem: 'p', steps: ['1 + '.repeat(1000)] })
  const { out, err, code } = await score(['-'], `${lines[0]}${long}\n${lines[1]}`)
  expect(parsed(out)).toHaveLength(1)
  expect(err).toMatch(
    /^error: standard input:2: problem and steps are .* tokens; the model's context is 512\n/,
  )
  expect(code).toBe(2)
})

test('--keep-going scores the others, and --out goes on after a cut', async () => {
  writeFileSync(
    join(folder, 'in.jsonl'),
    `${lines[0]}{"id":\n${lines[1]}{"id":"a","problem":"b","steps":[]}\n${lines[2]}`,
  )
  const args = ['in.jsonl', '--keep-going', '--out', 'out.jsonl', '--json']
  const first = await score(args)
  expect(first.code).toBe(1)
  expect(first.err).toContain('error: in.jsonl:2: not valid JSON')
  expect(first.err).toContain('error: in.jsonl:4: steps must hold at least one step')
  expect(JSON.parse(first.out)).toMatchObject({ rows: 3, bad: 2, resumed: 0 })
  const whole = readFileSync(join(folder, 'out.jsonl'), 'utf8')
  writeFileSync(join(folder, 'out.jsonl'), whole.slice(0, whole.length * 0.6))
  const { rows, resumed } = JSON.parse((await score(args)).out)
  expect({ total: rows + resumed, resumed }).toEqual({ total: 3, resumed: 1 })
  expect(parsed(readFileSync(join(folder, 'out.jsonl'), 'utf8')).map(({ id }) => id)).toEqual(
    parsed(whole).map(({ id }) => id),
  )
})

test('--reward majority: the share of votes on the same problem, wherever its solutions stand, goes on after a cut', async () => {
  const vote = (id: string, problem: string, answer: string) => ({
    id,
    problem,
    steps: [`Answer: ${answer}`],
  })
  const given = [vote('a', 'p', '7'), vote('b', 'q', '1'), vote('c', 'p', '7.0'), vote('d', 'p', '8')]
  const file = [...given, { id: 'e', problem: 'p', steps: ['no answer'] }].map((row) => JSON.stringify(row))
  writeFileSync(join(folder, 'votes.jsonl'), `${file.join('\n')}\n`)
  const args = ['score', 'votes.jsonl', '--reward', 'majority', '--keep-going', '--out', 'voted.jsonl']
  const { out, err, code } = await assay(args)
  expect([out, code]).toEqual(['4 scored; 1 bad rows left out\n', 1])
  expect(err).toContain('votes.jsonl:5: has no answer')
  const whole = readFileSync(join(folder, 'voted.jsonl'), 'utf8')
  expect(parsed(whole).map(({ id, p_correct }) => [id, p_correct])).toEqual([
    ['a', 0.5],
    ['b', 0.5],
    ['c', 0.5],
    ['d', 0.25],
  ])
  writeFileSync(join(folder, 'voted.jsonl'), whole.slice(0, whole.length * 0.6))
  await assay(args)
  expect(readFileSync(join(folder, 'voted.jsonl'), 'utf8')).toBe(whole)
})

test('a language model cannot score', async () => {
  const { err, code } = await assay(['score', '-', '--reward', 'policy'], lines[0])
  expect(err).toMatch(/^error: policy: is a language model without a reward head\n/)
  expect(code).toBe(2)
})
