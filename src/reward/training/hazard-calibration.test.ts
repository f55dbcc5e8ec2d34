import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../../reasoning/random.ts'
import type { SolutionLabel } from '../labels.ts'
import { failureLoss, firstErrorLoss, sigmoid, survivalLoss } from '../survival.ts'
import { fitHazards } from './hazard-calibration.ts'

/** Solutions of three steps whose true hazards are sigmoid(scale * u + shift) of the read-outs u. */
function draws(count: number, { scale, shift }: { scale: number; shift: number }, seed = 1) {
  const { next, normal } = random('hazards', seed)
  const readOuts = Array.from({ length: count }, () => Array.from({ length: 3 }, () => -1 + 2 * normal()))
  const labels = readOuts.map((us): SolutionLabel => {
    const z = us.findIndex((u) => next() < sigmoid(scale * u + shift))
    return z < 0 ? { correct: true, firstError: null } : { correct: false, firstError: z }
  })
  return { readOuts, labels }
}

describe('hazards held against what happened', () => {
  it('come back as they were drawn', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.3, max: 2, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (scale, shift) => {
          const { readOuts, labels } = draws(4000, { scale, shift })
          const found = fitHazards(readOuts, labels)!
          expect(Math.abs(found.scale - scale)).toBeLessThan(0.25)
          expect(Math.abs(found.shift - shift)).toBeLessThan(0.3)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('expect as many wrong steps as there were', () => {
    const { readOuts, labels } = draws(500, { scale: 0.7, shift: -1 })
    const { scale, shift } = fitHazards(readOuts, labels)!
    const asked = labels.flatMap(({ firstError }, i) =>
      readOuts[i].slice(0, (firstError as number | null) === null ? 3 : (firstError as number) + 1),
    )
    const expected = asked.reduce((sum, u) => sum + sigmoid(scale * u + shift), 0)
    expect(expected).toBeCloseTo(labels.filter(({ correct }) => !correct).length, 1)
  })

  it('do not depend on steps after the first error', () => {
    const { readOuts, labels } = draws(300, { scale: 1, shift: 0 })
    const cut = readOuts.map((us, i) =>
      us.map((u, t) => (labels[i].correct || t <= (labels[i].firstError as number) ? u : 99)),
    )
    const changed = fitHazards(cut, labels)!
    const found = fitHazards(readOuts, labels)!
    expect(changed.scale).toBeCloseTo(found.scale, 10)
    expect(changed.shift).toBeCloseTo(found.shift, 10)
  })

  it.each([0, 0.1, 0.5])('come back where only a share of %f of the first errors is known', (share) => {
    const { scale, shift } = { scale: 0.8, shift: -0.7 }
    const { readOuts, labels } = draws(6000, { scale, shift })
    const { next } = random('hidden')
    const some = labels.map(
      (label): SolutionLabel =>
        label.correct || next() < share ? label : { correct: false, firstError: 'unknown' },
    )
    const found = fitHazards(readOuts, some)!
    expect(Math.abs(found.scale - scale)).toBeLessThan(0.15)
    expect(Math.abs(found.shift - shift)).toBeLessThan(0.15)
  })

  it('are where the loss of what is known is least', () => {
    const { readOuts, labels } = draws(200, { scale: 1.5, shift: 1 })
    const some = labels.map(
      (label, i): SolutionLabel =>
        label.correct || i % 3 === 0 ? label : { correct: false, firstError: 'unknown' },
    )
    const loss = ({ scale, shift }: { scale: number; shift: number }) =>
      readOuts.reduce(
        (sum, us, i) => {
          const at = us.map((u) => scale * u + shift)
          const { correct, firstError } = some[i]
          if (correct) return sum + survivalLoss(at)
          return sum + (typeof firstError === 'number' ? firstErrorLoss(at, firstError) : failureLoss(at))
        },
        0.005 * ((scale - 1) ** 2 + shift ** 2),
      )
    const found = fitHazards(readOuts, some)!
    for (const [dx, dy] of [
      [0.01, 0],
      [-0.01, 0],
      [0, 0.01],
      [0, -0.01],
      [0.01, 0.01],
      [0.01, -0.01],
    ])
      expect(loss({ scale: found.scale + dx, shift: found.shift + dy })).toBeGreaterThan(loss(found))
  })

  it('are not fitted to nothing', () => expect(fitHazards([], [])).toBeNull())

  it('are left alone where higher ones are wrong less often: a calibration never turns them upside down', () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: -0.3, noNaN: true }), fc.integer(), (scale, seed) => {
        const { readOuts, labels } = draws(500, { scale, shift: -1 }, seed)
        expect(fitHazards(readOuts, labels)).toBeNull()
      }),
      { numRuns: 20 },
    )
  })

  it('are left alone, or keep their order, whatever they are and whatever happened', () => {
    const solution = fc.tuple(
      fc.array(fc.double({ min: -1e5, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('right', 'wrong', 'unknown'),
    )
    fc.assert(
      fc.property(fc.array(solution, { minLength: 1, maxLength: 6 }), (solutions) => {
        const labels = solutions.map(
          ([us, outcome]): SolutionLabel =>
            outcome === 'right'
              ? { correct: true, firstError: null }
              : { correct: false, firstError: outcome === 'wrong' ? us.length - 1 : 'unknown' },
        )
        const readOuts = solutions.map(([us]) => us)
        const found = fitHazards(readOuts, labels)
        if (found !== null) {
          expect(found.scale).toBeGreaterThan(0)
          expect(Number.isFinite(found.scale + found.shift)).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('stay finite where right and wrong are told apart without a mistake', () => {
    const found = fitHazards(
      [
        [-3, -3],
        [-3, 3],
      ],
      [
        { correct: true, firstError: null },
        { correct: false, firstError: 1 },
      ],
    )!
    expect(found.scale).toBeGreaterThan(1)
    expect(found.scale).toBeLessThan(10)
  })
})
