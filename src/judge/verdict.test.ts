import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { realTest } from '../data/shared-data.fixture.ts'
import { transcripts } from './transcripts.fixture.ts'
import { type DialectName, dialects, readVerdict } from './verdict.ts'

const read = (text: string, dialect: DialectName = 'boxed') =>
  readVerdict({ text, finish: 'stop' }, dialects[dialect])
const won = (winner: 0 | 1) => ({ winner, nonVerdict: null })

test.each(transcripts)('a real transcript: $source', ({ dialect, text, winner, nonVerdict }) => {
  expect(read(text, dialect)).toMatchObject({ winner, nonVerdict })
})

describe('readVerdict', () => {
  test('only what comes after the last </think> counts', () => {
    expect(read('<think>\\boxed{Assistant 1}?</think>\n\\boxed{Assistant 2}')).toEqual(won(1))
    expect(read('\\boxed{Assistant 1}, perhaps.</think>\\boxed{Assistant 2}')).toEqual(won(1))
    expect(read('\\boxed{Assistant 1}</think>')).toMatchObject({ nonVerdict: 'unparseable' })
    expect(read('<think>\\boxed{Assistant 1}')).toMatchObject({ nonVerdict: 'unparseable' })
    expect(read('a</think>\\boxed{Assistant 1}<think>b')).toMatchObject({ nonVerdict: 'unparseable' })
  })

  test('a </think> that was echoed does not replace the verdict before it', () => {
    expect(read('a</think>\\boxed{Assistant 1}\nIt said: </think>\\boxed{Assistant 2}')).toMatchObject({
      winner: null,
      nonVerdict: 'unparseable',
    })
  })

  test('a reply cut by length is truncated, whatever it says', () => {
    const cut = readVerdict({ text: '\\boxed{Assistant 1}', finish: 'length' }, dialects.boxed)
    expect(cut).toMatchObject({ winner: null, nonVerdict: 'truncated' })
  })

  test('one verdict, as often as it likes; two that differ are none', () => {
    expect(read('\\boxed{Assistant 1} yes \\boxed{Assistant 1}')).toEqual(won(0))
    expect(read('\\boxed{Assistant 1} or \\boxed{Assistant 2}')).toMatchObject({ nonVerdict: 'unparseable' })
    expect(read('\\boxed{Assistant 1} or \\boxed{neither}')).toMatchObject({ nonVerdict: 'unparseable' })
  })

  test('a declared tie and a refusal are refused, other words unparseable', () => {
    expect(read('[[A=B]]', 'arena')).toMatchObject({ winner: null, nonVerdict: 'refused' })
    expect(read('[[C]]', 'letters')).toMatchObject({ winner: null, nonVerdict: 'refused' })
    expect(read('Assistant 1: 7\nAssistant 2: 7', 'scores')).toMatchObject({ nonVerdict: 'refused' })
    expect(read('\\boxed{both}')).toMatchObject({ nonVerdict: 'refused' })
    expect(read("I'm sorry, but I can't help with that.")).toMatchObject({ nonVerdict: 'refused' })
    expect(read('Hm.</think>\n\nI cannot compare these.')).toMatchObject({ nonVerdict: 'refused' })
    expect(read('I am sorry to say that \\boxed{Assistant 2} is better')).toEqual(won(1))
    for (const [text, name] of [
      ['\\boxed{Assistant 3}', 'boxed'],
      ['Assistant 1: 80\nAssistant 2: 60', 'scores'],
      ['[[A>A]]', 'arena'],
    ] as const)
      expect(read(text, name)).toMatchObject({ winner: null, nonVerdict: 'unparseable' })
    expect(read('Both are fine.')).toMatchObject({ nonVerdict: 'unparseable' })
    expect(read('')).toMatchObject({ nonVerdict: 'unparseable' })
  })

  test.each(Object.keys(dialects) as DialectName[])('%s reads what it writes, completes its cue', (name) => {
    const dialect = dialects[name]
    for (const winner of [0, 1] as const) {
      const written = dialect.write(winner)
      expect(read(`Hm.</think>\n\n${written}`, name)).toEqual(won(winner))
      expect(dialect.cue).toBe(dialect.cue.trimEnd())
      // the model may go on from the cue, or begin again after it
      expect(read(`${dialect.cue}${written}`, name)).toEqual(won(winner))
      const begun = [...written].findLastIndex((_, i) => dialect.cue.endsWith(written.slice(0, i)))
      expect(begun).toBeGreaterThan(0)
      expect(read(`${dialect.cue}${written.slice(begun)}`, name)).toEqual(won(winner))
    }
  })
})

