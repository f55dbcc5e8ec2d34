import { accuracy, type Benchmark, hasError, hasNoError, isHit } from './benchmark.ts'

/**
 * ProcessBench (Zheng et al. 2024, arXiv 2412.06559, section 4.1): how often the first error is found in solutions with one,
 * how often none is found in solutions without, and the harmonic mean of the two. The answer plays no part.
 */
export const processBench: Benchmark = {
  name: 'ProcessBench',
  format: 'processbench',
  rules: () => [
    accuracy('accuracy with an error', isHit, hasError),
    accuracy('accuracy without an error', isHit, hasNoError),
    {
      name: 'F1',
      counts: (prediction) => {
        const hit = Number(isHit(prediction))
        return hasError(prediction) ? [hit, 1, 0, 0] : [0, 0, hit, 1]
      },
      statistic: ([hits, withError, passes, without]) =>
        withError === 0 || without === 0 ? null : harmonicMean(hits / withError, passes / without),
    },
  ],
}

function harmonicMean(a: number, b: number): number {
  return a + b === 0 ? 0 : (2 * a * b) / (a + b)
}
