import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { crm } from './kinds/crm.ts'
import { contextCheck, type RowToScore, scoreRows } from './score-rows.ts'
import type { ToScore } from './scoring.ts'

const folder = scratchFolder()

async function* rows(count: number, fault?: Error): AsyncGenerator<RowToScore> {
  for (let i = 0; i < count; i++)
    yield { id: `row ${i}`, problem: 'p', steps: new Array(1 + (i % 3)).fill('s') }
  if (fault) throw fault
}

async function collect(source: AsyncIterable<{ id: string }>) {
  const ids: string[] = []
  const fault = await (async () => {
    for await (const { id } of source) ids.push(id)
  })().catch((error) => error)
  return { ids, fault }
}

const ids = (count: number) => Array.from({ length: count }, (_, i) => `row ${i}`)
const logits = async (solutions: ToScore[]) => solutions.map(({ steps }) => steps.map(() => 0))

test('one result a row, in order, over batches; never more than two batches ahead', async () => {
  let read = 0
  let given = 0
  let ahead = 0
  async function* counted() {
    for await (const row of rows(3000)) {
      read++
      yield row
    }
  }
  for await (const { id, hazards } of scoreRows(counted(), crm(), logits)) {
    expect(id).toBe(`row ${given}`)
    expect(hazards).toHaveLength(1 + (given % 3))
    ahead = Math.max(ahead, read - given++)
  }
  expect(given).toBe(3000)
  expect(ahead).toBeLessThanOrEqual(1024)
  expect((await collect(scoreRows(rows(0), crm(), logits))).ids).toEqual([])
})

test.each([10, 512, 700])('what was read before a fault is scored first (%i rows)', async (count) => {
  const fault = new Error('bad row')
  expect(await collect(scoreRows(rows(count, fault), crm(), logits))).toEqual({ ids: ids(count), fault })
})

test('a scorer that fails ends it', async () => {
  const fault = new Error('broken')
  let calls = 0
  const failing = (solutions: ToScore[]) => (++calls === 2 ? Promise.reject(fault) : logits(solutions))
  expect(await collect(scoreRows(rows(1500), crm(), failing))).toEqual({ ids: ids(512), fault })
})

test('the context check agrees with the tokenizer, token by token', () => {
  const checkpoint = readCheckpoint(writeTinyModels(folder, { contextLength: 64 }).reward)
  const check = contextCheck(checkpoint)
  for (let length = 1; length < 100; length++) {
    const solution = { problem: '7 + '.repeat(length), steps: ['Check: 1'] }
    const tokens = checkpoint.tokenizer.encodeSolution(solution.problem, solution.steps, { ended: false }).ids
      .length
    if (tokens <= 64) check(solution)
    else
      expect(() => check(solution, 'file:7')).toThrow(
        /^file:7: problem and steps are (\d+|more than 64) tokens; the model's context is 64\n/,
      )
  }
  expect(() => check({ problem: 'x'.repeat(1e7), steps: ['y'] })).toThrow('more than 64 tokens')
})
