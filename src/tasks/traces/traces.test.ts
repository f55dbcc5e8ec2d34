import { expect, test } from 'vitest'
import { random } from '../../reasoning/random.ts'
import { type Chain, chainValue, written } from './chain.ts'
import { advance, drawHand, workOut } from './hand.ts'
import { multistepArithmetic } from './multistep-arithmetic.ts'
import { withSlip, wrongOpening } from './multistep-mistakes.ts'
import { drawMultistep, problemText } from './multistep-problem.ts'
import { type SlipKind, slip, slipKinds } from './slips.ts'
import { type TraceSource, traceSplits } from './trace.ts'
import { trackingShuffledObjects } from './tracking-shuffled-objects.ts'

const sources: [string, TraceSource][] = [
  ['multistep arithmetic', multistepArithmetic],
  ['tracking shuffled objects', trackingShuffledObjects],
]

test.each(sources)('%s: the same arguments give the same trace', (_, source) => {
  for (let index = 0; index < 100; index++)
    expect(source.trace('train', index)).toEqual(source.trace('train', index))
  expect(source.trace('train', 0)).not.toEqual(source.trace('train', 1))
  expect(() => source.trace('train', -1)).toThrow('whole number')
})

test.each(sources)('%s: every kind occurs, and `none` exactly when nothing is wrong', (_, source) => {
  const seen = new Map<string, number>()
  for (let index = 0; index < 3000; index++) {
    const { kind, first_error, correct, steps } = source.trace('train', index)
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    expect(correct).toBe(first_error === null)
    expect(kind === 'none').toBe(correct)
    if (first_error !== null) expect(first_error).toBeLessThan(steps.length)
  }
  expect([...seen.keys()].sort()).toEqual([...source.kinds].sort())
  expect((seen.get('none') as number) / 3000).toBeGreaterThan(0.12)
})

test('a part goes wrong even where all parts are the same', () => {
  const part: Chain = [
    { operator: '+', operand: -8 },
    { operator: '+', operand: -7 },
  ]
  const form: Chain = [
    { operator: '+', operand: 0 },
    { operator: '-', operand: 1 },
  ]
  for (let seed = 0; seed < 300; seed++) {
    const { parts, kind } = wrongOpening({ form, parts: [part, part] }, random('same', seed))
    if (kind === 'wrong-part')
      expect(parts.filter((other) => written(other) === written(part)).length).toBe(1)
  }
})

test('a slip is found even where all is multiplied by 0', () => {
  const zero: Chain = [
    { operator: '+', operand: 0 },
    { operator: '*', operand: 0 },
  ]
  const chain: Chain = [
    { operator: '+', operand: zero },
    { operator: '*', operand: zero },
  ]
  for (let seed = 0; seed < 20; seed++) {
    const hand = drawHand(random('zero', seed))
    const { lines } = withSlip([chain, ...workOut(chain, hand)], hand)
    expect(chainValue(lines[0])).toBe(0)
    expect(chainValue(lines.at(-1) as Chain)).not.toBe(0)
  }
})

test.each(sources)('%s: steps are single lines with something on them', (_, source) => {
  for (let index = 0; index < 1000; index++) {
    const { problem, steps } = source.trace('validation', index)
    expect(problem.trim()).toBe(problem)
    for (const step of steps) {
      expect(step).not.toMatch(/\n| {2}|undefined|NaN|-0\b/)
      expect(step.trim()).toBe(step)
      expect(step.length).toBeGreaterThan(2)
    }
    expect(steps.at(-1)).toMatch(/he answer is \S+$/)
  }
})

test.each(sources)('%s: no problem is in two splits', (_, source) => {
  const split = new Map<string, string>()
  for (const name of traceSplits)
    for (let index = 0; index < 1000; index++) {
      const { id, problem } = source.trace(name, index)
      expect(id).toBe(`${source.name}/${name}/${index}`)
      // the same story with another question is the same problem
      const story = problem.replace(/ At the end .*/s, '')
      expect(split.get(story) ?? name).toBe(name)
      split.set(story, name)
    }
})

test('lines of a calculation keep its value, slips do not', () => {
  const stream = random('lines')
  for (let count = 0; count < 1500; count++) {
    const { problem } = drawMultistep(stream)
    const hand = drawHand(stream)
    const next = advance(problem, hand)
    expect(chainValue(next), `${written(problem)} = ${written(next)}`).toBe(chainValue(problem))
    const kind = stream.pick(Object.keys(slipKinds) as SlipKind[])
    const wrong = slip(problem, kind, hand)
    if (wrong !== null) expect(chainValue(wrong), problemText(problem)).not.toBe(chainValue(problem))
  }
})