test.each<[DialectName, string, (0 | 1 | 'tie' | null)[]]>([
  [
    'boxed',
    '\\boxed{\\text{Assistant 2}} \\boxed{ assistant 1. } $\\boxed{\\textbf{Assistant 2}}$',
    [1, 0, 1],
  ],
  ['boxed', '\\boxed{42} \\boxed{x_{1}} \\boxed{1} boxed{Assistant 1} \\boxed{Assistant 12}', [null]],
  ['boxed', '\\boxed{Assistant 1 and Assistant 2} \\boxed{Tie} \\boxed{Assistant 3}', [null, 'tie', null]],
  ['boxed', '\\boxed{Assistant 1 is better} \\boxed{neither} \\boxed{entities}', [null, 'tie']],
  ['boxed', '\\b¦oxed{Assistant 1} \\boxed{¦Assistant 1}', [null]],
  ['letters', '[[A]] [[ B ]] [[C]] [[a]] [[A>B]] [A]', [0, 1, 'tie']],
  ['arena', '[[A>>B]] [[A>B]] [[A=B]] [[B>A]] [[B>>A]]', [0, 0, 'tie', 1, 1]],
  ['arena', '[[A<B]] [[B << A]] [[A>A]] [[A]] [[A>>>B]]', [1, 0, null]],
  ['output', 'Output (a) is better. **Output (b) is better.** Output (a) is the better one.', [0, 1, 0]],
  ['output', 'Output (a) is better than Output (b). Output (b) is better because it is short.', [0, 1]],
  ['output', 'Output (a) is better if you like it. In terms of detail, Output (b) is better.', []],
  ['output', "I don't think Output (a) is better. One may ask whether Output (b) is better.", []],
  ['output', 'Output (a) is better in terms of tone. Output (c) is better. Outputs (a) is better', []],
  ['output', 'Neither Output (a) nor Output (b) is better. It is not true that Output (a) is better.', []],
  ['output', 'One might think that Output (a) is better. I doubt that Output (b) is better.', []],
  ['output', 'Output (b) is better? Hardly. While Output (b) may be shorter, Output (a) is better.', [0]],
  ['scores', 'Assistant 1: 8,5\nAssistant 2: 8', []],
  ['scores', 'Assistant 1: 2 errors found. Assistant 2: 1 error found.', []],
  ['scores', 'Assistant 1: 8 and Assistant 2: 6', [0]],
  ['scores', 'Score of Assistant 1: 8\nScore of Assistant 2: 6.5/10', [0]],
  ['scores', "**Assistant 1:** 3/10, **Assistant 2's score**: 10", [1]],
  ['scores', 'Assistant 1: 8\nAssistant 1: 5\nAssistant 2: 6', [0, 1]],
  ['scores', 'Assistant 1: 80\nAssistant 2: 6', [null]],
  ['scores', 'Assistant 1: 8/100, Assistant 2: 0, Assistant 1: good', []],
  ['scores', 'Assistant 2: 9', []],
])('%s in %j: %j', (name, text, places) => {
  expect(dialects[name].read(text)).toEqual(places)
})

test('a reply that repeats itself for ever is read', () => {
  expect(read('\\boxed{'.repeat(30_000))).toMatchObject({ nonVerdict: 'unparseable' })
  expect(read('[['.repeat(30_000), 'arena')).toMatchObject({ nonVerdict: 'unparseable' })
  expect(read('Output (a) is better '.repeat(5000), 'output')).toEqual(won(0))
})

const judgeBench = z.object({
  judgments: z.array(z.object({ decision: z.string(), judgment: z.object({ response: z.string() }) })),
})

realTest(
  'JudgeBench: every reply of o1-mini is read as its authors read it',
  'judgebench/gpt4o_pairs__arena_hard__o1-mini.first175.jsonl',
  async (path) => {
    const lines = (await readFile(path, 'utf8')).trim().split('\n')
    const judgments = lines.flatMap((line) => judgeBench.parse(JSON.parse(line)).judgments)
    const signs = { '0': 'A>B', '1': 'B>A', null: 'A=B' }
    const ours = judgments.map(({ judgment }) => signs[`${read(judgment.response, 'arena').winner}`])
    expect(ours).toHaveLength(350)
    expect(ours).toEqual(judgments.map(({ decision }) => decision))
  },
)

const llmBar = z.array(
  z.object({
    results: z.tuple([
      z.record(z.string(), z.object({ completion: z.array(z.string()), winner: z.string().nullable() })),
    ]),
  }),
)

// where the first sentence is not the last word, two responses are better, or the sentence is another one
const differing = {
  'Natural/GPT-4': 0,
  'Natural/ChatGPT': 0,
  'Natural/Falcon': 2,
  'Neighbor/GPT-4': 0,
  'Neighbor/ChatGPT': 0,
  'Neighbor/Falcon': 1,
}
for (const [file, count] of Object.entries(differing))
  realTest(
    `LLMBar ${file}: all but ${count} replies are read as the authors read them`,
    `llmbar/${file}.CoT.result.json`,
    async (path) => {
      const rows = llmBar.parse(JSON.parse(await readFile(path, 'utf8')))
      const replies = rows.flatMap(({ results: [orders] }) => Object.entries(orders))
      const differ = replies.filter(([order, { completion, winner }]) => {
        const place = winner === null ? null : (winner === '1') === (order === 'swap = False') ? 0 : 1
        return read(completion[0], 'output').winner !== place
      })
      expect(replies.length).toBeGreaterThan(199)
      expect(differ).toHaveLength(count)
    },
  )
