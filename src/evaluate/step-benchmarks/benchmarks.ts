import { readSolutions } from '../../data/solutions.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { Benchmark, BenchmarkRow } from './benchmark.ts'
import { bigBenchMistake } from './big-bench-mistake.ts'
import { mrBen } from './mr-ben.ts'
import { prmBench } from './prmbench.ts'
import { processBench } from './processbench.ts'

export const benchmarks: readonly Benchmark[] = [processBench, bigBenchMistake, mrBen, prmBench]

interface BenchmarkRowsOptions {
  /** At most so many rows of the file. */
  limit?: number
  /** Called with each bad row, which is then left out. */
  onError: (error: InputError) => void
  signal?: AbortSignal
}

/**
 * A benchmark's rows, from a file as it is published or from our own rows.
 * @throws InputError when the file is of another format, or holds no row at all
 */
export async function* benchmarkRows(
  { name, format, check }: Benchmark,
  file: string,
  options: BenchmarkRowsOptions,
): AsyncGenerator<BenchmarkRow> {
  let bad = 0
  let good = 0
  const onError = (error: InputError) => {
    bad++
    options.onError(error)
  }
  for await (const solution of readSolutions(file, { ...options, expected: format, onError })) {
    if (solution.format !== format && solution.format !== 'assay')
      throw new InputError(`is a file of ${solution.format}, not of ${name}`, {
        where: file,
        fix: 'See `assay evaluate --help` for the benchmarks there are.',
      })
    const { row, where } = solution
    try {
      if (!hasFirstError(row)) throw new InputError('"first_error" is missing')
      check?.(row)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      onError(new InputError(error.message, { where }))
      continue
    }
    good++
    yield row
  }
  if (good + bad === 0) throw new InputError('has no rows', { where: file })
}

function hasFirstError(row: { first_error?: number | null }): row is BenchmarkRow {
  return row.first_error !== undefined
}
