import { expect, test } from 'vitest'
import { bootstrapMean } from '../bootstrap.ts'
import { accuracy, hasNoError, isHit, measure } from './benchmark.ts'
import { prediction } from './prediction.fixture.ts'

const hits = accuracy('hits', isHit)

test('a solution that cannot be read is left out, or missed', () => {
  const predictions = [
    prediction(0, 0),
    prediction(1, 0),
    prediction(null, 'unreadable'),
    prediction(2, 'unreadable'),
  ]
  const [{ readable, all }] = measure(predictions, [hits])
  expect([readable.solutions, readable.value?.mean]).toEqual([2, 0.5])
  expect([all.solutions, all.value?.mean]).toEqual([4, 0.25])
})

test('the interval is the bootstrap of the mean, where every problem has one solution', () => {
  const said = [0, 1, null, 0, 0, 2, null]
  const predictions = said.map((first, i) => prediction(0, first, { problem: String(i) }))
  const [{ all }] = measure(predictions, [hits])
  expect(all.value).toEqual(
    bootstrapMean(
      said.map((first) => Number(first === 0)),
      { seed: 1 },
    ),
  )
})

test('solutions of one problem are drawn together', () => {
  const same = Array.from({ length: 20 }, (_, i) => prediction(0, i % 2, { problem: 'P' }))
  const [{ all }] = measure(same, [hits])
  expect(all.value).toEqual({ mean: 0.5, low: 0, high: 1 })
})

test('a rule about some solutions counts those alone; about none it is undefined', () => {
  const none = accuracy('none', isHit, hasNoError)
  const [{ all }] = measure([prediction(0, 0), prediction(null, 1), prediction(null, null)], [none])
  expect([all.solutions, all.value?.mean]).toEqual([2, 0.5])
  expect(measure([prediction(0, 0)], [none])[0].all).toEqual({ solutions: 0, value: null })
  expect(measure([], [none])[0].readable).toEqual({ solutions: 0, value: null })
})
