import { problemAt, type Split, type Task, type TaskProblem, taskNamed } from '../tasks/index.ts'

/**
 * `count` problems of a split, from the one with the index `from`; with `levels`, those in turn.
 * @throws InputError when the split has no such level
 */
export function splitProblems(
  task: Task,
  split: Split,
  { count, levels = [], from = 0 }: { count: number; levels?: readonly number[]; from?: number },
): TaskProblem[] {
  return Array.from({ length: count }, (_, i) => {
    const turns = Math.max(1, levels.length)
    return task.problem(split, from + Math.floor(i / turns), levels[i % turns])
  })
}

/** Training chooses its step, and calibrates hazards, on validation problems before this one of each level: of those after it, some are variants. */
const unseenFrom = 1000

/** The problems of a split that benches measure on. Those of validation are as hard as those of test, and no reward has been chosen by them (but by variants of a few). */
export function measuredProblems(name: string, split: Split, count: number): TaskProblem[] {
  const task = taskNamed(name)
  const unseen = split === 'validation' ? { levels: task.levels.test, from: unseenFrom } : {}
  return splitProblems(task, split, { count, ...unseen })
}

/** The same of each task; for a problem of one task, look at its id. */
export function problemsOf(
  tasks: readonly string[],
  split: Split,
  options: { count: number; levels?: readonly number[] },
): TaskProblem[] {
  return tasks.flatMap((name) => splitProblems(taskNamed(name), split, options))
}

/** What problems of these ids are variants of: the same but for names and wording, which answers hang together with. For {@link drawResamples}. */
export function kindsOf(ids: readonly string[]): string[] {
  return ids.map((id) => problemAt(id).problem.key)
}

/** Of items that each are of a problem, the first of every kind: variants of one problem are right and wrong together. */
export function oneOfEachKind<Item extends { id: string }>(items: readonly Item[]): Item[] {
  const seen = new Set<string>()
  const kinds = kindsOf(items.map(({ id }) => id))
  return items.filter((_, i) => seen.size < seen.add(kinds[i]).size)
}

/** The i-th problem to practise on: of the train split, at these levels in turn (those of the test split unless given). */
export function practiceProblem(
  task: Task,
  index: number,
  levels: readonly number[] = task.levels.test,
): TaskProblem {
  return task.problem('train', Math.floor(index / levels.length), levels[index % levels.length])
}
