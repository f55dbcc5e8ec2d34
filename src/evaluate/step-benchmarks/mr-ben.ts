import { accuracy, type Benchmark, hasError, hasNoError, isHit } from './benchmark.ts'

/**
 * MR-Ben and MR-GSM8K (Zeng et al. 2024, arXiv 2406.13975; 2312.17080): the parts of their MR-Score that need no words. A
 * solution is called right when no step is its predicted first error; Matthews' correlation of that with the truth,
 * and the share of wrong solutions whose first error is told exactly. The third part judges stated reasons, which a scorer
 * has none of.
 */
export const mrBen: Benchmark = {
  name: 'MR-Ben',
  format: 'mr-ben',
  rules: () => [
    {
      name: 'MCC of right and wrong',
      counts: ({ row, opinion }) => {
        const right = row.first_error === null
        const agrees = opinion !== null && right === (opinion.first_error === null)
        return right ? [Number(agrees), 0, 0, Number(!agrees)] : [0, Number(agrees), Number(!agrees), 0]
      },
      statistic: ([tp, tn, fp, fn]) => matthews(tp, tn, fp, fn),
      range: [-1, 1],
    },
    accuracy('first error of wrong ones', isHit, hasError),
    accuracy('right ones called right', isHit, hasNoError),
  ],
}

/** Matthews correlation coefficient in [-1, 1]; null where one class is missing, 0 where all predictions are the same. */
export function matthews(tp: number, tn: number, fp: number, fn: number): number | null {
  if (tp + fn === 0 || tn + fp === 0) return null
  const scale = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
  return scale === 0 ? 0 : (tp * tn - fp * fn) / scale
}
