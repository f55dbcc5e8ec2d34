import { InputError } from '../reasoning/errors.ts'
import { assayRows } from './assay-rows.ts'
import { bestOfN } from './best-of-n.ts'
import { bigBenchMistake } from './big-bench-mistake.ts'
import type { Format } from './format.ts'
import { isObject, shapeOf } from './json-rows.ts'
import { mathShepherd } from './math-shepherd.ts'
import { mrBen } from './mr-ben.ts'
import { omegaPrm } from './omega-prm.ts'
import { prm800k } from './prm800k.ts'
import { prmBench } from './prmbench.ts'
import { processBench } from './processbench.ts'
import { trl } from './trl.ts'

/** Every layout of solutions that we read; no row matches two of them. */
export const formats: readonly Format[] = [
  assayRows,
  mathShepherd,
  prm800k,
  trl,
  processBench,
  prmBench,
  mrBen,
  bigBenchMistake,
  bestOfN,
  omegaPrm,
]

/** @throws InputError that lists the names there are */
export function formatNamed(name: string): Format {
  const format = formats.find((one) => one.name === name)
  if (format) return format
  throw new InputError(`no format '${name}'`, { fix: `One of ${formats.map((one) => one.name).join(', ')}.` })
}

/** The format that a row looks like; undefined for none. */
export function matching(row: unknown): Format | undefined {
  return isObject(row) ? formats.find((one) => one.matches(row)) : undefined
}

/**
 * The format of a file, told by the fields of one of its rows.
 * @throws InputError when they are those of no format
 */
export function formatOf(row: unknown): Format {
  const format = matching(row)
  if (format) return format
  throw new InputError(`the row is ${shapeOf(row)}: no format that we know`, {
    fix: `It should be one of ${formats.map((one) => one.name).join(', ')}.`,
  })
}
