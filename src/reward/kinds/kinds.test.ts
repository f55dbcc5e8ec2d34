import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SolutionLabel } from '../labels.ts'
import { kindNamed, kindNames } from './kinds.ts'
import { anySolution, graphLoss } from './loss.fixture.ts'

const solution = anySolution({ most: 7, extent: 6 })

describe.each(kindNames)('the graph of the %s loss', (name) => {
  const kind = kindNamed(name)

  it('is the mean of the closed form, and its gradient the slope of it', async () => {
    const run = await graphLoss(kind)
    await fc.assert(
      fc.asyncProperty(fc.array(solution, { minLength: 1, maxLength: 5 }), async (solutions) => {
        const { loss, gradients } = await run(solutions)
        const mean = solutions.reduce((sum, { readOuts, label }) => sum + kind.lossOf(readOuts, label), 0)
        expect(loss).toBeCloseTo(mean / solutions.length, 3)
        for (const [row, { readOuts, label }] of solutions.entries())
          for (const [t, gradient] of gradients[row].entries()) {
            const at = (change: number) => kind.lossOf(readOuts.with(t, readOuts[t] + change), label)
            expect(gradient * solutions.length).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 3)
          }
      }),
      { numRuns: 40, seed: 3 },
    )
  })

  it('has hazards, or bad steps of which the first above one half is the first error, or no opinion on steps', () => {
    const { hazard, bad, firstError } = kind
    expect([hazard, bad].filter(Boolean)).toHaveLength(firstError ? 1 : 0)
    if (!bad) return
    fc.assert(
      fc.property(solution, ({ readOuts }) => {
        const chances = bad(readOuts)
        expect(chances).toHaveLength(readOuts.length)
        for (const chance of chances) expect(chance >= 0 && chance <= 1).toBe(true)
        const first = chances.findIndex((chance) => chance > 0.5)
        expect(first < 0 ? null : first).toBe(firstError?.(readOuts))
      }),
    )
  })

  it('stays finite far out', async () => {
    const run = await graphLoss(kind)
    for (const readOut of [-60, 60, -95, 95, -300, 300])
      for (const label of labels) {
        const { loss, gradients } = await run([{ readOuts: [readOut, -readOut, readOut], label }])
        expect([loss, ...gradients.flat()].every(Number.isFinite)).toBe(true)
      }
  })
})

const right: SolutionLabel = { correct: true, firstError: null }
const wrongAt1: SolutionLabel = { correct: false, firstError: 1 }
const wrongSomewhere: SolutionLabel = { correct: false, firstError: 'unknown' }
const labels = [right, wrongAt1, wrongSomewhere]

// read-outs whose sigmoids are .1, .2, .3
const u = [0.1, 0.2, 0.3].map((p) => Math.log(p / (1 - p)))
const [a, b, c] = [0.9, 0.8, 0.7].map((p) => -Math.log(p))

describe('losses by hand', () => {
  it.each([
    ['prm', right, (a + b + c) / 3],
    ['prm', wrongAt1, (a - Math.log(0.2) - Math.log(0.3)) / 3],
    ['prm', wrongSomewhere, -Math.log(0.3)],
    ['masked-prm', right, a + b + c],
    ['masked-prm', wrongAt1, a - Math.log(0.2)],
    ['masked-prm', wrongSomewhere, 0],
    ['orm', right, c],
    ['orm', wrongAt1, -Math.log(0.3)],
    ['orm', wrongSomewhere, -Math.log(0.3)],
  ] as const)('%s, %o', (name, label, expected) => {
    expect(kindNamed(name).lossOf(u, label)).toBeCloseTo(expected, 10)
  })

  it('pqm of one good and two bad steps, Q = 1, -2, -3, margin 2', () => {
    const bads = Math.exp(0) + Math.exp(-1)
    const first = Math.log(1 + bads)
    const second = Math.log(1 + Math.E + bads) - 1
    expect(kindNamed('pqm', { margin: 2 }).lossOf([1, -2, -3], wrongAt1)).toBeCloseTo(
      (first + second) / 2,
      10,
    )
  })

  it('pqm of a right solution ranks its steps alone: Q = 0, 1', () => {
    const expected = (Math.log(2) + Math.log(2 + Math.E) - 1) / 2
    expect(kindNamed('pqm').lossOf([0, 1], right)).toBeCloseTo(expected, 10)
  })

  it('the graph of pqm is the closed form however far out the steps are', async () => {
    const kind = kindNamed('pqm')
    const run = await graphLoss(kind)
    for (const [readOuts, label] of [
      // the other steps of an unknown first error are neither good nor bad
      [[95, 0], wrongSomewhere],
      [[300, 300, -300], wrongSomewhere],
      [[-95, -95], right],
      [[95, 95], right],
      [[-300, -300], wrongAt1],
      [[300, 300], wrongAt1],
    ] as const) {
      const { loss, gradients } = await run([{ readOuts: [...readOuts], label }])
      expect(loss, String(readOuts)).toBeCloseTo(kind.lossOf(readOuts, label), 3)
      expect(gradients.flat().every(Number.isFinite)).toBe(true)
    }
  })

  it('iprm: beta 0.5 and 4 nats are odds of e^2', () => {
    const kind = kindNamed('iprm', { beta: 0.5 })
    expect(kind.lossOf([9, 4], right)).toBeCloseTo(Math.log(1 + Math.exp(-2)), 10)
    expect(kind.lossOf([9, 4], wrongSomewhere)).toBeCloseTo(Math.log(1 + Math.exp(2)), 10)
  })
})

describe('what read-outs say', () => {
  it.each([
    ['crm', 'log S', Math.log(0.504)],
    ['masked-prm', 'log S', Math.log(0.504)],
    ['prm', 'min', Math.log(0.7)],
    ['prm', 'prod', Math.log(0.504)],
    ['prm', 'mean', Math.log(0.8)],
    ['prm', 'last', Math.log(0.7)],
    ['orm', 'last', Math.log(0.7)],
    ['pqm', 'min', Math.log(0.1)],
    ['iprm', 'sum', Math.log(0.3)],
    ['iprm', 'min', Math.log(0.1)],
  ] as const)('%s ranks by %s', (name, score, expected) => {
    expect(kindNamed(name, { beta: 1 }).scores[score](u)).toBeCloseTo(expected, 10)
  })

  it.each([
    ['crm', [-3, 2, 1], 1],
    ['crm', [-3, -3, -3], null],
    ['prm', [-1, 0.5, 3], 1],
    ['pqm', [1, -1, -3], 2],
    ['iprm', [1, 3, 2], 2],
    ['iprm', [1, 2, 3], null],
  ] as const)('%s of %j errs first at %s', (name, readOuts, expected) => {
    expect(kindNamed(name).firstError?.(readOuts)).toBe(expected)
  })

  it('an outcome reward says nothing of steps', () => {
    expect(kindNamed('orm').firstError).toBeUndefined()
  })
})

it('an unknown reward is refused by name', () => {
  expect(() => kindNamed('rrm')).toThrow(/no reward is called rrm[\s\S]*crm, prm, masked-prm, pqm, orm, iprm/)
})
