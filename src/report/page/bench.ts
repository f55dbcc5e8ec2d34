import { z } from 'zod'
import { type Content, type Html, html } from './html.ts'
import { details, facts, figure, taskTitle } from './parts.ts'

/** What every bench's results.json says of how it was made. */
export const made = {
  command: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  plan: z.object({
    tasks: z.array(z.string()),
    splits: z.array(z.string()),
    problems: z.int(),
    seeds: z.array(z.int()).min(1),
  }),
  settings: z.object({
    temperature: z.number(),
    topP: z.number(),
    maxTokens: z.int(),
    policy: z.string(),
    rewards: z.record(z.string(), z.string()),
    tuned: z
      .record(
        z.string(),
        z.object({
          options: z.record(z.string(), z.union([z.string(), z.number()])),
          peak: z.number(),
          tried: z.array(z.unknown()),
        }),
      )
      .optional(),
    strengths: z.record(z.string(), z.number()).optional(),
  }),
}

export const interval = z.object({ mean: z.number(), low: z.number(), high: z.number() })
/** A `Difference` of src/evaluate. */
export const difference = interval.extend({ seeds: z.array(z.number()) })

type Made = z.output<z.ZodObject<typeof made>>

/** The command, ready to be pasted into a shell. */
export function commandLine(words: readonly string[]): string {
  const quoted = (word: string) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
  return ['assay', ...words.map(quoted)].join(' ')
}

/** For captions: the command and its seeds. */
export function madeBy({ command, plan: { seeds } }: Pick<Made, 'command' | 'plan'>): Html {
  return html`<code>${commandLine(command)}</code>, ${seedText(seeds)}`
}

function seedText(seeds: readonly number[]): string {
  return `sampling ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`
}

/** All that is needed to make the results again. `samples`: how many of each problem. */
export function madeFacts({ command, versions, plan, settings }: Made, samples: Content): Html {
  const { temperature, topP, maxTokens, policy, rewards, tuned, strengths } = settings
  const hashes = Object.entries(rewards).map(([name, hash]) => html`<br>${name} <code>${hash}</code>`)
  return html`<h3>How it was made</h3>
${facts([
  ['Command', html`<code>${commandLine(command)}</code>`],
  ['Problems', `${plan.problems} of each split (${plan.splits.join(', ')}), of ${plan.tasks.join(', ')}`],
  ['Samples', samples],
  ['Seeds', `${seedText(plan.seeds)}; bootstrap seed 1`],
  ['Sampling', `temperature ${temperature}, top-p ${topP}, at most ${maxTokens} tokens`],
  ['Checkpoints', html`policy <code>${policy}</code>${hashes}`],
  ['Tuned on validation', tuned && Object.entries(tuned).map(tunedText)],
  [
    'Right samples of what rewards start from, validation',
    strengths &&
      Object.entries(strengths)
        .map(([name, right]) => `${name} ${(100 * right).toFixed(1)}%`)
        .join(', '),
  ],
  ['Versions', versionsText(versions)],
])}`
}

export function versionsText(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function tunedText(
  [kind, { options, peak, tried }]: [string, NonNullable<Made['settings']['tuned']>[string]],
  i: number,
): Html {
  const chosen = Object.entries({ peak, ...options }).map(([name, value]) => `${name} ${value}`)
  return html`${i > 0 && html`<br>`}${kind}: ${chosen.join(', ')} (of ${tried.length} tried)`
}

interface TaskSet {
  task: string
  split: string
}

/**
 * A part for every task, all tasks together first: a figure of each split beside the other, then the numbers, which are
 * folded away for single tasks.
 */
export function taskParts<Set extends TaskSet>(
  sets: readonly Set[],
  by: Pick<Made, 'command' | 'plan'>,
  parts: {
    /** SVGs of the set and their captions. */
    plots: (set: Set) => { svg: string; caption: string }[]
    numbers: (sets: readonly Set[]) => Html
  },
): Html {
  const tasks = [...new Set(sets.map(({ task }) => task))].sort(
    (a, b) => Number(b === 'all') - Number(a === 'all'),
  )
  const part = (task: string) => {
    const own = sets.filter((set) => set.task === task)
    const plots = own.flatMap(parts.plots)
    const numbers = parts.numbers(own)
    return html`<h3>${taskTitle(task)}</h3>
<div class="pair">${plots.map(({ svg, caption }) => figure(svg, caption, madeBy(by)))}</div>
${task === tasks[0] ? numbers : details(`Numbers of ${task}`, numbers)}`
  }
  return html`${tasks.map(part)}`
}
