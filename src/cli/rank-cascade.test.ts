import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { type ScriptedServer, scriptedServer } from '../endpoint/scripted-server.fixture.ts'
import { referee } from './referee.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)
let server: ScriptedServer
beforeAll(async () => {
  server = await scriptedServer(referee)
})
afterAll(async () => {
  await server.close()
})

const write = (name: string, rows: object[]) =>
  writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
const rank = (...args: string[]) =>
  assay(['rank', 'scored.jsonl', '--judge', server.url, '--model', 'm', ...args])

/** Leaders who are ahead by more than 2 are right; of the others every second one. */
const labelled = Array.from({ length: 400 }, (_, i) => {
  const gap = (i % 40) / 10
  const right = gap > 2 || i % 80 < 40
  return {
    responses: [
      { answer: '1', score: -1 - gap, correct: !right },
      { answer: '2', score: -1, correct: right },
      { text: 'the same answer again', answer: '2.0', score: -1.05, correct: right },
    ],
  }
})

test('a gap fitted on labelled contests: the judge is asked only where scores do not settle it', async () => {
  write('labelled.jsonl', labelled)
  const scored = (id: string, gap: number) => ({
    id,
    query: 'Which?',
    responses: [
      { text: 'quality 9', answer: '9', score: -1 - gap },
      { text: 'quality 3', answer: '3', score: -1 },
    ],
  })
  write('scored.jsonl', [scored('clear', 2.5), scored('close', 1.5), scored('tied', 0)])
  const { out, err, code } = await rank('--cascade', 'labelled.jsonl', '--json')
  expect(code).toBe(0)
  expect(err).toMatch(
    /^a lead of more than 2\.\d+ needs no judge: it is right in at least 95\.0% of contests, with 95% confidence \(fitted on 400, of which \d+ need none and \d+ of those are wrong\)\n3 contests of 6 responses: 2 calls of the judge/,
  )
  const rows = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.map(({ id, winner, calls }) => [id, winner, calls])).toEqual([
    ['clear', '1', 0],
    ['close', '0', 1],
    ['tied', '0', 1],
  ])
  const careless = await rank('--cascade', 'labelled.jsonl', '--cascade-error', '0.4', '--json')
  expect(careless.err).toContain('right in at least 60.0% of contests')
  expect(careless.err).toContain('3 contests of 6 responses: 1 calls of the judge')
})

test('contests without scores are told, as a cascade saves them nothing', async () => {
  const contest = (id: string, score?: number) => ({
    id,
    query: 'Which?',
    responses: [{ text: 'quality 1', score }, { text: 'quality 2' }],
  })
  write('scored.jsonl', [contest('a', -1), contest('b'), contest('c')])
  const { err, code } = await rank('--cascade', '1', '--json')
  expect(code).toBe(0)
  expect(err).toContain(
    '3 contests of 6 responses: 2 calls of the judge, and at most 2 more for games without a verdict; ' +
      '2 contests have no scores, so all of theirs play\n',
  )
})

test('what cannot be fitted is told before anything is asked', async () => {
  write('few.jsonl', labelled.slice(0, 30))
  write('unlabelled.jsonl', [labelled[0], { responses: [{ answer: '1', score: -1 }] }])
  write('scored.jsonl', [{ id: 'a', query: 'Which?', responses: [{ text: 'quality 1', score: -1 }] }])
  const asked = server.requests.length
  const cases: [string[], string][] = [
    [['few.jsonl'], 'few.jsonl: no gap can be promised: of its 30 contests, 30 say whether the leader or'],
    [['unlabelled.jsonl'], 'unlabelled.jsonl:2: responses[0].correct is missing'],
    [['nowhere.jsonl'], 'nowhere.jsonl: no such file'],
    [['1.5', '--cascade-error', '0.1'], '--cascade-error is for a gap that is fitted'],
    [['labelled.jsonl', '--cascade-error', '0.9'], 'Must be at most 0.5'],
  ]
  const runs = await Promise.all(cases.map(([args]) => rank('--cascade', ...args)))
  for (const [i, { out, err, code }] of runs.entries()) {
    expect({ out, code }, cases[i][0].join(' ')).toEqual({ out: '', code: 2 })
    expect(err).toContain(cases[i][1])
  }
  expect(server.requests.length).toBe(asked)
})
