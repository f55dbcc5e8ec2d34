import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { realTest } from '../data/shared-data.fixture.ts'
import { scriptedServer } from '../endpoint/scripted-server.fixture.ts'
import { referee, verdict } from './referee.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)

interface Metric {
  name: string
  all: { value: { mean: number } | null }
}

const valueIn = (metrics: Metric[], name: string) =>
  metrics.find((metric) => metric.name === name)?.all.value?.mean

/** The second response is the better one of every pair. */
function writePairs(file: string, count: number, more: string[] = []) {
  const rows = Array.from({ length: count }, (_, i) =>
    JSON.stringify({ id: `p${i}`, query: 'q', responses: [`quality ${i}`, `quality ${i + 50}`], label: 1 }),
  )
  writeFileSync(join(folder, file), [...rows, ...more].join('\n'))
}

test('a live judge is asked in both orders; one that always names the first is right in one of them', async () => {
  writePairs('pairs.jsonl', 12)
  for (const [script, accuracy, firstSlot] of [
    [referee, 1, 0.5],
    [() => verdict(1), 0.5, 1],
  ] as const) {
    const server = await scriptedServer(script)
    const args = [
      'evaluate',
      'pairs',
      'pairs.jsonl',
      '--judge',
      server.url,
      '--model',
      'm',
      '--resamples',
      '20',
    ]
    const { out, err, code } = await assay([...args, '--json'])
    await server.close()
    expect([err, code]).toEqual(['', 0])
    const { metrics, judgments, pairs, made } = JSON.parse(out)
    expect([pairs, judgments]).toEqual([12, 24])
    expect(made.command.slice(0, 2)).toEqual(['evaluate', 'pairs'])
    expect(valueIn(metrics, 'accuracy, mean of both orders')).toBe(accuracy)
    expect(valueIn(metrics, 'first slot, of the verdicts for one')).toBe(firstSlot)
    expect(valueIn(metrics, 'tokens per verdict')).toBe(20)
    writeFileSync(join(folder, 'judged.json'), out)
  }
  const { err, code } = await assay(['report', 'judged.json'])
  expect([err, code]).toEqual(['', 0])
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('24 of 12 pairs')
})

test('bad rows are told; a judge that fails measures nothing; pairs without judgments need a judge', async () => {
  writePairs('bad.jsonl', 2, ['{"id": "x"}'])
  const server = await scriptedServer(() => ({ status: 400 }))
  const failing = await assay(['evaluate', 'pairs', 'bad.jsonl', '--judge', server.url, '--model', 'm'])
  await server.close()
  expect(failing.code).not.toBe(0)
  expect(failing.out).toBe('')
  expect(failing.err).toMatch(/bad\.jsonl:3/)
  const silent = await assay(['evaluate', 'pairs', 'bad.jsonl'])
  expect([silent.code, silent.err]).toEqual([2, expect.stringContaining('holds no judgment of')])
})

realTest(
  'JudgeBench as published: right minus wrong above 0 in 106 of 175',
  'judgebench/gpt4o_pairs__arena_hard__o1-mini.first175.jsonl',
  async (path) => {
    const { out, code } = await assay(['evaluate', 'judgebench', path, '--resamples', '20', '--json'])
    expect(code).toBe(0)
    expect(valueIn(JSON.parse(out).metrics, 'right minus wrong > 0')).toBeCloseTo(106 / 175, 12)
    expect((await assay(['evaluate', 'judgebench', path])).out).toContain('as published')
  },
)

test('without a judge its options are refused, and pairs without judgments say how to have them judged', async () => {
  writePairs('unjudged.jsonl', 2)
  const silent = await assay(['evaluate', 'pairs', 'unjudged.jsonl'])
  expect([silent.code, silent.err]).toEqual([
    2,
    expect.stringMatching(/unjudged\.jsonl: holds no .*\n.*--judge judge/),
  ])
  for (const more of [
    ['--model', 'foo'],
    ['--votes', '5'],
    ['--temperature', '0'],
  ]) {
    const { err, code } = await assay(['evaluate', 'pairs', 'unjudged.jsonl', ...more])
    expect([code, err]).toEqual([2, expect.stringContaining(`${more[0]} is for a judge, and none is named`)])
  }
  const { out } = await assay(['evaluate', 'pairs', '--help'])
  expect(out.replace(/\s+/g, ' ')).toContain(
    '(default: none: the judgments that were published with the pairs',
  )
})
