import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  judgeBenchRow,
  llmBarRow,
  pandaLmRow,
  pandaLmVerdict,
  rewardBench2Row,
  rewardBenchRow,
  rmBenchRow,
  skyworkRow,
} from '../../data/pairs/rows.fixture.ts'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { all } from '../../data/shared-data.fixture.ts'
import type { JudgeBenchmark, ReadJudgedOptions } from './judge-benchmark.ts'
import { judgeBenchmarks, judgeResult } from './judge-benchmarks.ts'
import { judged } from './judged.fixture.ts'

const folder = scratchFolder()

function written(name: string, ...rows: object[]): string {
  const path = join(folder, name)
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return path
}

const benchmark = (id: string) => judgeBenchmarks.find((one) => one.id === id) as JudgeBenchmark

async function read(id: string, path: string, options: Partial<ReadJudgedOptions> = {}) {
  const faults: string[] = []
  const onError = (error: Error) => faults.push(error.message.replaceAll(`${folder}/`, ''))
  const pairs = await all(benchmark(id).read(path, { onError, ...options }))
  return { pairs, faults }
}

const ours = { id: 'a', query: 'q', responses: ['x', 'y'], label: 0, subset: 'donotanswer' }

test.each([
  ['judgebench', [judgeBenchRow, ours], 1],
  ['llmbar', [llmBarRow], 1],
  ['pandalm', [pandaLmRow], 1],
  ['rewardbench', [rewardBenchRow], 1],
  ['rewardbench', [rewardBench2Row], 3],
  ['rewardbench', [ours], 1],
  ['rm-bench', [rmBenchRow], 9],
  ['pairs', [skyworkRow], 1],
  ['pairs', [ours], 1],
])('%s reads its published rows, and ours', async (id, rows, count) => {
  const { pairs, faults } = await read(id, written('rows.json', rows[0]))
  expect([pairs.length, faults]).toEqual([count, []])
  const metrics = benchmark(id).measure(
    pairs.map((pair) => judged(pair.label, 0, 1, pair)),
    { resamples: 5 },
  )
  expect(metrics.length).toBeGreaterThan(5)
})

test('rows that a benchmark cannot count are told and left out', async () => {
  const other = { ...rewardBenchRow, id: 1, subset: 'anthropic_hhh' }
  const { pairs, faults } = await read('rewardbench', written('rows.jsonl', rewardBenchRow, other))
  expect(pairs).toHaveLength(1)
  expect(faults).toEqual([
    expect.stringContaining('rows.jsonl:2: subset "anthropic_hhh" is none of alpacaeval-easy'),
  ])
  const domain = await read('rewardbench', written('rows.jsonl', { ...rewardBench2Row, subset: 'Chat' }))
  expect(domain.faults[0]).toContain('subset "Chat" is none of Factuality, Precise IF')
  expect((await read('rm-bench', written('rows.jsonl', ours))).faults[0]).toContain(
    'does not say which styles',
  )
  expect(
    (await read('rm-bench', written('rows.jsonl', { ...rmBenchRow, domain: 'law' }))).faults[0],
  ).toContain('domain "law" is none of chat, math')
})

test('a file of another benchmark, and one without rows, are refused', async () => {
  await expect(read('llmbar', written('rows.jsonl', judgeBenchRow))).rejects.toThrow(
    'rows.jsonl: is a file of judgebench, not of LLMBar',
  )
  await expect(read('llmbar', written('rows.jsonl'))).rejects.toThrow('rows.jsonl: has no rows')
})

test("PandaLM's verdicts stand in a file of their own, and only PandaLM's do", async () => {
  const path = written('testset.json', pandaLmRow, { ...pandaLmRow, idx: 165 })
  const verdicts = written('verdicts.json', pandaLmVerdict, { idx: 165 })
  const { pairs, faults } = await read('pandalm', path, { verdicts })
  expect(pairs.map(({ recorded }) => recorded?.asGiven?.published)).toEqual(['tie', undefined])
  expect(faults).toEqual(['verdicts.json:2: "<judge>_result" is missing'])
  await expect(read('llmbar', written('rows.jsonl', llmBarRow), { verdicts })).rejects.toThrow(
    'verdicts.json: LLMBar has its judgments in the file of its pairs',
  )
})

test('a result counts judgments, verdicts and tokens; the same each time', () => {
  const rows = Array.from({ length: 30 }, (_, i) => judged(0, i % 3 === 0 ? 1 : 0, 0, { id: String(i) }))
  rows.push(judged(0, 'failed', 'tie'))
  const result = judgeResult(benchmark('pairs'), rows, { resamples: 50 })
  expect(result).toMatchObject({ benchmark: 'pairs', pairs: 31, judgments: 62, verdicts: 61, tokens: 620 })
  expect(judgeResult(benchmark('pairs'), rows, { resamples: 50 })).toEqual(result)
})

test('ids are those of commands, and each stands once', () => {
  const ids = judgeBenchmarks.map(({ id }) => id)
  expect(ids).toEqual(['judgebench', 'llmbar', 'pandalm', 'rewardbench', 'rm-bench', 'pairs'])
})
