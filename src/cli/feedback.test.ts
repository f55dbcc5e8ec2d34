import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jsonLines } from '../data/jsonl.ts'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { scriptedServer } from '../endpoint/scripted-server.fixture.ts'
import { referee } from './referee.fixture.ts'
import { assayIn, parsed } from './run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)
const feedback = (args: string[], input?: string) => assay(['feedback', ...args], input)

/** x beats y clearly and z twice; of y and z the orders disagree; nobody spoke of w. */
const ranked = {
  id: 'q\x1b[2J',
  query: 'Which?',
  responses: ['x', 'y', 'z', 'w'].map((id) => ({ id, text: `text ${id}\x1b[31m` })),
  ratings: [{ value: 3 }, { value: 1 }, { value: -1 }, null],
  matches: [
    { pair: ['x', 'y'], score: 1 },
    { pair: ['z', 'x'], score: 0 },
    { pair: ['x', 'z'], score: 1 },
    { pair: ['y', 'z'], score: 0.5 },
    { pair: ['z', 'w'], score: null },
  ],
}
const silent = { ...ranked, id: 'r', ratings: [null, null, null, null], matches: [] }

test('dpo: pairs of TRL, of matches that the judge decided alone', async () => {
  const { out, err, code } = await feedback(['-', '--format', 'dpo'], jsonLines([ranked, silent]))
  expect([err, code]).toEqual(['2 pairs from 2 contests; 1 teach nothing\n', 0])
  expect(parsed(out)).toEqual(
    ['y', 'z'].map((loser) => ({
      prompt: 'Which?',
      chosen: 'text x\x1b[31m',
      rejected: `text ${loser}\x1b[31m`,
    })),
  )
  expect(out).not.toContain('\x1b')
})

test('dpo --margin leaves out pairs that the matches do not set apart', async () => {
  const all = await feedback(['-', '-f', 'dpo', '--margin', '50'], jsonLines([ranked]))
  expect([all.out, all.err]).toEqual(['', '0 pairs from 1 contests; 1 teach nothing\n'])
  const clear = await feedback(['-', '-f', 'dpo', '--margin', '2'], jsonLines([ranked]))
  expect(parsed(clear.out).map(({ rejected }) => rejected)).toEqual(['text z\x1b[31m'])
})

test('grpo: one group a contest, normalised among those that have a rating', async () => {
  const zScore = await feedback(['-', '--format', 'grpo'], jsonLines([ranked, silent]))
  expect(parsed(zScore.out)).toEqual([
    {
      id: ranked.id,
      prompt: 'Which?',
      completions: ranked.responses.map(({ text }) => text),
      rewards: [expect.closeTo(Math.sqrt(1.5)), 0, expect.closeTo(-Math.sqrt(1.5)), null],
    },
  ])
  expect(zScore.err).toBe('1 groups from 2 contests; 1 teach nothing\n')
  const minMax = await feedback(['-', '--format', 'grpo', '--normalise', 'min-max'], jsonLines([ranked]))
  expect(parsed(minMax.out)[0].rewards).toEqual([1, 0.5, 0, null])
})

test('takes what `assay rank` writes', async () => {
  const server = await scriptedServer(referee)
  const responses = [1, 4, 2, 3].map((quality) => `quality ${quality}`)
  const args = ['rank', '-', '-t', 'swiss', '--judge', server.url, '--model', 'm', '--json']
  const { out } = await assay(args, jsonLines([{ id: 'a', query: 'Which?', responses }])).finally(
    server.close,
  )
  writeFileSync(join(folder, 'ranked.jsonl'), out)
  const [dpo, grpo] = await Promise.all([
    feedback(['ranked.jsonl', '--format', 'dpo', '--out', 'dpo.jsonl', '--json']),
    feedback(['ranked.jsonl', '--format', 'grpo', '--normalise', 'min-max']),
  ])
  expect([dpo.code, JSON.parse(dpo.out)]).toEqual([0, { contests: 1, rows: 4, silent: 0, bad: 0 }])
  for (const { chosen, rejected } of parsed(readFileSync(join(folder, 'dpo.jsonl'), 'utf8')))
    expect(Number(chosen.slice(8))).toBeGreaterThan(Number(rejected.slice(8)))
  const [{ completions, rewards }] = parsed(grpo.out)
  expect(completions).toEqual(responses)
  expect([rewards[1], rewards[0]]).toEqual([1, 0])

  const again = await feedback(['ranked.jsonl', '--format', 'dpo', '--out', 'dpo.jsonl'])
  expect([again.code, again.err]).toEqual([
    2,
    'error: dpo.jsonl: holds rows already\n  Name another file with --out.\n',
  ])
})

test('bad rows and options are told', async () => {
  const bad = { ...ranked, matches: [{ pair: ['x', 'nobody'], score: 1 }] }
  const [stopped, kept, margin, normalise, format, other] = await Promise.all([
    feedback(['-', '-f', 'dpo'], jsonLines([bad])),
    feedback(['-', '-f', 'dpo', '--keep-going'], jsonLines([bad, ranked])),
    feedback(['-', '-f', 'grpo', '--margin', '1', '--out', 'none.jsonl'], ''),
    feedback(['-', '-f', 'dpo', '--normalise', 'min-max'], ''),
    feedback(['-'], ''),
    feedback(['-', '-f', 'dpo'], jsonLines([{ id: 'a', query: '?', responses: ['x', 'y'], winner: 0 }])),
  ])
  expect(stopped).toEqual({
    out: '',
    err: 'error: standard input:1: matches must be of two of the responses each\n',
    code: 2,
  })
  expect([parsed(kept.out).length, kept.code]).toEqual([2, 1])
  expect(kept.err).toContain('2 pairs from 1 contests; 1 bad rows left out')
  expect([margin.err, margin.code]).toEqual(['error: --margin is for --format dpo\n', 2])
  expect(existsSync(join(folder, 'none.jsonl'))).toBe(false)
  expect([normalise.err, normalise.code]).toEqual(['error: --normalise is for --format grpo\n', 2])
  expect([format.err, format.code]).toEqual([
    expect.stringContaining("'-f, --format <name>' not specified"),
    2,
  ])
  expect([other.err, other.code]).toEqual([
    'error: standard input:1: the row is none of `assay rank --json` or --out: it has no "ratings" and "matches"\n',
    2,
  ])
})
