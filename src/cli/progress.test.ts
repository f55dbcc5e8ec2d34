import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { duration, Progress, type ProgressOptions } from './progress.ts'

function recorded(options: ProgressOptions & { isTTY?: boolean; columns?: number }) {
  const { isTTY = true, columns = 100, ...rest } = options
  const written: string[] = []
  const clock = { now: 0 }
  const stream = { isTTY, columns, write: (text: string) => written.push(text) }
  const progress = new Progress('training', { ...rest, stream, now: () => clock.now })
  return { progress, clock, last: () => stripVTControlCharacters(written.at(-1) ?? '').trim(), written }
}

test('a terminal sees a bar with count, percent, rate, time left and text', () => {
  const { progress, clock, last } = recorded({ total: 400, unit: 'steps' })
  clock.now = 10_000
  progress.add(100, 'loss 0.412')
  expect(last()).toBe(
    `${'━'.repeat(6)}${'─'.repeat(18)} training 100/400 steps  25%  10.0/s  30s left  loss 0.412`,
  )
})

test('rows done before a resumed run are no part of its rate', () => {
  const { progress, clock, last } = recorded({ total: 400, done: 300, columns: 40 })
  clock.now = 10_000
  progress.add(50)
  expect(last()).toBe('training 350/400  87%  5.0/s  10s left')
})

test('the bar gives way in a narrow terminal, and the line is cut to it', () => {
  const { progress, clock, last } = recorded({ total: 400, columns: 14 })
  clock.now = 1000
  progress.add(1)
  expect(last()).toBe('training 1/40')
})

test('repaints are rationed, and stop clears the line', () => {
  const { progress, clock, written } = recorded({})
  for (clock.now = 0; clock.now < 1000; clock.now++) progress.add()
  expect(written.length).toBeLessThan(15)
  progress.stop()
  expect(written.at(-1)).toBe('\r\x1b[K')
})

test('a log gets a plain line every 30 s, and nothing from quick work', () => {
  const { progress, clock, written } = recorded({ isTTY: false, unit: 'rows' })
  for (let second = 1; second <= 100; second++) {
    clock.now = second * 1000
    progress.add(2)
  }
  progress.stop()
  expect(written).toEqual([30, 60, 90].map((second) => `training ${2 * second} rows  2.0/s\n`))
})

test('durations', () => {
  expect([8, 59.6, 200, 7500].map(duration)).toEqual(['8s', '1m 00s', '3m 20s', '2h 05m'])
})
