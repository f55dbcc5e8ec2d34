import { expect, test } from 'vitest'
import { bootstrapMean } from '../bootstrap.ts'
import { share } from '../rules.ts'
import { measureRules } from './judge-metrics.ts'

interface Row {
  prompt: string
  hit: number | null
}
const of = (...hits: (number | null)[]): Row[] => hits.map((hit, i) => ({ prompt: String(i), hit }))
const rows = { prompt: ({ prompt }: Row) => prompt, isDecided: ({ hit }: Row) => hit !== null }
const hits = share<Row>('hits', ({ hit }) => [hit ?? 0, 1])

test('the interval of a share is that of its mean', () => {
  const said = Array.from({ length: 40 }, (_, i) => Number(i % 3 === 0))
  const [{ all, decided }] = measureRules(of(...said), [hits], rows)
  expect(all.value).toEqual(bootstrapMean(said, { seed: 1 }))
  expect(decided).toEqual(all)
  expect(all.counts).toEqual([14, 40])
})

test('rows of one prompt are drawn together', () => {
  const same = of(...Array.from({ length: 20 }, (_, i) => i % 2)).map((row) => ({ ...row, prompt: 'P' }))
  const [{ all }] = measureRules(same, [hits], rows)
  expect(all).toEqual({ rows: 20, counts: [10, 20], value: { mean: 0.5, low: 0, high: 1 } })
})

test('rows that are not decided are misses of all, and no part of the decided', () => {
  const [{ all, decided }] = measureRules(of(1, 0, null, null), [hits], rows, { resamples: 20 })
  expect([all.counts, decided.counts]).toEqual([
    [1, 4],
    [1, 2],
  ])
  const [none] = measureRules(of(null), [hits], rows, { resamples: 20 })
  expect(none.decided).toEqual({ rows: 0, counts: [], value: null })
})

test('a rule about no row is left out; one that is undefined has no value', () => {
  const few = share<Row>(
    'few',
    () => [0, 0],
    ({ hit }) => hit === 1,
  )
  expect(measureRules(of(0), [hits, few], rows).map(({ name }) => name)).toEqual(['hits'])
  expect(measureRules(of(1), [few], rows)[0].all).toEqual({ rows: 1, counts: [0, 0], value: null })
  expect(measureRules([], [hits], rows)).toEqual([])
})
