import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formats } from '../../data/formats.ts'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { all, realTest } from '../../data/shared-data.fixture.ts'
import { benchmarkRows, benchmarks } from './benchmarks.ts'
import { prmBench } from './prmbench.ts'
import { processBench } from './processbench.ts'

const folder = scratchFolder()

function written(...rows: object[]): string {
  const path = join(folder, 'rows.jsonl')
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return path
}
const row = { id: 'a', problem: 'P', steps: ['x'], final_answer_correct: true, label: -1 }
const ours = { id: 'a', problem: 'P', steps: ['x'], first_error: 0 }

async function read(benchmark: (typeof benchmarks)[number], path: string) {
  const faults: string[] = []
  const onError = (error: Error) => faults.push(error.message.replace(path, 'rows'))
  return { rows: await all(benchmarkRows(benchmark, path, { onError })), faults }
}

test('each has its format', () => {
  for (const { format } of benchmarks) expect(formats.map(({ name }) => name)).toContain(format)
})

test('rows as published or as ours; bad ones are told and left out', async () => {
  expect((await read(processBench, written(row))).rows).toMatchObject([{ first_error: null }])
  const { rows, faults } = await read(
    processBench,
    written(ours, { ...ours, id: 'b', first_error: undefined }, { ...ours, id: 'c', first_error: 9 }),
  )
  expect(rows.map(({ id }) => id)).toEqual(['a'])
  expect(faults).toEqual([
    'rows:2: "first_error" is missing',
    expect.stringMatching(/^rows:3: first_error must be/),
  ])
  expect((await read(prmBench, written(ours))).faults).toEqual([
    'rows:1: "labels" is missing: PRMBench asks of every step',
  ])
})

test('a file of another benchmark, and one without rows, are refused', async () => {
  await expect(read(prmBench, written(row))).rejects.toThrow('is a file of processbench, not of PRMBench')
  await expect(read(prmBench, written())).rejects.toThrow('rows.jsonl: has no rows')
})

realTest('ProcessBench, the gsm8k split', 'processbench/gsm8k.json', async (path) => {
  const { rows, faults } = await read(processBench, path)
  expect(faults).toEqual([])
  expect(rows).toHaveLength(400)
  expect(rows.filter(({ first_error }) => first_error === null)).toHaveLength(193)
})
