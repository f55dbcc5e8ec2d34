import type { Command } from 'commander'
import { type Experiment, labelArms, strengthArms, transferArms } from '../../evaluate/experiments.ts'
import { trainArms } from '../../evaluate/lab/kinds.ts'
import type { Lab } from '../../evaluate/lab/lab.ts'
import { alone } from '../../evaluate/lock.ts'
import { sampleCounts } from '../options.ts'
import { stageProgress } from '../stages.ts'
import { type BestOfNBenchOptions, measureBestOfN } from './best-of-n.ts'
import { labOf, planOf, seedsOf, withBenchOptions } from './options.ts'
import { type BenchReward, checkTrainable } from './rewards.ts'
import { withBench } from './run.ts'

interface Options extends BestOfNBenchOptions {
  rollouts?: number[]
}

const experiments: Record<
  string,
  { description: string; arms: (lab: Lab, options: Options) => Promise<Experiment> }
> = {
  labels: {
    description:
      'CRM by what its labels know: the first error of 0, 10, 50 or 100% of the wrong solutions, either outcome term, and ' +
      'Monte-Carlo labels against exact ones of the same solutions.',
    arms: (lab, { rollouts = [] }) => labelArms(lab, rollouts),
  },
  strength: {
    description:
      'Rewards from a backbone weaker than the policy, the policy itself, and a stronger one: where does Best-of-N begin ' +
      'to game them?',
    arms: strengthArms,
  },
  transfer: {
    description:
      'CRM trained without one of the tasks, for each of them, against one of as many samples of all: what does it know of the third? With ' +
      'the surprisal of the backbone, which has learned all tasks, and on the text alone.',
    arms: transferArms,
  },
}

/** The bench of this name: it trains its rewards, and compares them by Best-of-N. */
export default function define(command: Command, name: string): void {
  const { description } = experiments[name]
  command
    .description(
      `${description} Trains them in --lab, each with every seed, then measures Best-of-N as ` +
        '`assay bench best-of-n` does. Run again with the same options to go on after an interruption. Takes hours.',
    )
    .option('--counts <numbers>', 'the N', sampleCounts, [1, 4, 16, 64])
    .action((_, self: Command) => run(name, self.optsWithGlobals()))
  if (name === 'labels')
    command.option('--rollouts <counts>', 'of Monte-Carlo labels', sampleCounts, [1, 4, 16])
  withBenchOptions(command, name, { problems: 1002, seeds: 3, splits: ['test'], trains: true }, [
    [`assay bench ${name}`, 'the whole experiment'],
    [`assay bench ${name} --seeds 1 --problems 90 --training-problems 600`, 'a first look'],
  ])
}

async function run(name: string, options: Options): Promise<void> {
  checkTrainable(options)
  planOf(options)
  const { arms, strengths, ...trained } = await alone(options.lab, () => trainedArms(name, options))
  await withBench(
    options,
    (bench) => {
      const settings = { ...bench.settings, ...(strengths && { strengths }) }
      // a mean over tasks is one of a task that was not learned and of others that were
      const together = name !== 'transfer'
      const against = comparisons(arms, bench.rewards)
      return measureBestOfN(name, options, { ...bench, settings }, { against, together })
    },
    trained,
  )
}

async function trainedArms(name: string, options: Options) {
  const progress = stageProgress('')
  try {
    const lab = labOf(options, progress.report)
    const { arms, ...found } = await experiments[name].arms(lab, options)
    return { arms, ...found, rewards: await trainArms(lab, arms, seedsOf(options)) }
  } finally {
    progress.stop()
  }
}

/** By reading, the arm that it is compared with. */
function comparisons(arms: Experiment['arms'], rewards: readonly BenchReward[]): Record<string, string> {
  const known = (name: string) => rewards.find((reward) => reward.name === name)?.names[0] as string
  return Object.fromEntries(
    rewards.flatMap(({ name, names }) => {
      const { against } = arms[name]
      return against === undefined ? [] : names.map((reading) => [reading, known(against)])
    }),
  )
}
