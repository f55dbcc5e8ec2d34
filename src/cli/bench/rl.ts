import type { Command } from 'commander'
import { checkpointHash } from '../../evaluate/checkpoint-hash.ts'
import { labKinds } from '../../evaluate/lab/kinds.ts'
import { alone } from '../../evaluate/lock.ts'
import { armNamed, isExtra, rlArms } from '../../evaluate/rl-bench/arms.ts'
import { runRlBench } from '../../evaluate/rl-bench/bench.ts'
import type { RlFound } from '../../evaluate/rl-bench/found.ts'
import { type RlSet, type RlSummary, reportRl } from '../../evaluate/rl-bench/report.ts'
import { versions } from '../../evaluate/versions.ts'
import { percent } from '../../report/percent.ts'
import { writeRl } from '../../report/rl.ts'
import { kindNames } from '../../reward/kinds/kinds.ts'
import { hacks } from '../../rl/hacks.ts'
import { leastWatched } from '../../rl/monitor.ts'
import { runDefaults } from '../../rl/run.ts'
import { taskNamed } from '../../tasks/index.ts'
import { interruptSignal } from '../interrupt.ts'
import { modelDirectory, withThreads } from '../models.ts'
import { examples, integer, list, number, resamplesOption, unique } from '../options.ts'
import { errorNote, printResult } from '../output.ts'
import { stageProgress } from '../stages.ts'
import { table } from '../table.ts'
import { change, points, withMargin } from './best-of-n-text.ts'
import { type LabOptions, labOf, ownResults, withLab } from './options.ts'

interface Options extends LabOptions {
  arms: string[]
  task: string[]
  seeds: number
  vrSeeds: number
  steps: number
  stepProblems: number
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
          'and KL weight for each (kept in the results), three seeds, each with a reward and problems of its own. Says how right ' +
          'the policy is on the test split before and after, whether its reward was gamed and from which step on, which hacks its solutions have come to have, and ' +
          'what the reward pays for these. Rewards are trained in --lab first. Runs are made side by side, one on each core, the most ' +
          'telling first; results.json tells of those that have ended, so it can be stopped at any time. Run again with the same ' +
          'options to go on. Takes hours.',
      )
      .option(
        '--arms <names>',
        'rewards to compare: a shaping, alone or with the verifiable reward (crm+vr), that alone (vr), CRM with a price on merged ' +
          'steps (crm-unmerged), or bounded and with a baseline for each step (crm-survival-step)',
        list((name) => armNamed(name).name),
        rlArms.map(({ name }) => name),
      )
      .option(
        '-t, --task <names>',
        'tasks; settings are searched on the first',
        list((task) => taskNamed(task).name),
        ['arithmetic', 'word-problem'],
      )
      .option('--seeds <count>', 'runs of each, with seeds 1 to this', integer({ min: 1 }), 3)
      .option(
        '--vr-seeds <count>',
        'the same for rewards beside the verifiable one, but crm+vr',
        integer({ min: 1 }),
        1,
      )
      .option('--steps <count>', 'of a run', integer({ min: 1 }), 150)
      .option(
        '--step-problems <count>',
        `problems of a step, ${runDefaults.rollouts} rollouts of each`,
        integer({ min: 1 }),
        32,
      )
      .option('--tuning-steps <count>', 'of a run of the search', integer({ min: 1 }), 40)
      .option('--problems <count>', 'of the test split of each task', integer({ min: 1 }), 500)
      .option(
        '--budget <nats>',
        'KL to the reference, a token, at which policies are compared',
        number({ min: 0 }),
        0.01,
      )
      .option('-p, --policy <dir>', 'policy to start from (default: the one that comes with assay)')
      .addOption(resamplesOption())
      .option('-o, --out <folder>', 'where everything goes', 'bench-rl')
      .option('--json', 'print the result as JSON')
      .addHelpText(
        'after',
        examples(
          ['assay bench rl', 'the whole comparison'],
          ['assay bench rl --arms crm,prm-sum,vr --task arithmetic --seeds 1 --steps 60', 'a first look'],
          [
            'assay bench rl --arms crm,crm-unmerged --task arithmetic',
            'does CRM merge steps, and what helps?',
          ],
        ),
      )
      .showHelpAfterError('(assay bench rl --help shows its options and examples)')
      .hook('preAction', ownResults('rl'))
      .action((_, self: Command) => run(self.optsWithGlobals())),
  )
}

async function run(options: Options): Promise<void> {
  // what cannot be written is better known before hours of work than after
  return alone(options.out, () => compare(options))
}

