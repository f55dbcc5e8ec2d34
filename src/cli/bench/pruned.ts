import { join } from 'node:path'
import type { Command } from 'commander'
import { writeFiles } from '../../data/write-files.ts'
import { type PrunedSet, prunedFolder, reportPruned, runPruned } from '../../evaluate/pruned-run.ts'
import { InputError } from '../../reasoning/errors.ts'
import { percent } from '../../report/percent.ts'
import { taskLabel } from '../../report/task-label.ts'
import { integer, sampleCounts, unique } from '../options.ts'
import { printResult } from '../output.ts'
import { table } from '../table.ts'
import { withMargin } from './best-of-n-text.ts'
import { type BenchOptions, checkOneReward, planOf, withBenchOptions } from './options.ts'
import { benchResult, checkSomeReward, seedsOfReward, withBench } from './run.ts'

interface Options extends BenchOptions {
  counts: number[]
  width: number
}

/** Candidates that advance together, over all problems of a group. */
const groupCandidates = 512

export default function define(command: Command): void {
  command
    .description(
      'Best of N with exact pruning: a candidate stops as soon as its survival S(t) is no higher than the best finished ' +
        'S(T), which leaves the winner as it is. Measures what share of the tokens and of the scoring of full best of N ' +
        'it takes, and checks that the winners are the same. Run again with the same options to go on after an interruption.',
    )
    .option('--counts <numbers>', 'the N', sampleCounts, [16, 64, 256])
    .option('--width <count>', 'candidates of a problem that advance at once', integer({ min: 1 }), 4)
    .action((_, self: Command) => run(self.optsWithGlobals()))
  withBenchOptions(command, 'pruned', { problems: 300 }, [
    ['assay bench pruned', 'the models that come with assay'],
    ['assay bench pruned --problems 30 --counts 16 --width 1', 'a first look: fewest tokens'],
  ])
}

async function run(options: Options): Promise<void> {
  checkOneReward(options)
  const { out, resamples, width } = options
  const plan = planOf(options)
  const counts = unique(options.counts).sort((a, b) => a - b)
  const group = Math.max(8, Math.ceil(groupCandidates / counts[counts.length - 1]))
  const result = await withBench(options, async (bench) => {
    checkSomeReward(bench)
    const { directory, settings, policy, verifier, signal } = bench
    const [reward] = bench.rewards
    if (!reward.kind.hazard)
      throw new InputError(`${reward.name} has no survival, so nothing bounds what a prefix can come to`, {
        where: reward.where,
        fix: 'Prune by a crm or masked-prm.',
      })
    const folder = await prunedFolder(directory, { counts, width, reward: reward.folder })
    await reward.use(({ model: { session } }) =>
      runPruned(seedsOfReward(plan, reward), {
        folder,
        generator: policy.generator,
        scorer: session,
        verifier,
        counts,
        width,
        group,
        signal,
        report: bench.reporting('best of N, whole and pruned'),
      }),
    )
    const sets = await reportPruned(plan, folder, counts, { seed: 1, resamples })
    return benchResult('pruned', plan, { width, settings, sets })
  })
  const text = `${JSON.stringify(result, null, 2)}\n`
  const files = await writeFiles([{ path: join(out, 'results.json'), text }])
  printResult(result, options, ({ sets }) =>
    [...sets.map(describeSet), `Results: ${files.join(', ')}`].join('\n\n'),
  )
}

function describeSet({ task, split, problems, points }: PrunedSet): string {
  return [
    `${taskLabel(task)}, ${split}: ${problems} problems`,
    table(points, [
      { title: 'N', value: ({ n }) => n },
      { title: 'tokens, % of full', align: 'right', value: ({ tokens }) => withMargin(tokens) },
      { title: 'scored steps, % of full', align: 'right', value: ({ scored }) => withMargin(scored) },
      { title: 'right, %', align: 'right', value: ({ pruned }) => withMargin(pruned) },
      { title: 'right when full, %', align: 'right', value: ({ full }) => withMargin(full) },
      { title: 'same winner', align: 'right', value: ({ same }) => percent(same, 1) },
    ]),
  ].join('\n')
}
