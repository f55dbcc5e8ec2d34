import fc from 'fast-check'
import { expect, it } from 'vitest'
import { expectedCredit } from './credit.ts'

/** A judgment of one thought and a verdict: the thought was `thought` of these, and the verdict is right with the chance that goes with it. */
const chance = fc.double({ min: 0.05, max: 0.95, noNaN: true })
const world = fc.array(fc.record({ weight: chance, right: chance }), { minLength: 2, maxLength: 4 })

it('has the mean gradient of rewards as they are drawn, whatever the model', () => {
  fc.assert(
    fc.property(world, (thoughts) => {
      const total = thoughts.reduce((sum, { weight }) => sum + weight, 0)
      const exact = thoughts.map(() => 0)
      const credited = thoughts.map(() => 0)
      const verdicts = thoughts.map(() => 0)
      const mean = thoughts.reduce((sum, { weight, right }) => sum + (weight / total) * (2 * right - 1), 0)
      for (const [i, { weight, right }] of thoughts.entries()) {
        const p = weight / total
        for (const isRight of [true, false]) {
          const said = isRight ? right : 1 - right
          const [[thought, verdict]] = expectedCredit([
            { logProbabilities: [Math.log(p), Math.log(said)], verdictAt: 1, right: isRight },
          ])
          // of a softmax: d log p(i) / d logit(j) = [i = j] - p(j)
          for (const [j, other] of thoughts.entries()) {
            const slope = (i === j ? 1 : 0) - other.weight / total
            credited[j] += p * said * thought * slope
          }
          verdicts[i] += p * said * verdict * (isRight ? 1 - right : -right)
        }
        exact[i] = p * (2 * right - 1 - mean)
        // of the mean reward 2 right - 1 by the logit of the right verdict
        expect(verdicts[i]).toBeCloseTo(p * 2 * right * (1 - right), 10)
      }
      for (const [j, slope] of exact.entries()) expect(credited[j]).toBeCloseTo(slope, 10)
    }),
  )
})

it('does not care which verdict was drawn', () => {
  const judged = (right: boolean, said: number) => ({
    logProbabilities: [-0.1, -0.2, Math.log(said)],
    verdictAt: 2,
    right,
  })
  const [one] = expectedCredit([judged(true, 0.7), judged(true, 0.4)])
  const [other] = expectedCredit([judged(false, 0.3), judged(true, 0.4)])
  expect(one[0]).toBeCloseTo(0.4 - -0.2, 10)
  expect(one.slice(0, 2)).toEqual([one[0], one[0]])
  expect(other[0]).toBeCloseTo(one[0], 10)
  expect(one[2]).toBeCloseTo(1.4, 10)
  expect(other[2]).toBeCloseTo(-0.6, 10)
})

it('a judgment without a verdict earned -1, all of it', () => {
  const none = { logProbabilities: [-1, -1], verdictAt: null, right: false }
  const sure = { logProbabilities: [-1, 0], verdictAt: 1, right: true }
  expect(expectedCredit([none, sure])).toEqual([
    [-2, -2],
    [2, 2],
  ])
})
