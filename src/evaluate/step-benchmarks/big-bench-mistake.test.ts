import { expect, test } from 'vitest'
import { all, realTest } from '../../data/shared-data.fixture.ts'
import { contextCheck } from '../../reward/score-rows.ts'
import { embeddedScorer } from '../../reward/scorer.ts'
import { shippedModel } from '../../transformer/shipped.ts'
import { measure } from './benchmark.ts'
import { benchmarkRows } from './benchmarks.ts'
import { bigBenchMistake, commonest } from './big-bench-mistake.ts'
import { opinionsOfReward, predict } from './predict.ts'
import { prediction } from './prediction.fixture.ts'

test('by hand: against the best constant and against no mistake, paired', () => {
  const predictions = [
    prediction(1, 1),
    prediction(1, 0, { problem: 'b' }),
    prediction(1, null, { problem: 'c' }),
    prediction(null, null),
    prediction(2, 'unreadable'),
  ]
  const rows = predictions.map(({ row }) => row)
  const metrics = measure(predictions, bigBenchMistake.rules(rows, 0.5), { resamples: 20 })
  expect(metrics.map(({ name, readable, all }) => [name, readable.value?.mean, all.value?.mean])).toEqual([
    ['exact', 2 / 4, 2 / 5],
    ['exact with a mistake', 1 / 3, 1 / 4],
    ['exact without a mistake', 1, 1],
    ['always step 1 (best constant)', 3 / 4, 3 / 5],
    ['always no mistake', 1 / 4, 1 / 5],
    ['exact minus always step 1', -1 / 4, -1 / 5],
    ['exact minus always no mistake', 1 / 4, 1 / 5],
    ['exact, step 0 read as no mistake', 2 / 4, 2 / 5],
    // of three steps; the only mistake in the last one is the unreadable solution's
    ['exact, mistake in the last step', undefined, 0],
    ['exact, mistake in a step before it', 1 / 3, 1 / 3],
  ])
})

test('the files never label a first step: predicting it may be read as no mistake', () => {
  const predictions = [prediction(null, 0), prediction(1, 0), prediction(null, null), prediction(1, 1)]
  const rules = bigBenchMistake.rules(
    predictions.map(({ row }) => row),
    0.5,
  )
  const values = measure(predictions, rules, { resamples: 5 }).map(({ name, all }) => [name, all.value?.mean])
  expect(Object.fromEntries(values)).toMatchObject({
    exact: 2 / 4,
    'exact, step 0 read as no mistake': 3 / 4,
  })
})

test('of equally common answers the earlier step; no mistake last, and named once', () => {
  const rows = (...steps: (number | null)[]) => steps.map((step) => prediction(step, null).row)
  expect(commonest(rows(null, 2, 1, 2, 1, null))).toBe(1)
  expect(commonest(rows(null, 2, null))).toBe(null)
  expect(commonest([])).toBe(null)
  const names = bigBenchMistake.rules(rows(null), 0.5).map(({ name }) => name)
  expect(names.slice(3, 5)).toEqual(['always no mistake (best constant)', 'exact minus always no mistake'])
})

const arithmetic = { sum: 39, 'minus of a negative': 27, product: 10, 'values for letters': 2, brackets: 1 }
const shuffled = {
  ...{ 'two others change': 33, 'three change': 23, 'held twice': 13, 'four or more change': 6 },
  ...{ 'left out': 3, 'nothing changes': 3 },
}

for (const [file, step, hits, none, readings] of [
  // labels that nothing in the text bears out are 'not seen'
  ['multistep_arithmetic', 2, 29, 20, { ...arithmetic, 'not seen': 1 }],
  ['tracking_shuffled_objects', 3, 45, 16, { ...shuffled, 'not seen': 3 }],
] as const)
  realTest(`the guesses to beat: ${file}`, `big_bench_mistake/${file}.first100.jsonl`, async (path) => {
    const onError = () => expect.unreachable()
    const rows = await all(benchmarkRows(bigBenchMistake, path, { onError }))
    expect(commonest(rows)).toBe(step)
    const unread = rows.map((row) => ({ row, opinion: null }))
    const metrics = measure(unread, bigBenchMistake.rules(rows, 0.5), { resamples: 10 })
    expect(metrics.slice(0, 10).map(({ all }) => all.value?.mean)).toEqual([
      0,
      0,
      0,
      hits / 100,
      none / 100,
      -hits / 100,
      -none / 100,
      0,
      0,
      0,
    ])
    const read = metrics.slice(10).map(({ name, all }) => [name.split('reads as: ')[1], all.solutions])
    expect(Object.fromEntries(read)).toEqual(readings)
    const counts = read.map(([, count]) => count as number)
    expect(counts).toEqual(counts.toSorted((a, b) => b - a))
  })

for (const [file, least] of [
  ['multistep_arithmetic', 0.69],
  ['tracking_shuffled_objects', 0.85],
] as const)
  realTest(`the CRM of traces: ${file}`, `big_bench_mistake/${file}.first100.jsonl`, async (path) => {
    const onError = () => expect.unreachable()
    const model = embeddedScorer(shippedModel('crm-traces'), { threads: 2 })
    try {
      const rows = benchmarkRows(bigBenchMistake, path, { onError })
      const check = contextCheck(model.checkpoint)
      const opinions = opinionsOfReward(model)
      const predictions = await all(predict(rows, { opinions, check, onUnreadable: onError }))
      const [exact] = measure(predictions, bigBenchMistake.rules([], 0.5), { resamples: 10 })
      expect(exact.all.solutions).toBe(100)
      expect(exact.all.value?.mean).toBeGreaterThan(least)
    } finally {
      await model.close()
    }
  })
