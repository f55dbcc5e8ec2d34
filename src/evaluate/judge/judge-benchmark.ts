import type { Pair } from '../../data/pairs/pair.ts'
import { type ReadPair, readPairs } from '../../data/pairs/read-pairs.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { MeasureOptions } from '../rules.ts'
import type { JudgeMetric } from './judge-metrics.ts'
import type { PairVerdicts } from './judge-run.ts'

/** A benchmark of judges. */
export interface JudgeBenchmark {
  /** As people write it. */
  name: string
  /** As a command. */
  id: string
  /**
   * Its pairs, from a file as it is published or from our own pairs, with the judgments published with them.
   * @throws InputError when the file is of another format, or holds no row at all
   */
  read(file: string, options: ReadJudgedOptions): AsyncGenerator<Pair>
  measure(rows: readonly PairVerdicts[], options?: MeasureOptions): JudgeMetric[]
}

export interface ReadJudgedOptions {
  /** At most so many rows of the file. */
  limit?: number
  /** A file of verdicts published apart from the pairs: PandaLM's. */
  verdicts?: string
  /** Called with each bad row, which is then left out. */
  onError: (error: InputError) => void
  signal?: AbortSignal
}

/** A benchmark's `read`, for files of its formats and our own pairs. */
export function pairsOf(
  name: string,
  formats: readonly string[],
  check: (pair: Pair) => void = () => {},
): JudgeBenchmark['read'] {
  return async function* read(file, { verdicts, onError, ...options }) {
    if (verdicts !== undefined)
      throw new InputError(`${name} has its judgments in the file of its pairs`, {
        where: verdicts,
        fix: 'Leave it out.',
      })
    yield* checkedPairs(name, [...formats, 'pairs'], file, { ...options, onError }, check)
  }
}

/** @throws InputError when the file is of another format, or holds no row at all */
export async function* checkedPairs(
  name: string,
  formats: readonly string[],
  file: string,
  { limit, onError, signal }: ReadJudgedOptions,
  check: (pair: Pair) => void,
): AsyncGenerator<Pair> {
  let rows = 0
  const report = (error: InputError) => {
    rows++
    onError(error)
  }
  for await (const read of readPairs(file, { limit, onError: report, signal })) {
    if (!formats.includes(read.format))
      throw new InputError(`is a file of ${read.format}, not of ${name}`, {
        where: file,
        fix: 'See `assay evaluate --help` for the benchmarks there are.',
      })
    const fault = faultOf(read, check)
    if (fault) report(fault)
    else {
      rows++
      yield read.pair
    }
  }
  if (rows === 0) throw new InputError('has no rows', { where: file })
}

function faultOf({ pair, where }: ReadPair, check: (pair: Pair) => void): InputError | null {
  try {
    check(pair)
    return null
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return new InputError(error.message, { where, cause: error })
  }
}
