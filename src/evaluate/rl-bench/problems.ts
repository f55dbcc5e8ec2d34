import type { Task, TaskProblem } from '../../tasks/index.ts'
import { practiceProblem } from '../problems.ts'

/** Rewards learn from the first problems of a level: ten thousand of them at most. */
const unseen = 100_000

/**
 * The i-th problem to practise on by reinforcement learning: of the train split, at these levels in turn (those of the test split unless
 * given), and none that a reward has learned from.
 */
export function rlProblem(
  task: Task,
  index: number,
  levels: readonly number[] = task.levels.test,
): TaskProblem {
  return practiceProblem(task, unseen * levels.length + index, levels)
}
