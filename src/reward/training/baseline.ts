import type { RewardKind } from '../kinds/kind.ts'
import type { SolutionLabel } from '../labels.ts'

/** How many steps a solution has, and its label. */
export interface LabelledLength {
  steps: number
  label: SolutionLabel
}

/** Mean losses on validation to hold a training against. */
export interface Baselines {
  /** As a reward starts: every read-out is 0. */
  start: number
  /**
   * Of one that reads nothing: the one read-out for all steps that suits the training data best. It knows how often solutions go wrong
   * there, and no more; what has learned anything does better.
   */
  blind: number
}

export function baselines(
  kind: RewardKind,
  train: readonly LabelledLength[],
  validation: readonly LabelledLength[],
): Baselines {
  const [fitted, measured] = [counted(train), counted(validation)]
  let [low, high] = [-1000, 1000]
  for (let i = 0; i < 40; i++) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3]
    if (meanLoss(kind, fitted, left) < meanLoss(kind, fitted, right)) high = right
    else low = left
  }
  return { start: meanLoss(kind, measured, 0), blind: meanLoss(kind, measured, (low + high) / 2) }
}

/** Solutions of as many steps and the same label, counted: one read-out cannot tell them apart. */
function counted(solutions: readonly LabelledLength[]): (LabelledLength & { times: number })[] {
  const found = new Map<string, LabelledLength & { times: number }>()
  for (const { steps, label } of solutions) {
    const key = `${steps} ${label.correct} ${label.firstError}`
    const same = found.get(key)
    if (same) same.times++
    else found.set(key, { steps, label, times: 1 })
  }
  return [...found.values()]
}

function meanLoss(kind: RewardKind, groups: ReturnType<typeof counted>, readOut: number): number {
  let [sum, count] = [0, 0]
  for (const { steps, label, times } of groups) {
    sum += times * kind.lossOf(new Float64Array(steps).fill(readOut), label)
    count += times
  }
  return sum / count
}
