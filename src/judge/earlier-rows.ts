import { z } from 'zod'
import { digestOf } from '../data/digest.ts'
import { type Line, readJsonLines } from '../data/jsonl.ts'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'

/** A short name for settings: rows that carry different ones were not made alike. Fields that are undefined do not count. */
export function settingsName(settings: object): string {
  return seedOf('settings', JSON.stringify(settings)).toString(16).padStart(8, '0')
}

/**
 * The rows that an earlier run left in its output. Rows made with other settings have the same ids: going on with their file would
 * silently mix them.
 *
 * @throws InputError at a row that is none of ours, or of other settings
 */
export async function* earlierRows<Schema extends z.ZodType<{ settings: string }>>(
  path: string,
  schema: Schema,
  settings: string,
): AsyncGenerator<z.output<Schema>> {
  for await (const { row, where } of readJsonLines(path, schema)) {
    if (row.settings !== settings)
      throw new InputError('was made with other settings (model, template, votes, seed, …)', {
        where,
        fix: 'Name another file with --out, or the settings that it was made with.',
      })
    yield row
  }
}

/** What of a row a judgment is made of; for schemas of earlier rows. */
export const source = {
  query: z.unknown().optional(),
  responses: z.unknown().optional(),
  label: z.unknown().optional(),
}

interface Source {
  query?: unknown
  responses?: unknown
  label?: unknown
}

/** Stands for what a row was made of. */
export function madeOf({ query, responses, label }: Source): string {
  return digestOf([query, responses, label])
}

export interface NewRowsOptions {
  /** Rows that are not wanted any more: what they were made of, by id. */
  there: ReadonlyMap<string, string>
  /** Called with each bad row and each second row of an id, which are then left out. Ends the reading by throwing. */
  onError: (error: InputError) => void
  signal?: AbortSignal
}

/**
 * The rows of a file that are not there yet. Rows are known by their ids, so each must have its own.
 * @throws InputError at a row that is there, made of another text: to leave it out would pass that for a result of this one
 */
export async function* newRows<Schema extends z.ZodType<{ id: string } & Source>>(
  file: string,
  schema: Schema,
  { there, onError, signal }: NewRowsOptions,
): AsyncGenerator<Line<z.output<Schema>>> {
  const ids = new Set<string>()
  for await (const line of readJsonLines(file, schema, { onError, signal })) {
    const { id } = line.row
    if (ids.has(id))
      onError(
        new InputError(`the id ${JSON.stringify(id)} was there before`, {
          where: line.where,
          fix: 'Give each row its own: rows are known by their ids.',
        }),
      )
    else {
      const earlier = there.get(id)
      if (earlier === undefined) yield line
      else if (earlier !== madeOf(line.row))
        throw new InputError(`${JSON.stringify(id)} is there, of another query, responses or label`, {
          where: line.where,
          fix: 'Name another file with --out, or give the row an id of its own.',
        })
    }
    ids.add(id)
  }
}
