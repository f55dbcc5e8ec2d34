import { describe, expect, test } from 'vitest'
import { pairFormatNamed, pairFormatOf, pairFormats } from './formats.ts'
import {
  hhRow,
  judgeBenchRow,
  llmBarRow,
  pandaLmRow,
  rewardBench2Row,
  rewardBenchRow,
  rmBenchRow,
  skyworkRow,
  tiesRow,
} from './rows.fixture.ts'

const ours = { id: 'a', query: 'q', responses: ['x', 'y'] }
const rows: [string, object][] = [
  ['pairs', ours],
  ['judgebench', judgeBenchRow],
  ['llmbar', llmBarRow],
  ['pandalm', pandaLmRow],
  ['rewardbench', rewardBenchRow],
  ['rewardbench-2', rewardBench2Row],
  ['rewardbench-2', tiesRow],
  ['rm-bench', rmBenchRow],
  ['preferences', skyworkRow],
  ['preferences', hhRow],
  ['preferences', { prompt: 'q', chosen: 'x', rejected: 'y' }],
]

/** The pairs in a row, whose format is told by its fields. */
const read = (row: object) => pairFormatOf(row).read(row, { id: 'file-0' })

test.each(rows)('a row of %s is told from those of every other format', (name, row) => {
  const matching = pairFormats.filter((format) => format.matches(row as Record<string, unknown>))
  expect(matching.map((format) => format.name)).toEqual([name])
})

test('rows and names of no format are refused', () => {
  expect(() => pairFormatOf({ text: 'x' })).toThrow('an object with text: no format of pairs')
  expect(() => pairFormatOf([1])).toThrow('the row is no object')
  expect(() => pairFormatOf({})).toThrow('the row is an object without fields')
  expect(() => pairFormatNamed('x')).toThrow('One of pairs, judgebench')
})

describe('our own pairs', () => {
  test('labels: a place, a tie, or none', () => {
    for (const label of [0, 1, 'tie', null]) expect(read({ ...ours, label })).toEqual([{ ...ours, label }])
    expect(read(ours)).toEqual([{ ...ours, label: null }])
    expect(read({ ...ours, subset: 's', more: 1 })).toEqual([{ ...ours, label: null, subset: 's' }])
  })

  test.each([
    [{ label: 2 }, 'label must be one of 0, 1, "tie"'],
    [{ label: '0' }, 'label must be one of 0, 1'],
    [{ responses: ['x'] }, 'responses'],
    [{ responses: ['x', 'y', 'z'] }, 'responses'],
    [{ id: '' }, 'id must be a non-empty string'],
    [{ query: undefined }, 'query is missing'],
  ])('%j is refused', (fields, fault) => {
    expect(() => read({ ...ours, ...fields })).toThrow(fault)
  })
})

describe('JudgeBench', () => {
  test('the decision of the swapped order is flipped back, its text is not', () => {
    expect(read(judgeBenchRow)).toEqual([
      {
        id: judgeBenchRow.pair_id,
        query: judgeBenchRow.question,
        responses: [judgeBenchRow.response_A, judgeBenchRow.response_B],
        label: 1,
        subset: 'mmlu-pro-physics',
        recorded: {
          asGiven: recorded(judgeBenchRow.judgments[0].judgment.response, 'arena', 1),
          swapped: recorded(judgeBenchRow.judgments[1].judgment.response, 'arena', 1),
        },
      },
    ])
  })

  test('without judgments, with one order, with a failed one, with a judge whose words we cannot read', () => {
    const [judgment] = judgeBenchRow.judgments
    expect('recorded' in read({ ...judgeBenchRow, judgments: undefined })[0]).toBe(false)
    expect('swapped' in read({ ...judgeBenchRow, judgments: [judgment] })[0].recorded!).toBe(false)
    const [{ recorded: failed }] = read({
      ...judgeBenchRow,
      judgments: [null, { ...judgment, decision: 'A=B' }],
    })
    expect(failed?.asGiven).toEqual(recorded(null, null, null))
    expect(failed?.swapped?.published).toBe('tie')
    expect(read({ ...judgeBenchRow, judge_name: 'auto_j' })[0].recorded?.asGiven?.dialect).toBe(null)
  })
})

function recorded(text: string | null, dialect: string | null, published: unknown, cut = false) {
  return { text, dialect, cut, published }
}

describe('LLMBar', () => {
  test('the winner is flipped back already, the text is not', () => {
    const { 'swap = False': asGiven, 'swap = True': swapped } = llmBarRow.results[0]
    expect(read(llmBarRow)).toEqual([
      {
        id: 'file-0',
        query: llmBarRow.input,
        responses: ['5', '2, 3, 5'],
        label: 0,
        recorded: {
          asGiven: recorded(asGiven.completion[0], 'output', 0),
          swapped: recorded(swapped.completion[0], 'output', 0),
        },
      },
    ])
    expect(read({ ...llmBarRow, label: 2, results: undefined })[0]).toMatchObject({ label: 1 })
  })

  test('the judgment is the last result; cut ones, names alone and ratings', () => {
    const results = (completion: unknown) => [
      ['metrics', 'stop'],
      { 'swap = False': { completion, winner: '2' }, 'swap = True': { winner: null } },
    ]
    const of = (completion: unknown) => read({ ...llmBarRow, results: results(completion) })[0].recorded
    expect(of(['Output (a) is', 'length'])?.asGiven).toEqual(recorded('Output (a) is', 'output', 1, true))
    expect(of(['Output (b)', 'stop'])?.asGiven).toEqual(recorded('Output (b)', null, 1))
    expect(of(undefined)?.swapped).toEqual(recorded(null, null, null))
  })

  test.each([
    [{ label: 0 }, 'label must be one of 1, 2'],
    [{ results: [] }, 'results must hold the judgment'],
    [{ results: [{ 'swap = False': { winner: '1' } }] }, 'swap = True is missing'],
    [
      { results: [{ 'swap = False': { winner: '3' }, 'swap = True': { winner: '1' } }] },
      'must be one of "1", "2"',
    ],
  ])('%j is refused', (fields, fault) => {
    expect(() => read({ ...llmBarRow, ...fields })).toThrow(fault)
  })
})

