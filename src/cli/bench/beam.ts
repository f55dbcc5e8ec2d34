import { type Command, InvalidArgumentError } from 'commander'
import { type BeamSet, reportBeams } from '../../evaluate/beam-report.ts'
import { mostTokens, runBeams, type Width, widthName } from '../../evaluate/beam-run.ts'
import type { Interval } from '../../evaluate/bootstrap.ts'
import { namedReward } from '../../evaluate/lab/named-rewards.ts'
import { needTokens, samplesWithin } from '../../evaluate/lab/sample-pools.ts'
import { writeBeams } from '../../report/beam.ts'
import { taskLabel } from '../../report/task-label.ts'
import { list } from '../options.ts'
import { printResult } from '../output.ts'
import { table } from '../table.ts'
import { bySeed, change, withMargin } from './best-of-n-text.ts'
import { type BenchOptions, planOf, withBenchOptions } from './options.ts'
import { benchResult, checkSomeReward, makePools, seedsOfReward, titleOf, withBench } from './run.ts'

interface Options extends BenchOptions {
  widths: Width[]
  diverse?: boolean
}

/** Candidates of one depth, over all problems of a group: enough to keep the threads full. */
const groupCandidates = 1024

export default function define(command: Command): void {
  command
    .description(
      'Search with beams, guided by rewards, and compare with the best of N and the majority of whole samples at equal ' +
        'generated tokens: of each problem, as many samples as have at least the tokens of its beam search. Intervals ' +
        'are 95% bootstrap over problems. Writes rows, results.json and plots to --out; run again with the same options ' +
        'to go on after an interruption.',
    )
    .option(
      '--widths <pairs>',
      'N/beams: candidates of a depth, and how many of them go on',
      list(width),
      ['4/2', '8/2', '20/5', '64/8'].map(width),
    )
    .option('--diverse', 'independent subtrees (diverse verifier tree search)')
    .action((_, self: Command) => run(self.optsWithGlobals()))
  withBenchOptions(command, 'beam', { problems: 1002, seeds: 3, splits: ['test'] }, [
    ['assay bench beam', 'the reward that comes with assay, N = 4 to 64'],
    ['assay bench beam --problems 60 --widths 8/2', 'a first look, in minutes'],
    ['assay bench beam --reward crm,prm', 'two rewards, which are trained first'],
  ])
}

function width(text: string): Width {
  const [n, beams] = /^(\d+)\/(\d+)$/.exec(text)?.slice(1).map(Number) ?? []
  if (!(n >= 1 && beams >= 1 && n % beams === 0))
    throw new InvalidArgumentError('Must be N/beams, N a multiple of the beams: 8/2.')
  return { n, beams }
}

async function run(options: Options): Promise<void> {
  const { out, resamples, diverse = false } = options
  const plan = planOf(options)
  const widths = [...new Map(options.widths.map((width) => [widthName(width), width])).values()]
  const result = await withBench(options, async (bench) => {
    checkSomeReward(bench)
    const { directory, rewards, settings, policy, verifier, signal } = bench
    for (const reward of rewards)
      await reward.use(async ({ model }) => {
        for (const width of widths)
          await runBeams(seedsOfReward(plan, reward), {
            ...width,
            diverse,
            directory,
            generator: policy.generator,
            verifier,
            reward: { ...namedReward(reward.name, model), folder: reward.folder },
            candidates: groupCandidates,
            signal,
            report: bench.reporting(`${titleOf(reward)}, beams ${widthName(width)}`),
          })
      })
    const sets = { plan, directory, rewards, widths, diverse }
    const most = await mostTokens(sets)
    await makePools(bench, [plan], {
      need: needTokens(most),
      scored: (pool, seed) => samplesWithin(pool, most(pool.id, seed)),
    })
    const reports = await reportBeams(sets, { seed: 1, resamples })
    return benchResult('beam', plan, { diverse, settings, sets: reports })
  })
  const files = await writeBeams(out, result)
  printResult(result, options, ({ sets }) =>
    [...sets.map(describeSet), `Results: ${files.join(', ')}`].join('\n\n'),
  )
}

function describeSet({ task, split, problems, points }: BeamSet): string {
  const interval = (title: string, value: (point: BeamSet['points'][number]) => Interval) => ({
    title,
    align: 'right' as const,
    value: (point: BeamSet['points'][number]) => withMargin(value(point)),
  })
  return [
    `${taskLabel(task)}, ${split}: ${problems} problems; right, %`,
    table(points, [
      { title: 'N/beams', value: ({ n, beams }) => `${n}/${beams}` },
      { title: 'reward', value: ({ reward }) => reward },
      interval('beam', ({ beam }) => beam),
      interval('best of N', ({ best }) => best),
      interval('majority', ({ majority }) => majority),
      {
        title: 'beam minus best',
        align: 'right',
        value: ({ beamMinusBest }) => change(beamMinusBest),
      },
      {
        title: 'minus majority',
        align: 'right',
        value: ({ beamMinusMajority }) => change(beamMinusMajority),
      },
      { title: 'tokens', align: 'right', value: ({ tokens }) => tokens.toFixed(0) },
      { title: 'of samples', align: 'right', value: ({ bestTokens }) => bestTokens.toFixed(0) },
    ]),
    ...points.flatMap(({ n, beams, reward, minusFirst }) =>
      minusFirst === null ? [] : `${n}/${beams}: ${reward} minus ${points[0].reward}: ${bySeed(minusFirst)}`,
    ),
  ].join('\n')
}
