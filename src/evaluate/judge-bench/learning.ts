import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import * as z from 'zod'
import { readJsonLines } from '../../data/jsonl.ts'
import { meanOver } from '../ratios.ts'

/** Means over training seeds and neighbouring steps. */
export interface LearningPoint {
  step: number
  accuracy: number
  unparseable: number
  kl: number
  tokens: number
  /** By level of the problem, of all tasks; levels that a step did not draw are left out. */
  tokensByLevel: Record<string, number>
}

const metricsRow = z.looseObject({
  step: z.int(),
  accuracy: z.number(),
  unparseable: z.number(),
  kl: z.number(),
  tokens: z.number(),
  tokens_by_level: z.record(z.string(), z.number()),
})

type MetricsRow = z.infer<typeof metricsRow>

/** Steps that a point is the mean of. */
const smooth = 5

/** The runs that judges came from, where their folders are still around them (`RUN/policy` beside `RUN/metrics.jsonl`); null elsewhere. */
export async function learningCurve(judges: readonly string[]): Promise<LearningPoint[] | null> {
  const runs: MetricsRow[][] = []
  for (const judge of judges) {
    const path = resolve(judge)
    const file = join(dirname(path), 'metrics.jsonl')
    if (basename(path) !== 'policy' || !existsSync(file)) return null
    const rows: MetricsRow[] = []
    for await (const { row } of readJsonLines(file, metricsRow)) rows.push(row)
    runs.push(rows)
  }
  return curveOf(runs)
}

/** As far as all runs go. */
export function curveOf(runs: readonly (readonly MetricsRow[])[]): LearningPoint[] {
  const length = Math.min(...runs.map((rows) => rows.length))
  const points: LearningPoint[] = []
  for (let from = 0; from < length; from += smooth) {
    const rows = runs.flatMap((run) => run.slice(from, Math.min(from + smooth, length)))
    const over = (value: (row: MetricsRow) => number) => meanOver(rows, value)
    const levels = [...new Set(rows.flatMap((row) => Object.keys(row.tokens_by_level)))]
    points.push({
      step: rows[0].step,
      accuracy: over(({ accuracy }) => accuracy),
      unparseable: over(({ unparseable }) => unparseable),
      kl: over(({ kl }) => kl),
      tokens: over(({ tokens }) => tokens),
      tokensByLevel: Object.fromEntries(
        levels
          .sort((a, b) => Number(a) - Number(b))
          .map((level) => {
            const drawn = rows.flatMap((row) => row.tokens_by_level[level] ?? [])
            return [level, meanOver(drawn, (tokens) => tokens)]
          }),
      ),
    })
  }
  return points
}
