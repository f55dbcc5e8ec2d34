import { join } from 'node:path'
import type { Command } from 'commander'
import { writeFiles } from '../../data/write-files.ts'
import { type CalibrationFile, type KeptPromise, keptPromises, outcomeOf } from '../../evaluate/confidence.ts'
import { poolReader } from '../../evaluate/lab/compared.ts'
import { oneOfEachKind } from '../../evaluate/problems.ts'
import { random } from '../../reasoning/random.ts'
import { percent } from '../../report/percent.ts'
import { roundedProbability } from '../../reward/scores.ts'
import type { Outcome } from '../../search/confidence.ts'
import { integer, list, number } from '../options.ts'
import { printResult } from '../output.ts'
import { table } from '../table.ts'
import { type BenchOptions, checkOneReward, checkUnfitted, planOf, withBenchOptions } from './options.ts'
import { benchResult, checkSomeReward, firstOf, makePools, withBench } from './run.ts'

interface Options extends BenchOptions {
  n: number
  errors: number[]
}

export default function define(command: Command): void {
  command
    .description(
      'Fit how sure the reward must be of its choice for a promised error rate, on validation problems, and measure what ' +
        'comes of the promise: on other validation problems, where it is meant to hold, on those of the test split, which are as hard, ' +
        'and on the harder split, where nothing is promised. Writes calibration.json, which `assay solve ' +
        '--min-confidence` reads, to --out; run again with the same options to go on after an interruption.',
    )
    .option('-n, --n <count>', 'solutions to choose from', integer({ min: 1, max: 100_000 }), 16)
    .option(
      '--errors <shares>',
      'error rates to promise',
      list(number({ min: 0.001, max: 0.999 })),
      [0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02],
    )
    .action((_, self: Command) => run(self.optsWithGlobals()))
  withBenchOptions(command, 'confidence', { problems: 1500 }, [
    ['assay bench confidence', 'the promises of the models that come with assay'],
    ['assay bench confidence --n 64 --out runs/sure', 'for the best of 64'],
    [
      'assay solve "..." --min-confidence 0.9 --n 64 --calibration runs/sure/calibration.json',
      'use what was fitted',
    ],
  ])
}

async function run(options: Options): Promise<void> {
  checkOneReward(options)
  // half of them, and the other half is measured anyway
  checkUnfitted(options, 'thresholds are')
  const { n, temperature, topP, out, resamples } = options
  const plan = planOf(options)
  const { settings, reward, sets } = await withBench(options, async (bench) => {
    checkSomeReward(bench)
    const { directory, settings } = bench
    const [reward] = bench.rewards
    const problems = { ...plan, splits: ['validation' as const], problems: 2 * plan.problems }
    await makePools({ ...bench, rewards: [reward] }, [problems, plan], firstOf(n))
    const sets: Record<string, Outcome[]> = {}
    for (const each of [problems, plan]) {
      const read = poolReader(each, directory, [reward], n)
      for (const split of each.splits)
        for (const task of each.tasks) {
          // the promise counts on each being a draw of its own
          const pools = oneOfEachKind((await read(task, split)).flat())
          // half of the validation problems are to fit on, by lot: levels come in turn
          const drawn = split === 'validation' ? random('confidence fit', task).shuffle(pools) : []
          const fitted = new Set(drawn.slice(0, Math.ceil(pools.length / 2)))
          for (const pool of pools) {
            const set = fitted.has(pool) ? 'fit' : split
            sets[set] = [...(sets[set] ?? []), outcomeOf(pool, reward.names[0], n)]
          }
        }
    }
    return { settings, reward, sets }
  })
  const { fit, ...measured } = sets
  const promises = keptPromises(fit, measured, options.errors, { seed: 1, resamples })
  const calibration: CalibrationFile = {
    format: 1,
    n,
    temperature,
    topP,
    maxTokens: settings.maxTokens,
    policy: settings.policy,
    reward: reward.identity,
    problems: `${fit.length} of the validation split: ${plan.tasks.join(', ')}`,
    outcomes: fit.map(({ confidence, correct }) => [roundedProbability(confidence), correct ? 1 : 0]),
  }
  const result = benchResult('confidence', plan, { n, settings, promises })
  const files = await writeFiles([
    { path: join(out, 'calibration.json'), text: `${JSON.stringify(calibration)}\n` },
    { path: join(out, 'results.json'), text: `${JSON.stringify(result, null, 2)}\n` },
  ])
  printResult(result, options, () => `${describe(promises, n)}\n\nResults: ${files.join(', ')}`)
}

function describe(promises: readonly KeptPromise[], n: number): string {
  const names = Object.keys(promises[0].measured)
  const columns = names.flatMap((name) => [
    {
      title: `${name}: answered`,
      align: 'right' as const,
      value: ({ measured }: KeptPromise) => percent(measured[name].answered.mean, 1),
    },
    {
      title: 'wrong',
      align: 'right' as const,
      value: ({ measured }: KeptPromise) => {
        const { wrong } = measured[name]
        return wrong === null
          ? '-'
          : `${percent(wrong.mean, 1)} [${percent(wrong.low, 1)}, ${percent(wrong.high, 1)}]`
      },
    },
  ])
  const problems = names.map((name) => `${promises[0].measured[name].problems} ${name}`).join(', ')
  return (
    `Best of ${n}: of the answers given, at most the promised share is wrong. Measured on ${problems} problems:\n` +
    table(promises, [
      { title: 'promised', align: 'right', value: ({ error }) => percent(error, 1) },
      {
        title: 'P(correct) from',
        align: 'right',
        value: ({ threshold }) => (threshold === null ? 'no promise' : threshold.threshold.toPrecision(4)),
      },
      ...columns,
    ])
  )
}
