import { expect } from 'vitest'
import { sizeOf } from '../tensor/trainer.ts'

/**
 * Expects that along the gradient of each tensor the loss changes by the gradient's norm, by five-point differences.
 *
 * @param parameters all tensors, flat, in the order of `shapes`
 * @param gradients of each tensor, in that order
 * @param tolerance relative
 */
export async function expectGradients(
  shapes: ReadonlyMap<string, readonly number[]>,
  parameters: Float32Array,
  gradients: readonly Float32Array[],
  lossAt: (parameters: Float32Array) => Promise<number>,
  { step, tolerance }: { step: number; tolerance: number },
): Promise<void> {
  let at = 0
  for (const [i, [name, shape]] of [...shapes].entries()) {
    const gradient = gradients[i]
    const norm = Math.hypot(...gradient)
    expect(norm, name).toBeGreaterThan(0)
    const moved = (by: number) =>
      parameters.map((value, j) =>
        j >= at && j < at + sizeOf(shape) ? value + (by * gradient[j - at]) / norm : value,
      )
    const slope =
      (8 * ((await lossAt(moved(step))) - (await lossAt(moved(-step)))) -
        ((await lossAt(moved(2 * step))) - (await lossAt(moved(-2 * step))))) /
      (12 * step)
    expect(Math.abs(slope - norm) / norm, name).toBeLessThan(tolerance)
    at += sizeOf(shape)
  }
}
