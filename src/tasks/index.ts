import { InputError } from '../reasoning/errors.ts'
import type { Solution, Verdict, Verifier } from '../reasoning/types.ts'
import { arithmetic } from './arithmetic.ts'
import { shuffledObjects } from './shuffled-objects.ts'
import { type Split, splits, type Task, type TaskProblem } from './task.ts'
import { wordProblem } from './word-problem.ts'

export { type Split, splits, type Task, type TaskProblem } from './task.ts'

export const tasks: readonly Task[] = [arithmetic, wordProblem, shuffledObjects]

/** @throws InputError that lists the tasks there are */
export function taskNamed(name: string): Task {
  const task = tasks.find((task) => task.name === name)
  if (task === undefined)
    throw new InputError(`no task named ${name}`, {
      fix: `tasks: ${tasks.map(({ name }) => name).join(', ')}`,
    })
  return task
}

/** @throws InputError that lists the splits there are */
export function splitNamed(name: string): Split {
  const split = splits.find((split) => split === name)
  if (split === undefined)
    throw new InputError(`no split named ${name}`, { fix: `splits: ${splits.join(', ')}` })
  return split
}

/**
 * The problem that an id names: `task/split/index` or `task/split@level/index`. A sample's id, the same with `#` and
 * its number, names the problem that it solves.
 * @throws InputError when it names none
 */
export function problemAt(id: string): { task: Task; problem: TaskProblem } {
  const [, name, split, level, index] =
    /^([^/]+)\/([a-z]+)(?:@([1-9]\d?))?\/(0|[1-9]\d{0,14})$/.exec(withoutSample(id)) ?? []
  if (name === undefined || !splits.includes(split as Split))
    throw new InputError(`${JSON.stringify(id)} is not the id of a task problem`, {
      fix:
        `Labelling and verifying work for the built-in tasks only (${tasks.map(({ name }) => name).join(', ')}), ` +
        `whose ids are task/split/index, with a split of ${splits.join(', ')}.`,
    })
  const task = taskNamed(name)
  return {
    task,
    problem: task.problem(split as Split, Number(index), level === undefined ? undefined : Number(level)),
  }
}

/** `arithmetic/test/7#3`, a sample, is one of `arithmetic/test/7`. */
function withoutSample(id: string): string {
  return id.replace(/#(0|[1-9]\d{0,14})$/, '')
}

const problemsRemembered = 1000

/** The truth about a solution of any task; see {@link verifierFor}. */
export function verify(solution: Solution): Verdict {
  return anyTask.verify(solution)
}

/**
 * A verifier of task solutions, which it knows by their ids: the problem is generated again from the id.
 * @param name the one task whose solutions to accept; any task when left out
 * @throws InputError from `verify` when the id names no problem of the task, or one with another text
 */
export function verifierFor(name?: string): Verifier {
  const only = name === undefined ? undefined : taskNamed(name)
  const known = new Map<string, ReturnType<typeof problemAt>>()
  return {
    verify({ id, problem: text, steps }) {
      const problemId = withoutSample(id)
      let found = known.get(problemId)
      if (found === undefined) {
        found = problemAt(id)
        if (known.size >= problemsRemembered) known.clear()
        known.set(problemId, found)
      }
      const { task, problem } = found
      if (only !== undefined && task !== only)
        throw new InputError(`a problem of ${task.name}, not of ${only.name}`, { where: id })
      if (problem.problem !== text)
        throw new InputError(`the id's problem has another text`, {
          where: id,
          fix: `the row says "${text}", the task "${problem.problem}": was it made by another version?`,
        })
      return task.verify(problem, steps)
    },
  }
}

const anyTask = verifierFor()
