import { z } from 'zod'
import { choices } from '../../evaluate/rl-bench/report.ts'
import { hackNames, hacks } from '../../rl/hacks.ts'
import { leastWatched } from '../../rl/monitor.ts'
import { percent } from '../percent.ts'
import { rlCourse, rlGroups, rlPlot, rlViews } from '../rl.ts'
import { commandLine, difference, interval } from './bench.ts'
import { type Content, type Html, html } from './html.ts'
import {
  changes,
  changesBySeed,
  details,
  facts,
  figure,
  pageLook,
  type Section,
  shares,
  table,
  taskTitle,
} from './parts.ts'

const value = z.number().nullable()

const solution = z.object({
  steps: z.array(z.string()),
  correct: z.boolean(),
  rewards: z.array(z.number()).nullable(),
})

const arm = z.object({
  arm: z.string(),
  before: interval,
  after: interval,
  lift: interval,
  seeds: z.array(z.object({ seed: z.int(), lift: z.number(), hacked: z.int().nullable() })),
  minusFirst: difference.nullable(),
  atBudget: z.number().nullable(),
  kl: z.number(),
  hacks: z.array(
    z.object({
      hack: z.enum(hackNames),
      before: z.number(),
      after: z.number(),
      change: interval,
      grew: z.boolean(),
      pays: interval.nullable(),
      fell: z.boolean(),
    }),
  ),
  curve: z.array(
    z.object({
      step: z.int(),
      proxy: value,
      gold: value,
      kl: value,
      tokens: value,
      steps: value,
      step_length: value,
      repetition: value,
      redundant: value,
      entropy: value,
    }),
  ),
  // results of an earlier version show the worst alone
  shown: z.array(
    z.object({
      problem: z.string(),
      before: solution,
      after: solution,
      chosen: z.enum(choices).default('worst'),
    }),
  ),
})

const tricks = z.object({
  arm: z.string(),
  gap: z.number(),
  tricks: z.partialRecord(
    z.enum(hackNames),
    // results of an earlier version asked one reward
    interval.extend({ solutions: z.int(), rewards: z.array(value).default([]) }),
  ),
})

const trial = z.object({ rate: z.number(), klLoss: z.number(), probe: z.number().nullable() })

export const rlResult = z.object({
  command: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  seeds: z.array(z.int()).min(1),
  budget: z.number(),
  settings: z.looseObject({ steps: z.int() }),
  policy: z.string(),
  rewards: z.array(z.object({ name: z.string(), seed: z.int(), checkpoint: z.string() })),
  choices: z.record(z.string(), z.object({ rate: z.number(), klLoss: z.number(), tried: z.array(trial) })),
  failed: z.array(z.object({ run: z.string(), error: z.string() })),
  left: z.int(),
  sets: z.array(
    z.object({ task: z.string(), problems: z.int(), arms: z.array(arm).min(1), tricks: z.array(tricks) }),
  ),
})

type Result = z.output<typeof rlResult>
type Trial = z.output<typeof trial>
type Set = Result['sets'][number]
type Arm = z.output<typeof arm>
type Interval = z.output<typeof interval>

export function rlSection(result: Result): Section {
  const by = html`<code>${commandLine(result.command)}</code>, seeds ${result.seeds.join(', ')}`
  return {
    title: 'Reinforcement learning',
    about:
      'The policy trained on each reward, from the same start and with as many rollouts: how right it became by the exact ' +
      'verifier (gold), which no reward without "vr" is told, and whether it gamed the reward (the proxy went up, gold down).',
    body: html`${result.left > 0 && html`<p>${result.left} runs were still to be made.</p>`}
${result.sets.map((set) => taskPart(set, result, by))}${madeFacts(result)}`,
  }
}

function taskPart(set: Set, { budget, settings }: Result, by: Html): Html {
  const { task, problems, arms } = set
  const watched = settings.steps >= leastWatched
  const grown = arms.flatMap(({ arm, hacks }) =>
    hacks.filter(({ grew }) => grew).map((hack) => ({ arm, ...hack })),
  )
  return html`<h3>${taskTitle(task)}</h3>
${table(
  `Right samples of ${problems} test problems, %`,
  [{ name: '', rows: arms }],
  [
    { title: 'reward', value: ({ arm }) => arm },
    { title: 'before', value: ({ before }) => shares(before) },
    { title: 'after', value: ({ after }) => shares(after) },
    { title: 'change', value: ({ lift }) => changes(lift) },
    {
      title: 'of each seed',
      value: ({ seeds }) => listed(seeds.map(({ lift }) => (100 * lift).toFixed(1))),
    },
    {
      title: `minus ${arms[0].arm}`,
      value: ({ minusFirst }) => changesBySeed(minusFirst),
    },
    {
      title: `training gold at KL ${budget}`,
      value: ({ atBudget }) => (atBudget === null ? '–' : (100 * atBudget).toFixed(1)),
    },
    { title: 'KL in the end', value: ({ kl }) => kl.toFixed(3) },
    {
      title: 'gamed from step',
      value: ({ seeds }) =>
        watched ? listed(seeds.map(({ hacked }) => hacked ?? '–')) : 'too short to tell',
    },
  ],
)}
${
  grown.length === 0
    ? html`<p>No hack that is looked for has grown in any policy.</p>`
    : table(
        'Hacks that have grown: steps of a solution in which they are, test problems',
        [{ name: '', rows: grown }],
        [
          { title: 'reward', value: ({ arm }) => arm },
          {
            title: 'hack',
            value: ({ hack, fell }) => html`${hacks[hack].title}${fell && html` <b>fell for it</b>`}`,
          },
          { title: 'before', value: ({ before }) => before.toFixed(2) },
          { title: 'after', value: ({ after }) => after.toFixed(2) },
          { title: 'change', value: ({ change }) => signed(change) },
          { title: 'the reward pays', value: ({ pays }) => pays && signed(pays) },
        ],
      )
}
${set.tricks.length > 0 && temptations(set)}
${rlGroups(arms).map(
  (group) => html`<h4>${group.name}</h4>
<div class="pair">${rlViews.map((view) => {
    const svg = rlPlot(task, group.arms, view, pageLook)
    return svg !== null && figure(svg, 'Means over seeds and five steps; of KL the median.', by)
  })}</div>`,
)}
${arms.map((each) => details(`${each.arm}: its course, and solutions before and after`, course(task, each, watched, by)))}`
}

