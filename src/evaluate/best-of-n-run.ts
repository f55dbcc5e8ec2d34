import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appendJsonLines, type JsonLinesWriter } from '../data/append.ts'
import { inOrder } from '../data/in-order.ts'
import { readJsonLines } from '../data/jsonl.ts'
import { chunksOf } from '../data/samples.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Split, TaskProblem } from '../tasks/index.ts'
import { makePools, type PoolMaker, type PoolRow, poolRow } from './pools.ts'
import { problemsOf } from './problems.ts'

/** What is measured: these problems of every task and split, once for every seed. */
export interface BestOfNPlan {
  tasks: readonly string[]
  splits: readonly Split[]
  /** Problems of a split, shared out over the tasks. */
  problems: number
  seeds: readonly number[]
}

export interface BestOfNRun extends PoolMaker {
  directory: string
  /** Whatever the pools depend on beside the plan: going on in a directory with other settings is refused. */
  settings: Record<string, unknown>
  /** Samples asked of the generator at a time; three such chunks are under way at once. */
  chunk: number
  signal?: AbortSignal
  /** Called first: samples that earlier runs left, and how many there will be. */
  onStart?: (done: number, total: number) => void
  /** Called with the samples of the pools just saved. */
  onPools?: (samples: number) => void
}

/** The problems of one task and split. */
export function planned({ tasks, problems }: BestOfNPlan, task: string, split: Split): TaskProblem[] {
  const place = tasks.indexOf(task)
  const count = Math.floor(problems / tasks.length) + (place < problems % tasks.length ? 1 : 0)
  return problemsOf([task], split, { count })
}

/**
 * Makes the pools of a plan, in `directory/pools/<task>-<split>-<seed>.jsonl`, where those of an earlier run are kept:
 * killed at any moment, it goes on where the files stand. While one chunk is scored the next is sampled. Chunks are
 * always of the same problems, whichever of them are there already, so an interrupted run ends like any other.
 *
 * @throws InputError when the directory holds pools of other settings
 */
export async function runBestOfN(plan: BestOfNPlan, run: BestOfNRun): Promise<void> {
  const { directory, n, signal } = run
  await mkdir(join(directory, 'pools'), { recursive: true })
  await checkSettings(join(directory, 'settings.json'), { samples: n, ...run.settings })
  const units: Unit[] = []
  try {
    for (const { task, split, seed, path } of unitsOf(plan, directory))
      units.push({ seed, problems: planned(plan, task, split), file: await appendJsonLines(path) })
    const count = (wanted: (id: string, file: JsonLinesWriter) => boolean) =>
      n *
      units.reduce((sum, { problems, file }) => sum + problems.filter(({ id }) => wanted(id, file)).length, 0)
    run.onStart?.(
      count((id, file) => file.ids.has(id)),
      count(() => true),
    )
    for await (const { file, rows } of inOrder(jobsOf(units, run), 3, signal)) {
      await file.append(rows)
      run.onPools?.(rows.length * n)
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

async function* jobsOf(units: readonly Unit[], run: BestOfNRun) {
  for (const { seed, problems, file } of units) {
    for await (const group of chunksOf(problems, Math.max(1, Math.round(run.chunk / run.n)))) {
      if (group.every(({ id }) => file.ids.has(id))) continue
      yield async () => {
        const rows = await makePools(group, seed, run)
        return { file, rows: rows.filter(({ id }) => !file.ids.has(id)) }
      }
    }
  }
}

/**
 * The pools of one task and split, all seeds, that {@link runBestOfN} made.
 * @throws InputError when one is missing, or its problem has changed
 */
export async function readPools(
  plan: BestOfNPlan,
  directory: string,
  task: string,
  split: Split,
): Promise<PoolRow[]> {
  const problems = planned(plan, task, split)
  const pools: PoolRow[] = []
  for (const unit of unitsOf({ ...plan, tasks: [task], splits: [split] }, directory)) {
    const rows = new Map<string, PoolRow>()
    for await (const { row } of readJsonLines(unit.path, poolRow)) rows.set(row.id, row)
    for (const { id, problem } of problems) {
      const pool = rows.get(id)
      if (pool?.problem !== problem)
        throw new InputError(pool ? 'the problem of this id has another text' : 'this problem is missing', {
          where: `${unit.path}: ${id}`,
          fix: pool && 'Another version of the tasks made this file; start in a new directory.',
        })
      pools.push(pool)
    }
  }
  return pools
}

function unitsOf({ tasks, splits, seeds }: BestOfNPlan, directory: string) {
  return splits.flatMap((split) =>
    tasks.flatMap((task) =>
      seeds.map((seed) => ({
        task,
        split,
        seed,
        path: join(directory, 'pools', `${task}-${split}-${seed}.jsonl`),
      })),
    ),
  )
}

async function checkSettings(path: string, settings: Record<string, unknown>): Promise<void> {
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
