import { expect, test } from 'vitest'
import { taskNamed } from '../tasks/index.ts'
import { bootstrapMean } from './bootstrap.ts'
import { ratiosOver } from './ratios.ts'

const options = { seed: 1, resamples: 500 }

test('variants of one problem are drawn together: copies tell no more than one', () => {
  const task = taskNamed('arithmetic')
  const ids = new Map<string, string>()
  for (let i = 0; ids.size < 40; i++) {
    const { id, key } = task.problem('test', i)
    if (!ids.has(key)) ids.set(key, id)
  }
  const single = [...ids.values()]
  const right = (i: number) => Number(i % 3 === 0)
  const alone = ratiosOver(single, options)
  expect(alone.mean(right)).toEqual(
    bootstrapMean(
      single.map((_, i) => right(i)),
      options,
    ),
  )
  const copied = ratiosOver([...single, ...single, ...single], options)
  const copy = (pair: number) => pair % single.length
  const expected = alone.mean(right)
  const measured = copied.mean((pair) => right(copy(pair)))
  for (const bound of ['mean', 'low', 'high'] as const)
    expect(measured[bound]).toBeCloseTo(expected[bound], 10)
  expect(copied.ratio((pair) => [right(copy(pair)), copy(pair) % 2])).not.toBeNull()
})
