import { z } from 'zod'

const text = z
  .string()
  .refine((value) => value.trim() !== '', { error: 'must be a non-empty string', abort: true })

export const problemRow = z.looseObject({ id: text, problem: text })

/** What a policy wrote: it may have said nothing at all. Fields that we do not know stay in the row. */
export const attemptRow = z.looseObject({ id: text, problem: text, steps: z.array(text) })

/** A solution as people bring it; fields that we do not know stay in the row. */
export const solutionRow = attemptRow
  .extend({
    steps: z.array(text).min(1, { error: 'must hold at least one step' }),
    answer: z.string().optional(),
    correct: z.boolean().optional(),
    first_error: z
      .int({ error: 'must be a whole number (0 is the first step) or null' })
      .min(0, { error: 'must not be negative (0 is the first step; null means none)' })
      .nullable()
      .optional(),
  })
  .refine((row) => row.first_error == null || row.first_error < row.steps.length, {
    path: ['first_error'],
    error: (issue) => {
      const row = issue.input as { steps: string[] }
      return `must be below ${row.steps.length}, the number of steps (0 is the first step)`
    },
  })

export type ProblemRow = z.infer<typeof problemRow>
export type SolutionRow = z.infer<typeof solutionRow>