async function compare(options: Options): Promise<void> {
  const { out, threads, budget, resamples, tuningSteps, problems, steps, stepProblems } = options
  const arms = unique(options.arms).map(armNamed)
  const policy = modelDirectory('policy', options.policy)
  const seedsTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)
  const settings = { ...runDefaults, steps, problems: stepProblems, probeEvery: 50, keepEvery: 50 }
  // the others are an arm's own, or a run's
  const { rate: _, klLoss: __, verifiable: ___, estimator: ____, seed: _____, ...shared } = settings
  const progress = stageProgress('')
  try {
    const kinds = kindNames.filter((kind) => arms.some((arm) => arm.kind === kind))
    const lab = labOf(options, progress.report)
    const seeds = seedsTo(options.seeds)
    const runs = arms.map((arm) => ({ arm, seeds: isExtra(arm) ? seedsTo(options.vrSeeds) : seeds }))
    const most = Math.max(...runs.map((each) => each.seeds.length))
    const { rewards, choices: tuned } =
      kinds.length > 0
        ? await alone(options.lab, () => labKinds(lab, kinds, seedsTo(most)))
        : { rewards: [], choices: {} }
    const hashes = rewards.map(async ({ name, seed, directory }) => {
      return { name, seed, checkpoint: await checkpointHash(directory) }
    })
    const made = {
      bench: 'rl',
      command: process.argv.slice(2),
      versions: versions(),
      seeds,
      budget,
      settings: shared,
      policy: await checkpointHash(policy),
      rewards: await Promise.all(hashes),
      tuned,
    }
    const resultOf = ({ choices, failed, left, ...found }: RlFound) => ({
      ...made,
      choices,
      failed,
      left,
      sets: reportRl(found, { budget, seed: 1, resamples }),
    })
    let written = Date.now()
    const found = await runRlBench({
      ...{ directory: out, policy, rewards, settings, tuningSteps, problems, threads },
      arms: runs,
      tasks: unique(options.task).map(taskNamed),
      probe: 1000,
      signal: interruptSignal(),
      report: progress.report,
      async onOutcome(found) {
        if (found.outcomes.length === 0 || Date.now() - written < betweenResults) return
        // before it is written: another run may end meanwhile
        written = Date.now()
        await writeRl(out, resultOf(found))
      },
    })
    progress.stop()
    const result = resultOf(found)
    const files = await writeRl(out, result)
    printResult(result, options, () =>
      [...result.sets.map((set) => describeSet(set, steps)), `Results: ${files.join(', ')}`].join('\n\n'),
    )
    for (const { run, error } of result.failed) errorNote(new Error(`${run}: ${error}`))
    if (result.failed.length > 0) process.exitCode = 1
  } finally {
    progress.stop()
  }
}

/** Milliseconds between two writings of what has been found. */
const betweenResults = 60_000

function describeSet({ task, problems, arms, tricks }: RlSet, steps: number): string {
  const right = table(arms, [
    { title: 'reward', value: ({ arm }) => arm },
    { title: 'before', align: 'right', value: ({ before }) => percent(before.mean, 1) },
    { title: 'after', align: 'right', value: ({ after }) => withMargin(after) },
    { title: 'change', align: 'right', value: ({ lift }) => change(lift) },
    {
      title: 'of each seed',
      value: ({ seeds }) => seeds.map(({ lift }) => points(lift)).join(' '),
    },
    {
      title: `minus ${arms[0].arm}`,
      align: 'right',
      value: ({ minusFirst }) => (minusFirst ? change(minusFirst) : ''),
    },
    { title: 'of each', value: ({ minusFirst }) => (minusFirst?.seeds ?? []).map(points).join(' ') },
    { title: 'KL', align: 'right', value: ({ kl }) => kl.toFixed(3) },
    {
      title: 'gamed from step',
      value: ({ seeds }) =>
        steps < leastWatched ? 'too short to tell' : seeds.map(({ hacked }) => hacked ?? '-').join(' '),
    },
  ])
  return [
    `${task}, test: ${problems} problems; right, %`,
    right,
    ...arms.flatMap(hackLines),
    ...tricks.flatMap(({ arm, tricks }) => {
      const paid = Object.entries(tricks).filter(([, { low }]) => low > 0)
      if (paid.length === 0) return []
      const named = paid.map(([hack, { mean }]) => `${hack} +${mean.toFixed(2)}`)
      return [`${arm} pays for ${named.join(', ')} (a right answer earns 1 more than a wrong one)`]
    }),
  ].join('\n')
}

function hackLines({ arm, hacks: found }: RlSummary): string[] {
  return found
    .filter(({ grew }) => grew)
    .map(({ hack, before, after, fell }) => {
      const counts = `${before.toFixed(2)} to ${after.toFixed(2)} steps a solution`
      return `${arm} ${fell ? 'fell for' : 'has more of'} ${hacks[hack].title}: ${counts}`
    })
}
