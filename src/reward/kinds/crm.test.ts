import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crmGradient, crmLoss, logitsOf, type OutcomeTerm } from '../survival.ts'
import { evaluateReward } from '../training/training.ts'
import { crm } from './crm.ts'
import { anySolution, graphLoss } from './loss.fixture.ts'

const terms: OutcomeTerm[] = ['all', 'from-error']

describe.each(terms)('the graph of the CRM loss, outcomeTerm %s', (term) => {
  it('gives the gradients of docs/crm.md section 2', async () => {
    const readOuts = logitsOf([0.1, 0.2, 0.3])
    const run = await graphLoss(crm())
    const right = await run([{ readOuts, label: { correct: true, firstError: null } }])
    expect(right.loss).toBeCloseTo(0.685179, 5)
    for (const [t, value] of [0.1, 0.2, 0.3].entries()) expect(right.gradients[0][t]).toBeCloseTo(value, 5)
    const unknown = await run([{ readOuts, label: { correct: false, firstError: 'unknown' } }])
    expect(unknown.loss).toBeCloseTo(0.701179, 5)
    for (const [t, value] of [-0.101613, -0.203226, -0.304839].entries())
      expect(unknown.gradients[0][t]).toBeCloseTo(value, 5)
    const known = await run([{ readOuts, label: { correct: false, firstError: 1 } }])
    expect(known.loss).toBeCloseTo(0.701179 + 1.714798, 5)
    for (const [t, value] of [0.1 - 0.101613, -0.8 - 0.203226, -0.304839].entries())
      expect(known.gradients[0][t]).toBeCloseTo(value, 5)
  })

  it('equals the closed forms on any batch, padded as it is', async () => {
    const run = await graphLoss(crm({ outcomeTerm: term }))
    const solution = anySolution({ most: 9, extent: 7 })
    await fc.assert(
      fc.asyncProperty(fc.array(solution, { minLength: 1, maxLength: 6 }), async (solutions) => {
        const { loss, gradients } = await run(solutions)
        const expected = solutions.reduce(
          (sum, { readOuts, label }) => sum + crmLoss(readOuts, label, term),
          0,
        )
        expect(loss).toBeCloseTo(expected / solutions.length, 3)
        for (const [row, { readOuts, label }] of solutions.entries()) {
          const exact = crmGradient(readOuts, label, term)
          for (const [t, value] of gradients[row].entries())
            expect(value * solutions.length).toBeCloseTo(exact[t], 3)
        }
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  it('stays finite where survival rounds to one or to zero', async () => {
    const run = await graphLoss(crm({ outcomeTerm: term }))
    for (const logit of [-40, 40]) {
      for (const label of [
        { correct: true, firstError: null },
        { correct: false, firstError: 0 },
        { correct: false, firstError: null },
      ] as const) {
        const { loss, gradients } = await run([{ readOuts: [logit, logit], label }])
        expect(Number.isFinite(loss)).toBe(true)
        expect(gradients.flat().every(Number.isFinite)).toBe(true)
      }
    }
  })
})

it('judges held-out read-outs', () => {
  const { loss, metrics } = evaluateReward(
    crm(),
    [Float32Array.of(-3, -3), Float32Array.of(-3, 4, 1)],
    [
      { correct: true, firstError: null },
      { correct: false, firstError: 1 },
    ],
  )
  expect(loss).toBeGreaterThan(0)
  expect(metrics).toMatchObject({ auc: 1, firstError: 1, firstErrorWhenWrong: 1 })
})
