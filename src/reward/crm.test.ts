import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Graph } from '../tensor/graph.ts'
import { add } from '../tensor/ops.ts'
import { compile, tensor } from '../tensor/program.ts'
import { type EncodedSolution, labelInputs, rewardBatch } from './batches.ts'
import { crmLoss, crmObjective } from './crm.ts'
import { crmLoss as closedFormLoss, crmGradient, logitsOf, type OutcomeTerm } from './survival.ts'

/** Loss and d loss / d logits by the graph, for solutions of differing lengths in one padded batch. */
async function graphLoss(outcomeTerm: OutcomeTerm) {
  const graph = new Graph()
  const logits = graph.input('logits', 'float32', ['solutions', 'steps'])
  const loss = crmLoss(logits, labelInputs(graph), outcomeTerm)
  const [gradient] = graph.gradients(loss, [logits], add)
  graph.output('loss', loss)
  graph.output('gradient', gradient)
  const program = await compile(graph, { threads: 1 })
  return async (solutions: { logits: number[]; label: EncodedSolution['label'] }[]) => {
    const batch = rewardBatch(
      solutions.map(({ logits, label }) => ({
        ids: logits.map(() => 1),
        promptLength: 0,
        stepEnds: logits.map((_, t) => t),
        label,
      })),
      { surprisal: false },
    )
    const padded = solutions.flatMap(({ logits }) => [
      ...logits,
      ...new Array(batch.steps - logits.length).fill(9),
    ])
    const { tokens, positions, mask, stepRows, ...labels } = batch.feeds()
    const out = await program.run({
      ...labels,
      logits: tensor(Float32Array.from(padded), [solutions.length, batch.steps]),
    })
    const gradients = out.gradient.data as Float32Array
    return {
      loss: (out.loss.data as Float32Array)[0],
      gradients: solutions.map((_, row) =>
        Array.from(gradients.slice(row * batch.steps, (row + 1) * batch.steps)),
      ),
    }
  }
}

const terms: OutcomeTerm[] = ['all', 'from-error']

describe.each(terms)('the graph of the CRM loss, outcomeTerm %s', (term) => {
  it('gives the gradients of crm.md section 2', async () => {
    const logits = logitsOf([0.1, 0.2, 0.3])
    const run = await graphLoss('all')
    const right = await run([{ logits, label: { correct: true, firstError: null } }])
    expect(right.loss).toBeCloseTo(0.685179, 5)
    for (const [t, value] of [0.1, 0.2, 0.3].entries()) expect(right.gradients[0][t]).toBeCloseTo(value, 5)
    const unknown = await run([{ logits, label: { correct: false, firstError: 'unknown' } }])
    expect(unknown.loss).toBeCloseTo(0.701179, 5)
    for (const [t, value] of [-0.101613, -0.203226, -0.304839].entries())
      expect(unknown.gradients[0][t]).toBeCloseTo(value, 5)
    const known = await run([{ logits, label: { correct: false, firstError: 1 } }])
    expect(known.loss).toBeCloseTo(0.701179 + 1.714798, 5)
    for (const [t, value] of [0.1 - 0.101613, -0.8 - 0.203226, -0.304839].entries())
      expect(known.gradients[0][t]).toBeCloseTo(value, 5)
  })

  it('equals the closed forms on any batch, and padding has no gradient', async () => {
    const run = await graphLoss(term)
    const solution = fc
      .array(fc.double({ min: -7, max: 7, noNaN: true }), { minLength: 1, maxLength: 9 })
      .chain((logits) =>
        fc.record({
          logits: fc.constant(logits),
          label: fc.record({
            correct: fc.boolean(),
            firstError: fc.oneof(
              fc.integer({ min: 0, max: logits.length - 1 }),
              fc.constant('unknown' as const),
              fc.constant(null),
            ),
          }),
        }),
      )
    await fc.assert(
      fc.asyncProperty(fc.array(solution, { minLength: 1, maxLength: 6 }), async (solutions) => {
        const { loss, gradients } = await run(solutions)
        const expected = solutions.reduce(
          (sum, { logits, label }) => sum + closedFormLoss(logits, label, term),
          0,
        )
        expect(loss).toBeCloseTo(expected / solutions.length, 3)
        for (const [row, { logits, label }] of solutions.entries()) {
          const exact = crmGradient(logits, label, term)
          for (const [t, value] of gradients[row].entries())
            expect(value * solutions.length).toBeCloseTo(exact[t] ?? 0, 3)
        }
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  it('stays finite where survival rounds to one or to zero', async () => {
    const run = await graphLoss(term)
    for (const logit of [-40, 40]) {
      for (const label of [
        { correct: true, firstError: null },
        { correct: false, firstError: 0 },
        { correct: false, firstError: null },
      ] as const) {
        const { loss, gradients } = await run([{ logits: [logit, logit], label }])
        expect(Number.isFinite(loss)).toBe(true)
        expect(gradients.flat().every(Number.isFinite)).toBe(true)
      }
    }
  })
})

it('judges held-out read-outs', () => {
  const objective = crmObjective()
  const { loss, metrics } = objective.evaluate(
    [Float32Array.of(-3, -3), Float32Array.of(-3, 4, 1)],
    [
      { correct: true, firstError: null },
      { correct: false, firstError: 1 },
    ],
  )
  expect(loss).toBeGreaterThan(0)
  expect(metrics).toMatchObject({ auc: 1, firstError: 1, firstErrorWhenWrong: 1 })
})
