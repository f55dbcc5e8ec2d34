import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { InputError } from '../../reasoning/errors.ts'
import { scratchFolder } from '../scratch.fixture.ts'
import { all, realTest } from '../shared-data.fixture.ts'
import { readPandaLmVerdicts } from './pandalm.ts'
import { type ReadPairsOptions, readPairs } from './read-pairs.ts'
import { judgeBenchRow, llmBarRow, pandaLmRow, pandaLmVerdict, rmBenchRow } from './rows.fixture.ts'

const folder = scratchFolder()

function written(content: string | Uint8Array, name = 'rows.json'): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function read(path: string, options: ReadPairsOptions = {}) {
  const faults: string[] = []
  const onError = ({ message }: InputError) => faults.push(message.replaceAll(`${folder}/`, ''))
  const pairs = await all(readPairs(path, { onError, ...options }))
  return {
    ids: pairs.map(({ pair }) => pair.id),
    formats: new Set(pairs.map(({ format }) => format)),
    faults,
  }
}

const second = { ...judgeBenchRow, pair_id: 'b' }
const ids = [judgeBenchRow.pair_id, 'b']

test.each([
  ['JSON Lines under a .json name', `${JSON.stringify(judgeBenchRow)}\n${JSON.stringify(second)}\n`],
  ['a list over many lines', JSON.stringify([judgeBenchRow, second], null, 2)],
  ['a list, gzipped', gzipSync(JSON.stringify([judgeBenchRow, second]))],
])('%s', async (_, content) => {
  expect(await read(written(content))).toEqual({ ids, formats: new Set(['judgebench']), faults: [] })
})

test('preferences between conversations, all their fields lists of messages, are rows', async () => {
  const [user, good, bad] = ['user 2 + 2?', 'assistant 4', 'assistant 5'].map((said) => {
    const [role, ...content] = said.split(' ')
    return { role, content: content.join(' ') }
  })
  const apart = { prompt: [user], chosen: [good], rejected: [bad] }
  const whole = { chosen: [user, good], rejected: [user, bad] }
  for (const row of [apart, whole]) {
    const path = written(`${JSON.stringify(row)}\n${JSON.stringify(row)}\n`, 'pref.jsonl')
    expect(await read(path)).toMatchObject({ ids: ['pref-0', 'pref-1'], faults: [] })
  }
})

test('rows without ids are named by file and place; the limit counts rows, not pairs', async () => {
  const path = written(JSON.stringify([llmBarRow, llmBarRow, llmBarRow]), 'GPT-4.CoT.result.json')
  expect((await read(path, { limit: 2 })).ids).toEqual(['GPT-4.CoT.result-0', 'GPT-4.CoT.result-1'])
  const nine = written(JSON.stringify([rmBenchRow, { ...rmBenchRow, id: 'b' }]))
  expect((await read(nine, { limit: 1 })).ids).toHaveLength(9)
})

test('bad rows are told and left out: a key that stands twice, an id that was there, a row of another format', async () => {
  const twice = JSON.stringify(second).replace('{', '{"pair_id":"c",')
  const path = written(
    [JSON.stringify(judgeBenchRow), twice, JSON.stringify(judgeBenchRow), JSON.stringify(llmBarRow)].join(
      '\n',
    ),
  )
  expect(await read(path)).toMatchObject({
    ids: [judgeBenchRow.pair_id],
    faults: [
      'rows.json:2: the key "pair_id" stands twice in one object',
      `rows.json:3: the id "${judgeBenchRow.pair_id}" was there before`,
      expect.stringContaining('rows.json:4: pair_id is missing; source is missing'),
    ],
  })
  await expect(all(readPairs(path))).rejects.toThrow('rows.json:2: the key')
})

test('a file of no known format has no good row; one that is named is not guessed', async () => {
  await expect(read(written('{"text":"x"}'))).rejects.toThrow('rows.json:1: the row is an object with text')
  const path = written(JSON.stringify(llmBarRow))
  await expect(read(path, { from: 'arena' })).rejects.toThrow("no format of pairs 'arena'")
  expect((await read(path, { from: 'pandalm' })).faults).toHaveLength(1)
})

test("PandaLM's verdicts: numbers, words, garbage; bad rows are told", async () => {
  const rows = [
    pandaLmVerdict,
    { idx: 1, gpt_result: '1' },
    { idx: 2, gpt_result: 'Tie' },
    { idx: 3, gpt_result: 'garbage' },
    { idx: 4, gpt_result: 2 },
    { idx: 4, gpt_result: 1 },
    { idx: 5, gpt_answer: 1 },
    pandaLmRow,
  ]
  const faults: string[] = []
  const onError = ({ message }: InputError) => faults.push(message)
  const verdicts = await readPandaLmVerdicts(written(JSON.stringify(rows)), { onError })
  expect([...verdicts].map(([id, { published }]) => [id, published])).toEqual([
    ['164', 'tie'],
    ['1', 0],
    ['2', 'tie'],
    ['3', null],
    ['4', 1],
  ])
  expect(verdicts.get('164')?.text).toBe(pandaLmVerdict.pandalm_reason)
  expect(faults.map((fault) => fault.replace(/^.*, /, ''))).toEqual([
    'row 6: idx 4 was there before',
    'row 7: "<judge>_result" is missing',
    'row 8: "<judge>_result" is missing',
  ])
  await expect(readPandaLmVerdicts(written(JSON.stringify(rows)))).rejects.toThrow('row 6: idx 4')
})

realTest(
  'LLMBar: its data set and its logs hold the same pairs',
  'llmbar/Neighbor/dataset.json',
  async (path) => {
    const log = path.replace('dataset', 'ChatGPT.CoT.result')
    const [pairs, logged] = await Promise.all([all(readPairs(path)), all(readPairs(log))])
    expect(pairs).toHaveLength(134)
    expect(logged.map(({ pair: { query, responses, label } }) => ({ query, responses, label }))).toEqual(
      pairs.map(({ pair: { query, responses, label } }) => ({ query, responses, label })),
    )
    expect(pairs.filter(({ pair }) => pair.recorded)).toEqual([])
    expect(logged.filter(({ pair }) => pair.recorded?.swapped?.cut)).toHaveLength(1)
  },
)

realTest(
  'PandaLM: all 999 pairs, an answer that is true and empty ones among them',
  'pandalm/testset-v1.json',
  async (path) => {
    const { ids, faults } = await read(path)
    expect([ids.length, faults]).toEqual([999, []])
  },
)
