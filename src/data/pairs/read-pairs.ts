import { basename } from 'node:path'
import { InputError } from '../../reasoning/errors.ts'
import { atPlace } from '../at-place.ts'
import { readJsonRows } from '../json-rows.ts'
import type { ReadOptions } from '../jsonl.ts'
import { pairFormatNamed, pairFormatOf } from './formats.ts'
import type { Pair } from './pair.ts'

export interface ReadPairsOptions extends ReadOptions {
  /** A format's name; left out or 'auto', the first row tells. */
  from?: string
  /** Stop after this many rows of the file, bad ones counted. */
  limit?: number
}

export interface ReadPair {
  /** `file:line` or `file, row 3` that it comes from. */
  where: string
  pair: Pair
  /** The file's format. */
  format: string
}

/**
 * The pairs in a file of any of our formats. Rows of a format without ids are named by the file and their place in it; an id that
 * stands twice is a bad row.
 *
 * @throws InputError naming file, line and field
 */
export async function* readPairs(
  path: string,
  { from = 'auto', limit = Number.POSITIVE_INFINITY, onError, signal }: ReadPairsOptions = {},
): AsyncGenerator<ReadPair> {
  let format = from === 'auto' ? undefined : pairFormatNamed(from)
  const stem = path === '-' ? undefined : basename(path).replace(/(\.jsonl?)?(\.gz)?$/, '')
  const ids = new Set<string>()
  for await (const { index, where, value } of readJsonRows(path, { onError, signal })) {
    if (index >= limit) return
    let pairs: Pair[]
    try {
      // a file of no known format has no good row: not for onError
      format ??= atPlace(where, () => pairFormatOf(value))
      const { name, read } = format
      pairs = atPlace(where, () => newOnes(read(value, { id: `${stem ?? name}-${index}` }), ids))
    } catch (error) {
      if (!onError || !format || !(error instanceof InputError)) throw error
      onError(error)
      continue
    }
    for (const pair of pairs) yield { where, pair, format: format.name }
  }
}

/** @throws InputError when one has an id that was there before */
function newOnes(pairs: Pair[], ids: Set<string>): Pair[] {
  const before = pairs.find(({ id }) => ids.has(id))
  if (before) throw new InputError(`the id ${JSON.stringify(before.id)} was there before`)
  for (const { id } of pairs) ids.add(id)
  return pairs
}
