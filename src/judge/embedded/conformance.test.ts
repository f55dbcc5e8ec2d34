import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { writeTinyModels } from '../../transformer/tiny.fixture.ts'
import { pairJudgeConformance } from '../conformance.fixture.ts'
import { embeddedJudge } from './embedded-judge.ts'
import { writeTinyJudge } from './tiny-judge.fixture.ts'

const scratch = scratchFolder()
const tiny = join(scratch, 'judge')
writeTinyJudge(tiny, writeTinyModels(scratch, { contextLength: 512 }).policy)

for (const [name, thinking] of Object.entries({ thinks: 24, 'does not think': 0 }))
  pairJudgeConformance(`an embedded judge that ${name}`, async () => {
    const judge = embeddedJudge(tiny, { threads: 2, thinking })
    return { judge, close: judge.close }
  })

const comparisons = Array.from({ length: 300 }, (_, seed) => ({
  query: 'Compute 2 + 2.',
  responses: ['2 + 2 = 4\nAnswer: 4', '2 + 2 = 5\nAnswer: 5'] as const,
  seed,
}))

test('after no thinking it concludes what a judge says that may not think', async () => {
  const judge = embeddedJudge(tiny, { threads: 2, thinking: 0 })
  try {
    const at = comparisons.map((comparison) => ({ ...comparison, thinking: [] }))
    expect(await judge.conclude(at)).toEqual(await judge.compare(comparisons))
  } finally {
    await judge.close()
  }
})

test('given its own thinking again, it says what it said when that was cut', async () => {
  const judge = embeddedJudge(tiny, { threads: 2, thinking: 10 })
  try {
    const judgments = await judge.compare(comparisons)
    const own = judgments.map(({ reasoning }) =>
      reasoning.split('\n').filter((line) => !line.startsWith('Better:') && line !== ''),
    )
    const again = await judge.conclude(comparisons.map((each, i) => ({ ...each, thinking: own[i] })))
    const cut = judgments.flatMap(({ tokens, winner }, i) => (tokens > 10 && winner !== null ? [i] : []))
    expect(cut.filter((i) => own[i].length > 0).length).toBeGreaterThan(5)
    expect(new Set(cut.map((i) => judgments[i].winner))).toEqual(new Set([0, 1]))
    for (const i of cut) {
      expect(again[i].winner).toBe(judgments[i].winner)
      expect(again[i].reasoning.split('\n').slice(0, -1)).toEqual(own[i])
      expect(again[i].tokens).toBeLessThanOrEqual(8)
    }
  } finally {
    await judge.close()
  }
})

test('thinking that leaves no room in the context fails, and spoils nothing', async () => {
  const judge = embeddedJudge(tiny, { threads: 1, thinking: 0 })
  try {
    const long = Array.from({ length: 300 }, (_, i) => `Check 1.1: ${i} + 1 = ${i + 1}; right`)
    const [failed, fine] = await judge.conclude([
      { ...comparisons[0], thinking: long },
      { ...comparisons[0], thinking: [] },
    ])
    expect(failed).toMatchObject({ winner: null, nonVerdict: 'failed', tokens: 0 })
    expect(fine.nonVerdict).not.toBe('failed')
  } finally {
    await judge.close()
  }
})