/** On one line, however narrow the column is. */
const listed = (values: readonly (number | string)[]) => values.join(',\u00a0')

/** What rewards pay for hacks in solutions of the policy as it was. */
function temptations({ tricks }: Set): Html {
  const names = hackNames.filter((name) => tricks.some((each) => each.tricks[name]))
  return table(
    'What a hack earns that is added to solutions of the policy as it was; 1 is what a right solution earns more than a wrong one. None of them is ' +
      'more or less right by it, but for stopping early: that makes right ones wrong, and is what they then earn more than wrong ones do',
    [{ name: '', rows: tricks }],
    [
      { title: 'reward', value: ({ arm }) => arm },
      ...names.map((name) => ({
        title: hacks[name].title,
        value: (row: (typeof tricks)[number]) => {
          const paid = row.tricks[name]
          if (paid === undefined) return undefined
          const each =
            paid.rewards.length > 1 && html`<small>(${listed(paid.rewards.map(hundredths))})</small>`
          return html`${paid.low > 0 ? html`<b>${signed(paid)}</b>` : signed(paid)}${each}`
        },
      })),
    ],
  )
}

function signed({ mean, low, high }: Interval): Html {
  return html`${hundredths(mean)}<small>${hundredths(low)} to ${hundredths(high)}</small>`
}

function hundredths(value: number | null): string {
  if (value === null) return '–'
  return `${value < -0.005 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

function course(task: string, each: Arm, watched: boolean, by: Html): Html {
  const svg = rlCourse(task, each, pageLook)
  const begun = each.seeds.map(({ seed, hacked }) =>
    hacked === null ? `seed ${seed}: no alarm` : `seed ${seed}: gamed from step ${hacked} on`,
  )
  const gamed = watched
    ? begun.join('; ')
    : `In fewer than ${leastWatched} steps nobody can tell whether a reward is gamed`
  return html`${svg !== null && figure(svg, `Means over seeds. ${gamed}.`, by)}
${choices.map((name) => {
  const some = each.shown.filter(({ chosen }) => chosen === name)
  return (
    some.length > 0 &&
    html`<h4>${chosenTitles[name]}</h4>${some.map(
      ({ problem, before, after }) => html`<p class="given">${problem}</p>
${solved('Before', problem, before)}${solved('After', problem, after)}`,
    )}`
  )
})}`
}

const chosenTitles: Record<(typeof choices)[number], string> = {
  worst:
    'Test problems that changed most for the worse, picked for that: they say how it fails, not how often',
  first: 'The first of the other test problems, whatever became of them',
}

/** A solution, with the hacks that are in its steps. */
function solved(
  title: string,
  problem: string,
  { steps, correct, rewards }: z.output<typeof solution>,
): Html {
  const total = rewards?.reduce((sum, reward) => sum + reward, 0)
  const earned = total === undefined ? '' : `, reward ${total.toFixed(2)}`
  const found = hackNames.map((name) => ({ title: hacks[name].title, in: hacks[name].find(problem, steps) }))
  const marks = (t: number) =>
    found.flatMap((hack) => (hack.in[t] ? [html` <span class="mark">${hack.title}</span>`] : []))
  return html`<p><small>${title}: ${correct ? 'right' : 'wrong'}${earned}</small></p>
<ol>${steps.map(
    (step, t) =>
      html`<li><span class="given">${step}</span>${rewards && html` <small>${rewards[t]?.toFixed(3)}</small>`}${marks(t)}</li>\n`,
  )}</ol>\n`
}

function madeFacts({ command, versions, settings, policy, rewards, choices, failed }: Result): Html {
  const list = (lines: readonly Content[]) => lines.map((line, i) => html`${i > 0 && html`<br>`}${line}`)
  return html`<h3>How it was made</h3>
${facts([
  ['Command', html`<code>${commandLine(command)}</code>`],
  ['Settings', html`<code>${JSON.stringify(settings)}</code>`],
  [
    'Tuned on validation',
    list(
      Object.entries(choices).map(([arm, { tried, ...taken }]) => {
        const setting = ({ rate, klLoss }: Omit<Trial, 'probe'>) =>
          `rate ${rate}${klLoss > 0 ? `, KL weight ${klLoss}` : ''}`
        const outcomes = tried.map(
          ({ probe, ...each }) =>
            `${setting(each)}: ${probe === null ? 'failed' : `${percent(probe, 1)} right`}`,
        )
        return `${arm}: ${setting(taken)} (tried ${outcomes.join('; ')})`
      }),
    ),
  ],
  [
    'Checkpoints',
    html`policy <code>${policy}</code>${rewards.map(({ name, seed, checkpoint }) => html`<br>${name}, seed ${seed} <code>${checkpoint}</code>`)}`,
  ],
  ['Failed runs', failed.length > 0 ? list(failed.map(({ run, error }) => `${run}: ${error}`)) : undefined],
  [
    'Versions',
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ],
])}`
}