describe('PandaLM', () => {
  test('an answer that became a JSON value is a text; the label is what two annotators say', () => {
    expect(read(pandaLmRow)).toEqual([
      {
        id: '164',
        query: `${pandaLmRow.instruction}\n\n${pandaLmRow.input}`,
        responses: ['true', 'True.'],
        label: 0,
        annotators: [0, 0, 'tie'],
      },
    ])
    const said = (annotator1: number, annotator2: number, annotator3: number) =>
      read({ ...pandaLmRow, annotator1, annotator2, annotator3 })[0].label
    expect([said(0, 2, 0), said(1, 2, 2), said(2, 2, 2)]).toEqual(['tie', 1, 1])
    expect(said(0, 1, 2)).toBe(null)
    expect(read({ ...pandaLmRow, input: '', response2: '' })[0]).toMatchObject({
      query: pandaLmRow.instruction,
      responses: ['true', ''],
    })
    expect(() => said(0, 1, 3)).toThrow('annotator3 must be one of 0, 1, 2')
  })
})

describe('RewardBench', () => {
  test('the better response comes first; ids count within a subset', () => {
    const { prompt, chosen, rejected, subset } = rewardBenchRow
    expect(read(rewardBenchRow)).toEqual([
      { id: 'alpacaeval-easy/30', query: prompt, responses: [chosen, rejected], label: 0, subset },
    ])
  })

  test('version 2: the right response against each wrong one', () => {
    const pairs = read(rewardBench2Row)
    expect(pairs.map(({ id, responses, label }) => [id, ...responses, label])).toEqual([
      ['Factuality/7#0-1', '1989', '1990', 0],
      ['Factuality/7#0-2', '1989', '1961', 0],
      ['Factuality/7#0-3', '1989', '1945', 0],
    ])
    expect(pairs[2].list).toEqual({ row: 'Factuality/7', members: [0, 3], correct: 1, responses: 4 })
    expect(() => read({ ...rewardBench2Row, chosen: ['a', 'b'] })).toThrow('only Ties may have more than one')
    expect(() => read({ ...rewardBench2Row, rejected: [] })).toThrow('rejected must hold at least one')
  })

  test('Ties: every pair; two right ones tie, two wrong ones have no label', () => {
    expect(read(tiesRow).map(({ responses, label }) => [...responses, label])).toEqual([
      ['red', 'green', 'tie'],
      ['red', 'brown', 0],
      ['red', 'pink', 0],
      ['green', 'brown', 0],
      ['green', 'pink', 0],
      ['brown', 'pink', null],
    ])
    expect(() => read({ ...tiesRow, id: '3' })).toThrow('is neither "ref:…" nor "tied:…"')
  })
})

test('RM-Bench: nine pairs, the right one first', () => {
  const pairs = read(rmBenchRow)
  expect(pairs).toHaveLength(9)
  expect(pairs[5]).toEqual({
    id: 'math/5#1-5',
    query: '2 + 2?',
    responses: [rmBenchRow.chosen[1], rmBenchRow.rejected[2]],
    label: 0,
    subset: 'math',
    list: { row: 'math/5', members: [1, 5], correct: 3, responses: 6 },
  })
  expect(() => read({ ...rmBenchRow, chosen: ['a', 'b'] })).toThrow('chosen must hold three responses')
})

describe('preferences', () => {
  test('chats of messages, with or without the prompt apart', () => {
    const pair = { id: 'file-0', query: '2 + 2?', responses: ['4', '5'], label: 0 }
    const { chosen, rejected } = skyworkRow
    expect(read(skyworkRow)).toEqual([pair])
    expect(read({ ...skyworkRow, prompt: '2 + 2?' })).toEqual([pair])
    const apart = { prompt: chosen.slice(0, 1), chosen: chosen.slice(1), rejected: rejected.slice(1) }
    expect(read(apart)).toEqual([pair])
    expect(read({ id: 'x', prompt: '2 + 2?', chosen: '4', rejected: '5' })).toEqual([{ ...pair, id: 'x' }])
  })

  test('HH: turns, the answer with blank lines in it, and an empty one', () => {
    expect(read(hhRow)).toEqual([
      {
        id: 'file-0',
        query: 'Human: Hello\n\nAssistant: Hi\n\nHuman: 2 + 2?',
        responses: ['It is 4.\n\nSurely.', ''],
        label: 0,
      },
    ])
  })

  test.each([
    [{ chosen: 'x', rejected: 'y' }, 'chosen does not end with an answer'],
    [{ ...hhRow, rejected: '\n\nHuman: Bye\n\nAssistant: Bye' }, 'answer different conversations'],
    [{ ...hhRow, rejected: '\n\nHuman: Hello' }, 'rejected does not end with an answer'],
    [{ ...skyworkRow, chosen: skyworkRow.chosen.slice(0, 1) }, 'chosen does not end with an answer'],
    [{ ...skyworkRow, chosen: [] }, 'chosen does not end with an answer'],
    [
      { ...skyworkRow, chosen: [{ role: 'judge', content: 'x' }] },
      'chosen must be a text, or a list of messages',
    ],
  ])('%j is refused', (row, fault) => {
    expect(() => read(row)).toThrow(fault)
  })
})
