import type { Command } from 'commander'
import { type Arms, labelArms, strengthArms, trainArms, transferArms } from '../evaluate/experiments.ts'
import type { Lab } from '../evaluate/lab.ts'
import { type BestOfNBenchOptions, measureBestOfN } from './bench-best-of-n.ts'
import { labOf, withBench } from './bench-options.ts'
import { integer, list } from './options.ts'
import { stageProgress } from './stages.ts'

interface Options extends BestOfNBenchOptions {
  rollouts?: number[]
}

interface Experiment {
  description: string
  arms: (lab: Lab, options: Options) => Promise<Arms>
}

const experiments: Record<string, Experiment> = {
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
      'CRM trained without one of the tasks, for each of them, and on all: what does it know of the third?',
    arms: transferArms,
  },
}

/** The bench of this name: it trains its rewards, and compares them by Best-of-N. */
export default function define(command: Command, name: string): void {
  const { description } = experiments[name]
  command
    .description(
      `${description} Trains them in --lab, each with several seeds, then measures Best-of-N as ` +
        '`assay bench best-of-n` does. Run again with the same options to go on after an interruption. Takes hours.',
    )
    .option('--counts <numbers>', 'the N', list(integer({ min: 1 })), [1, 4, 16, 64])
    .action((_, self: Command) => run(name, self.optsWithGlobals()))
  if (name === 'labels')
    command.option('--rollouts <counts>', 'of Monte-Carlo labels', list(integer({ min: 1 })), [1, 4, 16])
  withBench(command, name, { problems: 600, seeds: 1 }, [
    [`assay bench ${name}`, 'the whole experiment'],
    [`assay bench ${name} --reward-seeds 1 --problems 90 --counts 1,4,16`, 'a first look'],
  ])
}

async function run(name: string, options: Options): Promise<void> {
  const progress = stageProgress('')
  const seeds = Array.from({ length: options.rewardSeeds }, (_, i) => i + 1)
  let reward: string[]
  try {
    const lab = labOf(options, progress.report)
    reward = await trainArms(lab, await experiments[name].arms(lab, options), seeds)
  } finally {
    progress.stop()
  }
  await measureBestOfN(name, { ...options, reward })
}
