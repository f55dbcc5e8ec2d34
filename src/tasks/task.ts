import { answerOf, sameAnswer } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import { type Random, random, seedOf } from '../reasoning/random.ts'
import type { Problem, Verdict } from '../reasoning/types.ts'

export const splits = ['train', 'validation', 'test', 'harder'] as const
export type Split = (typeof splits)[number]

/** How often each level is drawn, level -> weight (any positive scale). A level that is not named does not occur. */
export type LevelWeights = Record<number, number>

/** A generated problem. `world` is what its text says, in the task's own terms. */
export interface TaskProblem<World = unknown> extends Problem {
  split: Split
  level: number
  truth: string
  /** Two problems with the same key are the same but for names and wording; no key is in two splits. */
  key: string
  world: World
}

/** An endless supply of problems, each with its solutions and an exact step-by-step verifier. */
export interface Task<World = unknown> {
  readonly name: string
  /** The levels each split draws from. */
  readonly levels: Readonly<Record<Split, readonly number[]>>
  /**
   * The same problem for the same arguments, on every machine. Its id is `name/split/index`, or `name/split@level/index`
   * when the level is asked for instead of drawn from the curriculum. No key is in two splits.
   */
  problem(split: Split, index: number, level?: number): TaskProblem<World>
  /** A right solution; wording, order of work, merged and redundant steps vary with the random stream. */
  solve(problem: TaskProblem<World>, random: Random): string[]
  /**
   * A right solution with exercises in it, which a stronger model learns from: things that are easy to say once they were looked up,
   * and that solutions ask for too seldom to be learned from them alone. The same as `solve` where a task has none.
   */
  practise(problem: TaskProblem<World>, random: Random): string[]
  /** Any text is a fair input: this never throws. See {@link verdictOf} for what `firstError` means. */
  verify(problem: TaskProblem<World>, steps: readonly string[]): Verdict
}

/** What a task has to say for itself; {@link defineTask} does the rest. */
export interface TaskRules<World> {
  name: string
  levels: Record<Split, LevelWeights>
  /** A candidate of this level, or null when the draw came to nothing (it is drawn again). */
  draw(level: number, random: Random): World | null
  /** What makes two problems the same one for the splits: structure and numbers, no names or phrasing. */
  key(world: World): string
  text(world: World, random: Random): string
  truth(world: World): string
  solve(world: World, random: Random): string[]
  practise?(world: World, random: Random): string[]
  /** A new reader of one attempt. */
  follow(world: World): StepReader
}

/**
 * Takes the steps of one attempt in order and says of each whether the state it leads to is still right; not asked
 * again after the first that is not, nor about remarks and answers.
 */
export type StepReader = (step: string) => boolean

const attemptsPerProblem = 100_000

export function defineTask<World>(rules: TaskRules<World>): Task<World> {
  const { name } = rules
  const levels = mapSplits((split) => Object.keys(rules.levels[split]).map(Number))
  return {
    name,
    levels,
    problem(split, index, level) {
      if (!Number.isSafeInteger(index) || index < 0)
        throw new InputError(`a problem's index is a whole number from 0, not ${index}`, { where: name })
      if (level !== undefined && !levels[split].includes(level))
        throw new InputError(`no level ${level} in ${split}`, {
          where: name,
          fix: `levels: ${levels[split].join(', ')}`,
        })
      const id = level === undefined ? `${name}/${split}/${index}` : `${name}/${split}@${level}/${index}`
      const stream = random('task', id)
      const drawn = level ?? Number(weighted<`${number}`>(rules.levels[split], stream))
      for (let attempt = 0; attempt < attemptsPerProblem; attempt++) {
        const world = rules.draw(drawn, stream)
        if (world === null) continue
        const key = `${name}|${drawn}|${rules.key(world)}`
        if (split !== 'harder' && split !== splitOf(key)) continue
        const problem = rules.text(world, stream)
        return { id, problem, split, level: drawn, truth: rules.truth(world), key, world }
      }
      throw new Error(`${id}: no problem of level ${drawn} falls into ${split}`)
    },
    solve: (problem, random) => rules.solve(problem.world, random),
    practise: (problem, random) => (rules.practise ?? rules.solve)(problem.world, random),
    verify: (problem, steps) => verdictOf(problem.truth, steps, rules.follow(problem.world)),
  }
}

/**
 * The rule all tasks share (docs/crm.md section 1): firstError is null exactly when the final answer is right, whatever the
 * steps say. When it is wrong, firstError is the first step that enters a wrong state; when no step did, it is the last
 * step: the answer itself, or where a solution without an answer stops. A solution of no steps fails at 0.
 *
 * An early `Answer: ...` is a wrong state when it is wrong, and nothing when it is right. `Check: ...` is a remark:
 * right or wrong, nothing is built on it.
 */
export function verdictOf(truth: string, steps: readonly string[], isRight: StepReader): Verdict {
  const last = Math.max(steps.length - 1, 0)
  const answer = answerIn(steps.at(-1) ?? '')
  if (sameAnswer(answer, truth)) return { correct: true, firstError: null, truth, answer }
  const wrong = steps.slice(0, last).findIndex((step) => {
    if (/^\s*check\b/i.test(step)) return false
    if (/^\s*answer\b/i.test(step)) return !sameAnswer(answerIn(step), truth)
    return !isRight(step.slice(0, longestStep))
  })
  return { correct: false, firstError: wrong < 0 ? last : wrong, truth, answer }
}

/** Steps are read no further than this, far past any sensible one: a bound on the time that garbage can take. */
const longestStep = 1000
const longestAnswer = 200

function answerIn(step: string): string | null {
  return answerOf([step.slice(-longestAnswer)])
}

/** The text without the spaces around it and a closing full stop. */
export function withoutStop(text: string): string {
  const trimmed = text.trim()
  return trimmed.endsWith('.') ? trimmed.slice(0, -1).trimEnd() : trimmed
}

/** Hash buckets: train 90%, validation 5%, test 5%. `harder` is apart by its levels, which the key includes. */
export function splitOf(key: string): Exclude<Split, 'harder'> {
  const bucket = seedOf('split', key) % 20
  return bucket === 0 ? 'test' : bucket === 1 ? 'validation' : 'train'
}

/** How often each choice is taken, choice -> weight (any positive scale). */
export function weighted<Choice extends string>(weights: Record<Choice, number>, random: Random): Choice {
  let left = random.next() * Object.values<number>(weights).reduce((sum, weight) => sum + weight, 0)
  for (const choice in weights) {
    left -= weights[choice]
    if (left < 0) return choice
  }
  return Object.keys(weights)[0] as Choice
}

function mapSplits<T>(value: (split: Split) => T): Record<Split, T> {
  return {
    train: value('train'),
    validation: value('validation'),
    test: value('test'),
    harder: value('harder'),
  }
}
