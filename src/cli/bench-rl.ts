import type { Command } from 'commander'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { labKinds } from '../evaluate/lab.ts'
import { alone } from '../evaluate/lock.ts'
import { armNamed, rlArms } from '../evaluate/rl-arms.ts'
import { runRlBench } from '../evaluate/rl-bench.ts'
import { type RlSet, reportRl } from '../evaluate/rl-report.ts'
import { versions } from '../evaluate/versions.ts'
import { percent } from '../report/percent.ts'
import { writeRl } from '../report/rl.ts'
import { type KindName, kindNames } from '../reward/kinds.ts'
import { runDefaults } from '../rl/run.ts'
import { taskNamed } from '../tasks/index.ts'
import { type LabOptions, labOf, unique, withLab } from './bench-options.ts'
import { change, withMargin } from './best-of-n-text.ts'
import { interruptSignal } from './interrupt.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer, list, number } from './options.ts'
import { printResult } from './output.ts'
import { stageProgress } from './stages.ts'
import { table } from './table.ts'

interface Options extends LabOptions {
  arms: string[]
  task: string[]
  seeds: number
  steps: number
  tuningSteps: number
  problems: number
  budget: number
  policy?: string
  resamples: number
  out: string
  threads: number
  json?: boolean
}

export default function define(command: Command): void {
  withThreads(
    withLab(command)
      .description(
        'Train the policy by reinforcement learning on every reward: equal rollouts, the same small search of learning rate ' +
          'and KL weight for each (kept in tuning.json), three seeds. Says how right the policy is on the test split before ' +
          'and after, whether its reward was gamed and from which step on, and draws proxy against gold. Rewards are ' +
          'trained in --lab first. Run again with the same options to go on after an interruption. Takes hours.',
      )
      .option(
        '--arms <names>',
        'rewards to compare: a shaping, alone or with the verifiable reward (crm+vr), or that alone (vr)',
        list((name) => armNamed(name).name),
        rlArms.map(({ name }) => name),
      )
      .option(
        '-t, --task <names>',
        'tasks',
        list((task) => taskNamed(task).name),
        ['arithmetic', 'word-problem'],
      )
      .option('--seeds <count>', 'runs of each, with seeds 1 to this', integer({ min: 1 }), 3)
      .option('--steps <count>', 'of a run', integer({ min: 1 }), runDefaults.steps)
      .option('--tuning-steps <count>', 'of a run of the search', integer({ min: 1 }), 40)
      .option('--problems <count>', 'of the test split of each task', integer({ min: 1 }), 500)
      .option(
        '--budget <nats>',
        'KL to the reference, a token, at which policies are compared',
        number({ min: 0 }),
        0.05,
      )
      .option('-p, --policy <dir>', 'policy to start from (default: the one that comes with assay)')
      .option('--resamples <count>', 'of the bootstrap', integer({ min: 1 }), 2000)
      .option('-o, --out <folder>', 'where everything goes', 'bench-rl')
      .addHelpText(
        'after',
        examples(
          ['assay bench rl', 'the whole comparison'],
          ['assay bench rl --arms crm,prm-sum,vr --task arithmetic --seeds 1 --steps 60', 'a first look'],
        ),
      )
      .showHelpAfterError('(assay bench rl --help shows its options and examples)')
      .action((_, self: Command) => run(self.optsWithGlobals())),
  )
}

async function run(options: Options): Promise<void> {
  const { out, threads, budget, resamples, tuningSteps, problems } = options
  const arms = unique(options.arms).map(armNamed)
  const policy = modelDirectory('policy', options.policy)
  const tasks = unique(options.task)
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1)
  const settings = { ...runDefaults, steps: options.steps }
  const progress = stageProgress('')
  try {
    const kinds = kindNames.filter((kind) => arms.some((arm) => arm.kind === kind))
    const lab = labOf(options, progress.report)
    const trained =
      kinds.length > 0
        ? await alone(options.lab, () => labKinds(lab, kinds, [1]))
        : { rewards: [], choices: {} }
    const rewards = Object.fromEntries(
      trained.rewards.map(({ name, directory }) => [name, directory]),
    ) as Record<KindName, string>
    const { choices, outcomes } = await runRlBench({
      directory: out,
      policy,
      rewards,
      arms,
      tasks: tasks.map(taskNamed),
      seeds,
      settings,
      tuningSteps,
      problems,
      threads,
      signal: interruptSignal(),
      report: progress.report,
    })
    progress.stop()
    const sets = reportRl(outcomes, { budget, seed: 1, resamples })
    const hashes = await Promise.all(
      Object.entries(rewards).map(async ([kind, directory]) => [kind, await checkpointHash(directory)]),
    )
    const result = {
      bench: 'rl',
      command: process.argv.slice(2),
      versions: versions(),
      seeds,
      budget,
      settings,
      policy: await checkpointHash(policy),
      rewards: Object.fromEntries(hashes),
      tuned: trained.choices,
      choices,
      sets,
    }
    const files = await writeRl(out, result)
    printResult(result, options, () =>
      [...sets.map(describeSet), `Results: ${files.join(', ')}`].join('\n\n'),
    )
  } finally {
    progress.stop()
  }
}

function describeSet({ task, problems, arms }: RlSet): string {
  return [
    `${task}, test: ${problems} problems; right, %`,
    table(arms, [
      { title: 'reward', value: ({ arm }) => arm },
      { title: 'before', align: 'right', value: ({ before }) => percent(before.mean, 1) },
      { title: 'after', align: 'right', value: ({ after }) => withMargin(after) },
      { title: 'change', align: 'right', value: ({ lift }) => change(lift) },
      {
        title: 'of each seed',
        value: ({ seeds }) => seeds.map(({ lift }) => (100 * lift).toFixed(1)).join(' '),
      },
      { title: 'within budget', align: 'right', value: ({ withinBudget }) => percent(withinBudget, 1) },
      {
        title: 'gamed from step',
        value: ({ seeds }) => seeds.map(({ hacked }) => hacked ?? '-').join(' '),
      },
    ]),
  ].join('\n')
}
