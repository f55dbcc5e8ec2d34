import { z } from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { describeIssue } from './issues.ts'
import { solutionRow } from './rows.ts'

/**
 * A solution, and a label for each of its steps where its source gives them.
 *
 * What the fields mean for data labelled by others: `correct` is about the final answer alone and is left out where the
 * source does not tell. `first_error` is the first step that the source's labels call bad, whatever the answer: a right answer
 * with a bad step keeps it, and so does a wrong answer without one keep null. Training goes by the answer first, so it
 * ignores the step of a right answer and takes null beside a wrong one for "unknown" (label rules of conditional reward
 * modelling: a state from which the right answer was reached was not beyond repair).
 */
export type LabelledRow = z.infer<typeof labelledRow>

export const labelledRow = solutionRow
  .safeExtend({
    /** Is the step good? Of shape [steps]. Says more than `first_error` where steps after it are good again. */
    labels: z.array(z.boolean()).optional(),
  })
  .refine(
    ({ labels, steps, first_error }) =>
      labels === undefined || (labels.length === steps.length && firstBad(labels) === first_error),
    { path: ['labels'], error: 'must hold one label a step, the first false one at first_error' },
  )

/** Choices that a format leaves open. */
export interface FormatOptions {
  /** PRM800K: what a rating of 0 counts as. */
  neutral?: 'good' | 'bad'
  /** TRL: does the last step's label say whether the answer is right? */
  outcome?: 'last-step'
}

export interface RowContext extends FormatOptions {
  /** For rows of a format without ids: unique in the file, the same at every reading. */
  id: string
}

/** How other people lay out solutions with step labels. */
export interface Format {
  name: string
  /** One line for --help. */
  summary: string
  /** The choices that it leaves open; left out, none. */
  options?: readonly (keyof FormatOptions)[]
  /** Does a row look like one of this format? By its fields alone. */
  matches(row: Record<string, unknown>): boolean
  /** The solutions in one row. @throws InputError naming the field, without a place */
  read(value: unknown, context: RowContext): LabelledRow[]
  /** One row from a solution. Left out where the format is only read. @throws InputError on what the format cannot hold */
  write?(row: LabelledRow): object
  /** One row from solutions of one problem, instead of `write`. @throws InputError on one that it cannot hold by itself, either */
  writeProblem?(rows: LabelledRow[]): object
}

/** @throws InputError naming up to three fields that do not fit */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issues = result.error.issues.slice(0, 3).map((issue) => describeIssue(issue, value))
  throw new InputError(issues.join('; '))
}

/** A row that a format has read, with fields that are undefined left out. @throws InputError when it is no good solution */
export function checkedRow(row: object): LabelledRow {
  return parse(
    labelledRow,
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)),
  )
}

/** The first step labelled bad, null for none. */
export function firstBad(labels: readonly boolean[]): number | null {
  const step = labels.indexOf(false)
  return step === -1 ? null : step
}

/** @throws InputError unless `step`, counted from 0, is one of `steps`; `said` is what the row says */
export function checkStep(step: number, steps: number, said: string): void {
  if (Number.isInteger(step) && step >= 0 && step < steps) return
  throw new InputError(`${said}, which is none of its ${steps} steps`, {
    fix: 'Leave the row out, or mend its error step.',
  })
}

/**
 * A label for each step, for a format that wants them: the row's own, or good before the first error and bad from there on. A right
 * answer of which no step is called bad is good throughout. One reached in spite of a bad step was mended somewhere after it,
 * so where steps come after it, nobody knows their labels.
 *
 * @throws InputError where the row does not say enough
 */
export function stepLabels({ labels, steps, correct, first_error }: LabelledRow): boolean[] {
  if (labels !== undefined) return labels
  if (typeof first_error === 'number') {
    if (correct === true && first_error < steps.length - 1)
      throw new InputError(
        `its answer is right in spite of step ${first_error} (0 is the first), and nothing tells which steps after it are good`,
        { fix: 'Give it "labels", one a step, or leave it out.' },
      )
    return steps.map((_, step) => step < first_error)
  }
  if (correct === false || (correct === undefined && first_error === undefined)) {
    const why =
      first_error === null ? 'its answer is wrong but no step is said to be' : 'its first error is not known'
    throw new InputError(`${why}, so its steps cannot be labelled`, {
      fix: 'Label it first (`assay label`), or leave it out.',
    })
  }
  return steps.map(() => true)
}

/** @throws InputError when the row does not say whether its answer is right */
export function knownOutcome({ correct }: LabelledRow): boolean {
  if (correct !== undefined) return correct
  throw new InputError('"correct" is missing: the format needs to know whether the answer is right')
}
