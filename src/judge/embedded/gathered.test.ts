import { expect, test } from 'vitest'
import { gathered } from './gathered.ts'

function recorded(most: number, work = async (items: number[]) => items.map((item) => 10 * item)) {
  const pieces: number[][] = []
  const call = gathered((items: number[]) => {
    pieces.push(items)
    return work(items)
  }, most)
  return { call, pieces }
}

test('calls of one turn are one piece of work, and each gets its own results', async () => {
  const { call, pieces } = recorded(100)
  expect(await Promise.all([call([1]), call([2, 3]), call([]), call([4])])).toEqual([
    [10],
    [20, 30],
    [],
    [40],
  ])
  expect(pieces).toEqual([[1, 2, 3, 4]])
})

test('pieces are no larger than they may be; what comes meanwhile waits for the next', async () => {
  let later: Promise<number[]> | undefined
  const { call, pieces } = recorded(2, async (items) => {
    if (items[0] === 1) later = call([4])
    return items
  })
  expect([await call([1, 2, 3]), await later]).toEqual([[1, 2, 3], [4]])
  expect(pieces).toEqual([
    [1, 2],
    [3, 4],
  ])
})

test('work that fails rejects those whose work it was, and nobody after them', async () => {
  const { call } = recorded(1, async ([item]) => {
    if (item === 2) throw new Error('no')
    return [item]
  })
  const outcomes = await Promise.allSettled([call([1]), call([2]), call([3])])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await call([4])).toEqual([4])
})

test('an abort rejects what has not begun, with its reason, and nothing of it is worked on', async () => {
  const controller = new AbortController()
  const { call, pieces } = recorded(1, async (items) => {
    if (items[0] === 1) controller.abort('enough')
    return items
  })
  await expect(call([1, 2], { signal: controller.signal })).rejects.toBe('enough')
  expect(await call([3])).toEqual([3])
  expect(pieces).toEqual([[1], [3]])
})
