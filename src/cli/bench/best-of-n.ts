import type { Command } from 'commander'
import { type BestOfNReportOptions, reportBestOfN } from '../../evaluate/best-of-n-report.ts'
import { poolReader } from '../../evaluate/lab/compared.ts'
import { writeBestOfN } from '../../report/best-of-n.ts'
import { sampleCounts, unique } from '../options.ts'
import { printResult } from '../output.ts'
import { describeSet } from './best-of-n-text.ts'
import { type BenchOptions, planOf, withBenchOptions } from './options.ts'
import { type Bench, benchResult, firstOf, makePools, withBench } from './run.ts'

export interface BestOfNBenchOptions extends BenchOptions {
  counts: number[]
}

export default function define(command: Command): void {
  command
    .description(
      'Sample solutions of held-out problems, let rewards choose among them, and compare the accuracy of the choice with ' +
        'one sample (pass@1), the most frequent answer (majority), votes weighted by the reward, and the oracle ' +
        '(pass@N). Every measurement is repeated with other sampling seeds and averaged; intervals are 95% bootstrap over ' +
        'problems. Writes results.json and plots to --out; run again with the same options to go on after an ' +
        'interruption. The default is 1.5 million samples: hours.',
    )
    .option(
      '--counts <numbers>',
      'the N; the largest is how many samples a problem gets',
      sampleCounts,
      [1, 2, 4, 8, 16, 32, 64, 128, 256],
    )
    .action((_, self: Command) => {
      const options = self.optsWithGlobals<BestOfNBenchOptions>()
      return withBench(options, (bench) => measureBestOfN('best-of-n', options, bench))
    })
  withBenchOptions(command, 'best-of-n', { problems: 1002, seeds: 3 }, [
    ['assay bench best-of-n', 'the full measurement of the models that come with assay'],
    ['assay bench best-of-n --problems 90 --counts 1,4,16 --seeds 1', 'a first look, in minutes'],
    [
      'assay bench best-of-n --task arithmetic --reward runs/a,runs/b --out runs/compare',
      'two rewards, one task',
    ],
  ])
}

/** Samples, scores, reports and prints, with the rewards of a bench. */
export async function measureBestOfN(
  name: string,
  options: BestOfNBenchOptions,
  bench: Bench,
  more?: Pick<BestOfNReportOptions, 'against' | 'together'>,
): Promise<void> {
  const { out, resamples } = options
  const counts = unique(options.counts).sort((a, b) => a - b)
  const n = counts[counts.length - 1]
  const plan = planOf(options)
  const { directory, rewards } = bench
  await makePools(bench, [plan], firstOf(n))
  const read = poolReader(plan, directory, rewards, n)
  const sets = await reportBestOfN(plan, read, { counts, ...more, seed: 1, resamples })
  const settings = { samples: n, ...bench.settings }
  const result = benchResult(name, plan, { settings, sets })
  const files = await writeBestOfN(out, result)
  printResult(result, options, () => [...sets.map(describeSet), `Results: ${files.join(', ')}`].join('\n\n'))
}
