import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { appendJsonLines, type JsonLinesWriter } from '../data/append.ts'
import { inOrder } from '../data/in-order.ts'
import { readJsonLines } from '../data/jsonl.ts'
import { chunksOf } from '../data/samples.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Split, TaskProblem } from '../tasks/index.ts'
import { problemsOf } from './problems.ts'

/** What is measured: these problems of every task and split, once for every seed. */
export interface Plan {
  tasks: readonly string[]
  splits: readonly Split[]
  /** Problems of a split, shared out over the tasks. */
  problems: number
  seeds: readonly number[]
}

/** One row a problem and seed; other fields hold what was measured. */
export interface PlanRow {
  id: string
  problem: string
}

export interface PlanRun<Row extends PlanRow> {
  directory: string
  /** Folder of the rows in it, one file a task, split and seed. */
  folder: string
  /** Whatever the rows depend on beside the plan: going on in a directory with other settings is refused. */
  settings: Record<string, unknown>
  /** Problems measured at a time; three such groups are under way at once. */
  group: number
  make: (problems: TaskProblem[], seed: number) => Promise<Row[]>
  signal?: AbortSignal
  /** Called first: rows that earlier runs left, and how many there will be. */
  onStart?: (done: number, total: number) => void
  /** Called with the number of rows just saved. */
  onRows?: (rows: number) => void
}

/** The problems of one task and split. */
export function planned({ tasks, problems }: Plan, task: string, split: Split): TaskProblem[] {
  const place = tasks.indexOf(task)
  const count = Math.floor(problems / tasks.length) + (place < problems % tasks.length ? 1 : 0)
  return problemsOf([task], split, { count })
}

/**
 * Makes the rows of a plan, in `directory/folder/<task>-<split>-<seed>.jsonl`, where those of an earlier run are kept:
 * killed at any moment, it goes on where the files stand. Groups are always of the same problems, whichever of them are
 * there already, so an interrupted run ends like any other.
 *
 * @throws InputError when the directory holds rows of other settings
 */
export async function runPlan<Row extends PlanRow>(plan: Plan, run: PlanRun<Row>): Promise<void> {
  const { directory, folder, group, make, signal } = run
  await mkdir(join(directory, folder), { recursive: true })
  await checkSettings(join(directory, 'settings.json'), run.settings)
  const units: Unit[] = []
  async function* jobs() {
    for (const { seed, problems, file } of units)
      for await (const some of chunksOf(problems, group)) {
        if (some.every(({ id }) => file.ids.has(id))) continue
        yield async () => {
          const rows = await make(some, seed)
          return { file, rows: rows.filter(({ id }) => !file.ids.has(id)) }
        }
      }
  }
  try {
    for (const { task, split, seed, path } of unitsOf(plan, join(directory, folder)))
      units.push({ seed, problems: planned(plan, task, split), file: await appendJsonLines(path) })
    const count = (wanted: (id: string, file: JsonLinesWriter) => boolean) =>
      units.reduce((sum, { problems, file }) => sum + problems.filter(({ id }) => wanted(id, file)).length, 0)
    run.onStart?.(
      count((id, file) => file.ids.has(id)),
      count(() => true),
    )
    for await (const { file, rows } of inOrder(jobs(), 3, signal)) {
      await file.append(rows)
      run.onRows?.(rows.length)
    }
  } finally {
    for (const { file } of units) await file.close()
  }
}

/** One task, split and seed. */
interface Unit {
  seed: number
  problems: TaskProblem[]
  file: JsonLinesWriter
}

/**
 * The rows of one task and split, all seeds one after the other, that {@link runPlan} made.
 * @throws InputError when one is missing, or its problem has changed
 */
export async function readPlan<Row extends PlanRow>(
  plan: Plan,
  { directory, folder, schema }: { directory: string; folder: string; schema: z.ZodType<Row> },
  task: string,
  split: Split,
): Promise<Row[]> {
  const problems = planned(plan, task, split)
  const found: Row[] = []
  for (const unit of unitsOf({ ...plan, tasks: [task], splits: [split] }, join(directory, folder))) {
    const rows = new Map<string, Row>()
    for await (const { row } of readJsonLines(unit.path, schema)) rows.set(row.id, row)
    for (const { id, problem } of problems) {
      const row = rows.get(id)
      if (row?.problem !== problem)
        throw new InputError(row ? 'the problem of this id has another text' : 'this problem is missing', {
          where: `${unit.path}: ${id}`,
          fix: row && 'Another version of the tasks made this file; start in a new directory.',
        })
      found.push(row)
    }
  }
  return found
}

function unitsOf({ tasks, splits, seeds }: Plan, directory: string) {
  return splits.flatMap((split) =>
    tasks.flatMap((task) =>
      seeds.map((seed) => ({ task, split, seed, path: join(directory, `${task}-${split}-${seed}.jsonl`) })),
    ),
  )
}

/** @throws InputError when the file at `path` holds other settings; where there is none, it is written */
export async function checkSettings(path: string, settings: Record<string, unknown>): Promise<void> {
  const wanted = `${JSON.stringify(settings, null, 2)}\n`
  if (!existsSync(path)) {
    await writeFile(`${path}.tmp`, wanted, { flush: true })
    await rename(`${path}.tmp`, path)
    return
  }
  const found = readFileSync(path, 'utf8')
  if (found === wanted) return
  const changed = Object.keys(settings).filter((name) => {
    const there = parsed(found)?.[name]
    return JSON.stringify(there) !== JSON.stringify(settings[name])
  })
  throw new InputError(`holds results of other settings (${changed.join(', ')})`, {
    where: path,
    fix: 'Use another directory, or the settings it was begun with.',
  })
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}
