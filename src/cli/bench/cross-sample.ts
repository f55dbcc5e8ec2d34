import type { Command } from 'commander'
import type { Difference, Interval } from '../../evaluate/bootstrap.ts'
import { type CrossSample, type CrossSampleSet, reportCrossSample } from '../../evaluate/cross-sample.ts'
import { poolReader, togetherBySeed } from '../../evaluate/lab/compared.ts'
import { percent } from '../../report/percent.ts'
import { writeCrossSample } from '../../report/reliability.ts'
import { taskLabel } from '../../report/task-label.ts'
import { integer } from '../options.ts'
import { printResult } from '../output.ts'
import { table } from '../table.ts'
import { type BenchOptions, checkUnfitted, planOf, withBenchOptions } from './options.ts'
import { benchResult, checkSomeReward, firstOf, makePools, withBench } from './run.ts'

interface Options extends BenchOptions {
  samples: number
}

export default function define(command: Command): void {
  command
    .description(
      'Pool samples of all problems and ask of rewards: does a higher score mean a likelier answer, whichever the problem ' +
        '(AUPRC), and is the chance that they state the share that is right (ECE, Brier, reliability plots)? Also after ' +
        'recalibration on the validation split: by a temperature, and by scale and shift, of each seed by itself. Intervals are 95% bootstrap over ' +
        'problems. Run again with the same options to go on after an interruption.',
    )
    .option('-n, --samples <count>', 'samples of each problem', integer({ min: 1 }), 8)
    .action((_, self: Command) => run(self.optsWithGlobals()))
  withBenchOptions(command, 'cross-sample', { problems: 1002, seeds: 3 }, [
    ['assay bench cross-sample', 'the reward that comes with assay'],
    ['assay bench cross-sample --reward runs/crm,runs/prm,runs/orm', 'three rewards'],
  ])
}

const eceNote = 'Intervals of an ECE lie high: a resample adds its own noise to what cannot be below 0.'

async function run(options: Options): Promise<void> {
  const { samples, out, resamples } = options
  const plan = planOf(options)
  checkUnfitted(options, 'calibrations are')
  const fit = { ...plan, splits: ['validation' as const] }
  const result = await withBench(options, async (bench) => {
    checkSomeReward(bench)
    const { directory, rewards, settings } = bench
    await makePools(bench, [fit, plan], firstOf(samples))
    const readFit = poolReader(fit, directory, rewards, samples)
    const held = togetherBySeed(await Promise.all(fit.tasks.map((task) => readFit(task, 'validation'))))
    const read = poolReader(plan, directory, rewards, samples)
    const sets = await reportCrossSample(plan, read, held, { seed: 1, resamples })
    return benchResult('cross-sample', plan, { settings: { samples, ...settings }, sets })
  })
  const files = await writeCrossSample(out, result)
  printResult(result, options, ({ sets }) =>
    [...sets.map(describeSet), eceNote, `Results: ${files.join(', ')}`].join('\n\n'),
  )
}

function describeSet({ task, split, problems, rewards }: CrossSampleSet): string {
  const [first, ...others] = rewards
  const within = (interval: Interval | null | undefined) =>
    interval == null
      ? '-'
      : `${interval.mean.toFixed(3)} [${interval.low.toFixed(3)}, ${interval.high.toFixed(3)}]`
  const bySeed = (difference: Difference | null | undefined) => {
    const { seeds = [] } = difference ?? {}
    return (
      within(difference) + (seeds.length > 1 ? ` (${seeds.map((each) => each.toFixed(3)).join(', ')})` : '')
    )
  }
  const column = (title: string, value: (reward: CrossSample) => Interval | null) => ({
    title,
    align: 'right' as const,
    value: (reward: CrossSample) => within(value(reward)),
  })
  return [
    `${taskLabel(task)}, ${split}: ${problems} problems, ${percent(rewards[0].right)} of samples right`,
    table(rewards, [
      { title: '', value: ({ reward }) => reward },
      column('AUPRC', ({ auprc }) => auprc),
      column('ECE', ({ raw }) => raw.ece),
      column('Brier', ({ raw }) => raw.brier),
      column('ECE, temperature', ({ temperature }) => temperature.ece),
      column('ECE, Platt', ({ platt }) => platt.ece),
    ]),
    ...others.map(
      ({ reward, minusFirst }) =>
        `${reward} minus ${first.reward}: AUPRC ${bySeed(minusFirst?.auprc)}, ECE ${bySeed(minusFirst?.ece)}, ` +
        `Brier ${bySeed(minusFirst?.brier)}; ECE after temperature ${bySeed(minusFirst?.eceTemperature)}`,
    ),
  ].join('\n')
}
