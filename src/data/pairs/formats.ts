import { InputError } from '../../reasoning/errors.ts'
import { isObject, shapeOf } from '../json-rows.ts'
import { judgeBench } from './judgebench.ts'
import { llmBar } from './llmbar.ts'
import { ourPairs } from './our-pairs.ts'
import type { PairFormat } from './pair-format.ts'
import { pandaLm } from './pandalm.ts'
import { preferences } from './preferences.ts'
import { rewardBench } from './rewardbench.ts'
import { rewardBench2 } from './rewardbench-2.ts'
import { rmBench } from './rm-bench.ts'

/** Every layout of pairs that we read; no row matches two of them. */
export const pairFormats: readonly PairFormat[] = [
  ourPairs,
  judgeBench,
  llmBar,
  pandaLm,
  rewardBench,
  rewardBench2,
  rmBench,
  preferences,
]

/** @throws InputError that lists the names there are */
export function pairFormatNamed(name: string): PairFormat {
  const format = pairFormats.find((one) => one.name === name)
  if (format) return format
  throw new InputError(`no format of pairs '${name}'`, { fix: `One of ${names()}.` })
}

/**
 * The format of a file, told by the fields of one of its rows.
 * @throws InputError when they are those of no format
 */
export function pairFormatOf(row: unknown): PairFormat {
  const format = isObject(row) ? pairFormats.find((one) => one.matches(row)) : undefined
  if (format) return format
  throw new InputError(`the row is ${shapeOf(row)}: no format of pairs that we know`, {
    fix: `It should be one of ${names()}.`,
  })
}

const names = () => pairFormats.map((one) => one.name).join(', ')
