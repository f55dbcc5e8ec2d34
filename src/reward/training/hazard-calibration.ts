import type { Tensor } from '../../tensor/safetensors.ts'
import type { ReadOuts } from '../kinds/kind.ts'
import type { SolutionLabel } from '../labels.ts'
import { logFailure, logFirstError, sigmoid } from '../survival.ts'

/** A hazard becomes sigmoid(scale * u + shift) for sigmoid(u), scale > 0; scale 1 and shift 0 change nothing. */
export interface HazardCalibration {
  scale: number
  shift: number
}

/**
 * How strongly the fit is pulled to the identity, in nats over all data: too weak to matter for more than a handful of steps, but it
 * keeps the fit finite where right and wrong steps are told apart without a mistake.
 */
const pull = 0.01

/**
 * Fits the hazards of held-out solutions to what happened: every step up to the first error is a draw, wrong with probability h. This is
 * the proper part of CRM's loss, L_S + L_z (docs/crm.md section 2); its outcome term L_W counts a wrong solution once more, which puts a
 * hazard of q at 2q / (1 + q) where a solution has one step. Steps after the first error say nothing. A wrong solution whose first
 * error is unknown says L_W, that it has one: left out, wrong steps would be rarer in the fit than they are. Newton's method in two
 * numbers, those solutions shared out over where their error may be as the fit stands (EM gradient; Lange 1995).
 *
 * @returns null where there is no step to fit to, and where higher hazards turn out wrong no more often than lower ones: a scale that is not
 * positive would turn all of them upside down
 */
export function fitHazards(
  readOuts: readonly ReadOuts[],
  labels: readonly SolutionLabel[],
): HazardCalibration | null {
  const known = labels.flatMap((label, i) => knownDraws(readOuts[i], label))
  const unknown = readOuts.filter((each, i) => each.length > 0 && isUnknown(labels[i]))
  if (known.length === 0 && unknown.length === 0) return null
  let { scale, shift } = { scale: 1, shift: 0 }
  for (let iteration = 0; iteration < 1000; iteration++) {
    const at = { scale, shift }
    let [g0, g1] = [pull * (scale - 1), pull * shift]
    let [h00, h01, h11] = [pull, 0, pull]
    for (const draws of [known, ...unknown.map((each) => likelyDraws(each, at))])
      for (const { u, asked, wrong } of draws) {
        const p = sigmoid(scale * u + shift)
        const [error, curve] = [asked * p - wrong, asked * p * (1 - p)]
        g0 += error * u
        g1 += error
        h00 += curve * u * u
        h01 += curve * u
        h11 += curve
      }
    const determinant = h00 * h11 - h01 * h01
    const change = { scale: (h11 * g0 - h01 * g1) / determinant, shift: (h00 * g1 - h01 * g0) / determinant }
    // far from the solution a whole step can leap over it
    const size = Math.min(1, 1 / Math.max(Math.abs(change.scale), Math.abs(change.shift) / 4))
    scale -= size * change.scale
    shift -= size * change.shift
    if (Math.max(Math.abs(change.scale), Math.abs(change.shift)) < 1e-9) break
  }
  return scale > 0 && Number.isFinite(shift) ? { scale, shift } : null
}

/** A step with the read-out u: how much it counts, and how much of that was wrong. */
interface Draw {
  u: number
  asked: number
  wrong: number
}

const isUnknown = ({ correct, firstError }: SolutionLabel) => !correct && typeof firstError !== 'number'

/** The steps up to the first error, where that is known. */
function knownDraws(readOuts: ReadOuts, label: SolutionLabel): Draw[] {
  if (isUnknown(label)) return []
  const last = label.correct ? readOuts.length - 1 : (label.firstError as number)
  return Array.from(readOuts)
    .slice(0, last + 1)
    .map((u, t) => ({ u, asked: 1, wrong: Number(!label.correct && t === last) }))
}

/** The steps of a wrong solution by the chance that its first error is there, and that it is there or later. */
function likelyDraws(readOuts: ReadOuts, { scale, shift }: HazardCalibration): Draw[] {
  const us = Array.from(readOuts)
  const calibrated = us.map((u) => scale * u + shift)
  const all = logFailure(calibrated)
  const wrong = logFirstError(calibrated).map((log) => Math.exp(log - all))
  return us.map((u, t) => ({
    u,
    asked: wrong.slice(t).reduce((sum, each) => sum + each, 0),
    wrong: wrong[t],
  }))
}

/** A score head whose read-outs are calibrated so; the other tensors stay as they are. */
export function calibratedHead(
  tensors: ReadonlyMap<string, Tensor>,
  { scale, shift }: HazardCalibration,
): Map<string, Tensor> {
  const changed = (name: string, change: (value: number) => number): [string, Tensor] => {
    const { shape, data } = tensors.get(name) as Tensor
    return [name, { shape, data: data.map(change) }]
  }
  return new Map([
    ...tensors,
    changed('score.weight', (value) => scale * value),
    changed('score.bias', (value) => scale * value + shift),
  ])
}
