import type { Task, TaskProblem } from '../../tasks/index.ts'
import { practiceProblem } from '../problems.ts'

/** Problems of a level for each seed. Rewards learn from the first ten thousand at most, so seed 0 has the next. */
const ofSeed = 100_000

/** The index of the first problem of each level that a run with this seed practises on, in the train split. */
export function firstPractised(seed: number): number {
  return ofSeed * (1 + seed)
}

/**
 * The i-th problem to practise on by reinforcement learning: of the train split, at these levels in turn (those of the test split unless
 * given), none that a reward has learned from, and of other seeds others.
 */
export function rlProblem(
  task: Task,
  seed: number,
  index: number,
  levels: readonly number[] = task.levels.test,
): TaskProblem {
  return practiceProblem(task, firstPractised(seed) * levels.length + index, levels)
}
