import { describe, expect, test } from 'vitest'
import { multistepArithmetic } from './multistep-arithmetic.ts'
import { multistepReadings, readMultistepMistake } from './read-multistep.ts'
import { readShuffleMistake, shuffleReadings } from './read-shuffle.ts'
import type { TraceSource } from './trace.ts'
import { trackingShuffledObjects } from './tracking-shuffled-objects.ts'

/** What mistakes of a generator's kinds must nearly always look like. */
const shuffle = {
  stale: 'nothing changes',
  'other-pair': 'two others change',
  cycle: 'three change',
  scrambled: 'four or more change',
  duplicate: 'held twice',
  omitted: 'left out',
  skipped: 'another swap',
  misread: 'another swap',
  'wrong-start': 'start',
  'wrong-holder': 'answer',
  'wrong-option': 'answer',
}
const multistep = {
  'wrong-part': 'opening',
  'wrong-form': 'opening',
  'undefined-part': 'opening',
  definition: 'copied part',
  substituted: 'values for letters',
  'sign-spread': 'minus of a negative',
  product: 'product',
  answer: 'answer',
}

describe.each<
  [TraceSource, (problem: string, steps: string[], at: number) => string | null, object, readonly string[]]
>([
  [trackingShuffledObjects, readShuffleMistake, shuffle, shuffleReadings],
  [multistepArithmetic, readMultistepMistake, multistep, multistepReadings],
])('$name', (source, read, expected, readings) => {
  const read1500 = Array.from({ length: 1500 }, (_, index) => source.trace('train', index)).flatMap(
    ({ problem, steps, first_error, kind }) =>
      first_error === null ? [] : [{ kind, reading: read(problem, steps, first_error) }],
  )

  test('mistakes look like what the generator made', () => {
    for (const [kind, reading] of Object.entries(expected)) {
      const of = read1500.filter((each) => each.kind === kind)
      const so = of.filter((each) => each.reading === reading)
      expect(so.length / of.length, kind).toBeGreaterThan(0.8)
    }
  })

  test('every problem is read, every reading has a name, and few mistakes are not seen', () => {
    for (const { reading } of read1500) expect(readings).toContain(reading)
    expect(read1500.filter(({ reading }) => reading === 'not seen').length / read1500.length).toBeLessThan(
      0.02,
    )
  })

  // what takes the square of its length here would not come back in time
  test.each(['a', ' ', 'A: ', 'a has ', 'A and B ', 'A = ', '- ', 'A ', '(', 'First, a and b '])(
    'three hundred thousand times %j is no trap',
    (part) => {
      const { problem, steps } = source.trace('train', 0)
      const long = part.repeat(300_000)
      for (const at of [0, 1, steps.length - 1])
        expect([...readings, null]).toContain(read(problem, steps.with(at, long), at))
      expect([...readings, null]).toContain(read(`${problem}${long}`, steps, 1))
      expect([...readings, null]).toContain(read(long, [long, long], 1))
    },
  )

  test('problems of another sort are not read', () => {
    expect(read('What is the capital of France?', ['Paris is.', 'So the answer is (A)'], 0)).toBe(null)
  })
})
