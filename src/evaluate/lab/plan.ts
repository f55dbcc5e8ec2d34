import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { appendJsonLines, type JsonLinesWriter } from '../../data/append.ts'
import { inOrder } from '../../data/in-order.ts'
import { readJsonLines } from '../../data/jsonl.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { Split, TaskProblem } from '../../tasks/index.ts'
import { measuredProblems } from '../problems.ts'

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

/** What has a file of its own. */
export interface Unit {
  task: string
  split: Split
  seed: number
  path: string
}

/** Rows that a folder of a plan lacks, and how they are made. */
export interface Filling<Item> {
  /** One file a task, split and seed; it tells its rows from those that were made with other settings. */
  folder: string
  /** What a file still lacks, in pieces that are made together; three pieces are under way at once. */
  lacking: (unit: Unit, file: JsonLinesWriter) => Promise<Item[][]> | Item[][]
  /** A row for each item, which must depend on nothing else. */
  make: (items: Item[], unit: Unit) => Promise<object[]>
  signal?: AbortSignal
  /** Called as rows are saved: problems that are done, and how many there are; those of all seeds. */
  report: (done: number, total: number) => void
}

/** The problems of one task and split. */
export function planned({ tasks, problems }: Plan, task: string, split: Split): TaskProblem[] {
  const place = tasks.indexOf(task)
  const count = Math.floor(problems / tasks.length) + (place < problems % tasks.length ? 1 : 0)
  return measuredProblems(task, split, count)
}

/**
 * Makes what the files of a plan lack, `folder/<task>-<split>-<seed>.jsonl`: killed at any moment, it goes on where they stand, and
 * ends with the same ones.
 */
export async function fillFiles<Item>(
  plan: Plan,
  { folder, lacking, make, signal, report }: Filling<Item>,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const files: JsonLinesWriter[] = []
  const units = unitsOf(plan, folder)
  const count = ({ task, split }: Unit) => planned(plan, task, split).length
  const total = units.reduce((sum, unit) => sum + count(unit), 0)
  let done = 0
  async function* jobs() {
    for (const unit of units) {
      const file = await appendJsonLines(unit.path)
      files.push(file)
      const pieces = await lacking(unit, file)
      done += count(unit) - pieces.flat().length
      report(done, total)
      for (const piece of pieces) yield async () => ({ file, rows: await make(piece, unit) })
    }
  }
  try {
    for await (const { file, rows } of inOrder(jobs(), 3, signal)) {
      await file.append(rows)
      done += rows.length
      report(done, total)
    }
  } finally {
    for (const file of files) await file.close()
  }
}

export interface PlanRun<Row extends PlanRow>
  extends Pick<Filling<TaskProblem>, 'folder' | 'signal' | 'report'> {
  /** Problems measured at a time. */
  group: number
  make: (problems: TaskProblem[], seed: number) => Promise<Row[]>
}

/** Makes a row for each problem of a plan, but those that are there. */
export async function runPlan<Row extends PlanRow>(
  plan: Plan,
  { group, make, ...run }: PlanRun<Row>,
): Promise<void> {
  await fillFiles<TaskProblem>(plan, {
    ...run,
    lacking({ task, split }, { ids }) {
      return inPieces(
        planned(plan, task, split).filter(({ id }) => !ids.has(id)),
        group,
      )
    },
    make: (problems, { seed }) => make(problems, seed),
  })
}

export function inPieces<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}

/**
 * The rows of one task and split, all seeds one after the other, that {@link runPlan} made.
 * @throws InputError when one is missing, or its problem has changed
 */
export async function readPlan<Row extends PlanRow>(
  plan: Plan,
  { folder, schema }: { folder: string; schema: z.ZodType<Row> },
  task: string,
  split: Split,
): Promise<Row[]> {
  const problems = planned(plan, task, split)
  const found: Row[] = []
  for (const unit of unitsOf({ ...plan, tasks: [task], splits: [split] }, folder)) {
    const rows = new Map<string, Row>()
    for await (const { row } of readJsonLines(unit.path, schema)) rows.set(row.id, row)
    for (const { id, problem } of problems) {
      const row = rows.get(id)
      if (row?.problem !== problem)
        throw new InputError(row ? 'the problem of this id has another text' : 'this problem is missing', {
          where: `${unit.path}: ${id}`,
          fix: row && 'Another version of the tasks made this file; remove it, or use another --lab.',
        })
      found.push(row)
    }
  }
  return found
}

function unitsOf({ tasks, splits, seeds }: Plan, folder: string): Unit[] {
  return splits.flatMap((split) =>
    tasks.flatMap((task) =>
      seeds.map((seed) => ({ task, split, seed, path: join(folder, `${task}-${split}-${seed}.jsonl`) })),
    ),
  )
}
