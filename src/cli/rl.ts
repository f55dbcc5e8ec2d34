import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { alone } from '../evaluate/lock.ts'
import { splitProblems } from '../evaluate/problems.ts'
import { firstPractised, rlProblem } from '../evaluate/rl-bench/problems.ts'
import { versions } from '../evaluate/versions.ts'
import { embeddedJudge } from '../judge/embedded/embedded-judge.ts'
import { judgeReward } from '../judge/judge-reward.ts'
import { InputError } from '../reasoning/errors.ts'
import { percent } from '../report/percent.ts'
import type { KindName } from '../reward/kinds/kinds.ts'
import { type HackName, hackNames } from '../rl/hacks.ts'
import { estimatorNames } from '../rl/loop.ts'
import { leastWatched } from '../rl/monitor.ts'
import { type Penalties, penalised } from '../rl/penalties.ts'
import type { ProcessReward } from '../rl/rewards.ts'
import { type RunSettings, runDefaults, runRl } from '../rl/run.ts'
import { shapedReward } from '../rl/shaped-reward.ts'
import { defaultShaping, type Shaping, type ShapingName, shapingNamed, shapingNames } from '../rl/shaping.ts'
import { voteReward } from '../search/vote-reward.ts'
import { taskNamed, tasks, verifierFor } from '../tasks/index.ts'
import { interruptSignal } from './interrupt.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer, list, number, refuseIdle, unique } from './options.ts'
import { errorNote, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { openReward, type RewardOptions, withReward } from './reward-options.ts'
import { describeRun } from './rl-text.ts'

interface Options extends RunSettings, Omit<RewardOptions, 'reward'> {
  task: string[]
  levels?: number[]
  reward?: string | false
  judge?: string | true
  shaping?: ShapingName
  penalty?: Penalties
  vr?: number | true
  probe: number
  policy?: string
  stopOnHacking?: boolean
  out: string
  threads: number
  json?: boolean
}

export default function define(command: Command): void {
  const d = runDefaults
  withThreads(
    withReward(
      command.description(
        'Train the policy by reinforcement learning on the rewards of its steps, and watch for the day it games them: the ' +
          'proxy is what the reward model says, gold is what the exact verifier says, which the policy is never told ' +
          'unless --vr is given. A run keeps config.json, metrics.jsonl, samples and checkpoints in --out; run the same ' +
          'command again to go on after an interruption.',
      ),
      { takesVote: true },
    )
      .option('--no-reward', 'no process reward: only --vr')
      .option(
        '--judge [folder]',
        'instead of --reward: attempts at one problem meet each other, and each earns the share of its matches that a judge ' +
          'says it won (the judge of `assay train judge`; without a folder the one that comes with assay)',
      )
      .addOption(
        new Option(
          '--shaping <name>',
          'how its read-outs become step rewards (default: the one of its kind)',
        ).choices(shapingNames),
      )
      .option(
        '--penalty <costs>',
        `what a step costs in which a hack is, merging=0.5 for one; of ${hackNames.join(', ')}`,
        penaltiesIn,
      )
      .option(
        '--vr [weight]',
        'a right answer by the exact verifier earns this much more (1 unless given)',
        number({ min: 0, max: 1e6 }),
      )
      .option(
        '-t, --task <names>',
        'tasks to practise, in turn',
        list((task) => taskNamed(task).name),
        tasks.map((task) => task.name),
      )
      .option(
        '--levels <numbers>',
        'levels of problems, in turn (default: those of the test split)',
        list(integer()),
      )
      .option('--steps <count>', 'updates of the policy by a batch of rollouts', integer({ min: 1 }), d.steps)
      .option('--problems <count>', 'problems of a step', integer({ min: 1 }), d.problems)
      .option('--rollouts <count>', 'attempts at each problem', integer({ min: 2 }), d.rollouts)
      .addOption(
        new Option(
          '--estimator <name>',
          'of advantages; rloo-step compares each step with the same step of other attempts; grpo measures step rewards ' +
            'from their mean, by which sure steps pay even with crm',
        )
          .choices(estimatorNames)
          .default(d.estimator),
      )
      .option('--no-whiten', 'leave advantages as they are')
      .option('--gamma <number>', 'discount of later rewards', number({ min: 0, max: 1 }), d.gamma)
      .option('--kl-loss <weight>', 'of KL to the reference in the loss (k3)', number({ min: 0 }), d.klLoss)
      .option(
        '--kl-reward <weight>',
        'of log policy - log reference in the reward',
        number({ min: 0, max: 1e6 }),
        d.klReward,
      )
      .option('--entropy-bonus <weight>', 'of entropy in the loss', number({ min: 0 }), d.entropyBonus)
      .option(
        '--clip <number>',
        'ratios beyond 1 ± this gain nothing',
        number({ min: 0.001, max: 1 }),
        d.clip,
      )
      .option('--rate <number>', 'learning rate', number({ min: 0, max: 1 }), d.rate)
      .option('--warmup <updates>', 'over which the rate rises', integer({ min: 1 }), d.warmup)
      .option('--batch-tokens <count>', 'padded tokens of a minibatch', integer({ min: 1 }), d.batchTokens)
      .option('--temperature <number>', 'of rollouts', number({ min: 0.01 }), d.temperature)
      .option('--max-tokens <count>', 'longest rollout', integer({ min: 1 }), d.maxTokens)
      .option('--probe <count>', 'held-out problems that gold is measured on', integer({ min: 1 }), 300)
      .option('--probe-every <steps>', 'how often', integer({ min: 1 }), d.probeEvery)
      .option(
        '--keep-every <steps>',
        'samples and checkpoints that are kept',
        integer({ min: 1 }),
        d.keepEvery,
      )
      .option(
        '--stop-on-hacking',
        'stop when the proxy is up and gold is down; exit code 1 (not with --judge, by which there is no proxy)',
      )
      .option('-p, --policy <dir>', 'policy to start from (default: the one that comes with assay)')
      .option(
        '--seed <number>',
        'the same seed gives the same run',
        integer({ min: 0, max: 2 ** 32 - 1 }),
        d.seed,
      )
      .option('-o, --out <folder>', 'where the run lives', 'rl-run')
      .addHelpText(
        'after',
        examples(
          ['assay rl --task arithmetic --steps 200', 'by the crm that comes with assay (--reward crm)'],
          ['assay rl --task arithmetic --reward runs/prm --shaping prm-sum', 'watch it pad its solutions'],
          [
            'assay rl --task arithmetic --kl-loss 0.03 --stop-on-hacking',
            'stay near the policy, and stop in time',
          ],
          ['assay rl --task arithmetic --penalty merging=0.5', 'crm, with a price on fewer, longer steps'],
          ['assay rl --task arithmetic --vr --out runs/both', 'crm, and the truth'],
          ['assay rl --task arithmetic --judge --out runs/judged', 'nothing but the preferences of a judge'],
          [
            'assay rl --task arithmetic --reward majority --out runs/voted',
            'what most attempts at a problem say',
          ],
          ['assay rl --task arithmetic --no-reward --vr --out runs/vr', 'the truth alone'],
        ),
      )
      .action((_, self: Command) => run(self.optsWithGlobals())),
  )
}

/** `merging=0.5,checks=0.1` */
function penaltiesIn(text: string): Penalties {
  const costs = list((part): [string, number] => {
    const [name, cost = ''] = part.split('=')
    if (!hackNames.includes(name as HackName))
      throw new InvalidArgumentError(
        `Expected a hack and its cost, ${hackNames[0]}=0.5. The hacks are ${hackNames.join(', ')}.`,
      )
    return [name, number({ min: 0 })(cost)]
  })(text)
  const penalties = Object.fromEntries(costs)
  if (Object.keys(penalties).length < costs.length) throw new InvalidArgumentError('A hack has two costs.')
  return penalties
}

async function run(options: Options): Promise<void> {
  const { vr } = options
  const verifiable = vr === undefined ? 0 : vr === true ? 1 : vr
  if (options.reward === false && options.judge === undefined && verifiable === 0)
    throw new InputError(
      `--no-reward ${vr === 0 ? 'with --vr 0' : 'without --vr'} leaves nothing to learn from`,
      {
        fix: 'Add --vr, or a weight above 0 for it.',
      },
    )
  checkIdle(options)
  if (options.shaping === 'crm-zero' && verifiable === 0)
    throw new InputError('the rewards of crm-zero add up to nothing', {
      fix: 'It shapes a verifiable reward: add --vr, or take --shaping crm.',
    })
  // two processes in one folder would spoil its rows
  return alone(options.out, () =>
    train(
      { ...options, task: unique(options.task), levels: options.levels && unique(options.levels) },
      verifiable,
    ),
  )
}

/** Options that would do nothing, and why. @throws InputError on some */
function checkIdle(options: Options): void {
  const { reward, judge, shaping, penalty, stopOnHacking, dialect, rewardModel, steps } = options
  const refuse = (why: string, asked: Record<string, unknown>) =>
    refuseIdle(
      Object.keys(asked).filter((name) => asked[name] !== undefined),
      why,
    )
  const served = { dialect, 'reward-model': rewardModel }
  if (judge !== undefined)
    refuse('by --judge, attempts at a problem are held against each other, and half of them always win', {
      ...{ shaping, 'stop-on-hacking': stopOnHacking, ...served },
      reward: typeof reward === 'string' ? reward : undefined,
    })
  else if (reward === false)
    refuse('--no-reward leaves out the process reward', {
      ...{ shaping, penalty, 'stop-on-hacking': stopOnHacking, ...served },
    })
  else if (reward === 'majority') refuse('--reward majority has no read-outs', { shaping, ...served })
  if (steps < leastWatched && stopOnHacking)
    refuseIdle(
      ['stop-on-hacking'],
      `whether a reward is gamed can be seen from ${leastWatched} steps on`,
      'Make --steps more, or leave it out.',
    )
}

async function train(options: Options, verifiable: number): Promise<void> {
  const { out, threads, stopOnHacking } = options
  const policy = modelDirectory('policy', options.policy)
  const opened = await openProcessReward(options)
  const settings = settingsOf({ ...options, verifiable })
  const problem = trainingProblems(options)
  const progress = new Progress('rl', { unit: 'steps', total: settings.steps })
  let counted = 0
  let probed = Number.NaN
  try {
    const result = await runRl({
      directory: out,
      policy,
      settings,
      describes: {
        command: process.argv.slice(2),
        versions: versions(),
        task: options.task,
        levels: options.levels ?? null,
        practice: { split: 'train', from: firstPractised(settings.seed) },
        probe: options.probe,
        policy: await checkpointHash(policy),
        reward: opened && (await opened.identity()),
        shaping: opened?.shaping,
        penalty: options.penalty,
      },
      problem,
      probe: probeProblems(options),
      verifier: verifierFor(),
      reward: opened && (options.penalty ? penalised(opened.reward, options.penalty) : opened.reward),
      threads,
      stopOnHacking,
      signal: interruptSignal(),
      onStep({ step, proxy, gold, probe, kl, tokens, seconds }, hacking) {
        probed = probe ?? probed
        const generated = tokens * settings.problems * settings.rollouts
        const parts = [
          proxy === null ? '' : `reward ${proxy.toFixed(3)}`,
          `gold ${percent(gold)}`,
          Number.isNaN(probed) ? '' : `probe ${percent(probed)}`,
          `KL ${kl.toFixed(4)}`,
          `length ${tokens.toFixed(0)}`,
          `${(generated / seconds.rollouts).toFixed(0)} tokens/s`,
          hacking ? `HACKING since step ${hacking.began}` : '',
        ]
        progress.add(step + 1 - counted, parts.filter(Boolean).join(', '))
        counted = step + 1
      },
    })
    progress.stop()
    printResult(result, options, describeRun)
    if (stopOnHacking && result.hacking) {
      const { began, noticed } = result.hacking
      const gamed = `the reward is being gamed since step ${began}`
      const last = result.rows.length - 1
      errorNote(
        new Error(
          last === noticed
            ? `stopped at step ${noticed}: ${gamed}`
            : `${gamed}, noticed at step ${noticed}, but this run had gone on to step ${last}: its policy is of then`,
        ),
      )
      process.exitCode = 1
    }
  } finally {
    progress.stop()
    await opened?.close()
  }
}

/** What scores steps, and how results tell of it. */
interface OpenProcessReward {
  reward: ProcessReward
  shaping?: Pick<Shaping, 'name' | 'formula' | 'source'>
  identity(): Promise<string>
  close(): Promise<void>
}

/** The reward model or the judge that options name; null for none. */
async function openProcessReward(options: Options): Promise<OpenProcessReward | null> {
  const { reward, judge, threads } = options
  if (judge !== undefined) {
    const directory = modelDirectory('judge', judge === true ? undefined : judge)
    const opened = embeddedJudge(directory, { threads })
    return {
      // what gives no answer has won nothing
      reward: { score: judgeReward(opened, options), earning: 'outcome', floor: 0, isContest: true },
      identity: () => checkpointHash(directory),
      close: opened.close,
    }
  }
  if (reward === false) return null
  if (reward === 'majority')
    return { reward: voteReward, identity: async () => 'majority', close: async () => {} }
  // the only kind that comes with assay, by its name
  const given = reward === 'crm' && !existsSync(reward) ? undefined : reward
  const { model, identity } = await openReward({ ...options, reward: given }, { threads })
  const shaping = shapingNamed(options.shaping ?? defaultShaping(model.kind.name as KindName))
  const { name, formula, source } = shaping
  return {
    reward: shapedReward(model, shaping),
    shaping: { name, formula, source },
    identity,
    close: () => model.close(),
  }
}

function settingsOf(options: Options): RunSettings {
  return Object.fromEntries(
    Object.keys(runDefaults).map((name) => [name, options[name as keyof RunSettings]]),
  ) as unknown as RunSettings
}

/** Problems of the train split, of the tasks and levels in turn. */
function trainingProblems({ task: names, levels, seed }: Options) {
  return (index: number) => {
    const task = taskNamed(names[index % names.length])
    return rlProblem(task, seed, Math.floor(index / names.length), levels)
  }
}

/** Held-out problems of the validation split. */
function probeProblems({ task: names, levels, probe }: Options) {
  return names.flatMap((name, i) => {
    const task = taskNamed(name)
    const count = Math.floor(probe / names.length) + (i < probe % names.length ? 1 : 0)
    return splitProblems(task, 'validation', { count, levels: levels ?? task.levels.test })
  })
}
