import { expect, test } from 'vitest'
import { all, realTest } from '../../data/shared-data.fixture.ts'
import { judgeResult } from './judge-benchmarks.ts'
import { recordedJudgment } from './judge-run.ts'
import { judgeBench } from './judgebench.ts'
import { asPublished, countsIn, judged, named, valueIn } from './judged.fixture.ts'

test('categories go by the source of a pair', () => {
  const metrics = judgeBench.measure(
    [
      judged(0, 0, 0, { id: 'a', subset: 'mmlu-pro-law' }),
      judged(0, 1, 0, { id: 'b', subset: 'mmlu-pro-physics' }),
      judged(1, 1, 'tie', { id: 'c', subset: 'livebench-math' }),
      judged(null, 'failed', 'failed', { id: 'd', subset: 'livebench-math' }),
    ],
    { resamples: 20 },
  )
  const categories = metrics.filter(({ name }) => name.startsWith('right minus wrong > 0, '))
  expect(categories.map(({ name, all }) => [name.slice(23), ...all.counts])).toEqual([
    ['knowledge', 1, 2],
    ['mathematics', 1, 1],
  ])
})

realTest(
  "JudgeBench: o1-mini's transcripts give the numbers that were computed from its decisions",
  'judgebench/gpt4o_pairs__arena_hard__o1-mini.first175.jsonl',
  async (path) => {
    const faults: Error[] = []
    const pairs = await all(judgeBench.read(path, { onError: (error) => faults.push(error) }))
    const rows = pairs.map(recordedJudgment)
    const result = judgeResult(judgeBench, rows)
    expect(faults).toEqual([])
    expect(result).toMatchObject({ pairs: 175, judgments: 350, verdicts: 350, differences: [] })
    const { metrics } = result
    const counts = (name: string) => countsIn(metrics, name)
    expect(counts('same verdict in both orders')).toEqual([121, 175])
    expect(counts('first slot twice')).toEqual([31, 175])
    expect(counts('second slot twice')).toEqual([10, 175])
    expect(counts('flips with the order')).toEqual([41, 175])
    expect(counts('accuracy, as given')).toEqual([115, 175])
    expect(counts('accuracy, swapped')).toEqual([128, 175])
    expect(counts('accuracy, mean of both orders')).toEqual([243, 350])
    expect(counts('right in both orders')).toEqual([96, 175])
    expect(counts('right minus wrong > 0')).toEqual([106, 175])
    expect(counts('right minus wrong > 0, knowledge')).toEqual([90, 154])
    expect(counts('right minus wrong > 0, mathematics')).toEqual([16, 21])
    expect(counts('ties')).toEqual([15, 350])
    expect(counts('first slot, of the verdicts for one')).toEqual([191, 335])
    for (const kind of ['unparseable', 'truncated', 'refused', 'failed'])
      expect(counts(kind)).toEqual([0, 350])
    const { value } = named(metrics, 'right minus wrong > 0').all
    // 106 / 175, and 1.96 standard errors to either side, as far as 2000 resamples tell
    expect(value?.mean).toBe(106 / 175)
    expect(value?.low).toBeCloseTo(106 / 175 - 0.072, 1)
    expect(value?.high).toBeCloseTo(106 / 175 + 0.072, 1)
    expect(judgeBench.measure(rows.map(asPublished), { resamples: 20 }).map(({ all }) => all.counts)).toEqual(
      metrics.map(({ all }) => all.counts),
    )
    expect(valueIn(metrics, 'kappa between the orders')).toBeGreaterThan(0)
  },
)
