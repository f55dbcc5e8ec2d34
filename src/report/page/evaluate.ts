import { z } from 'zod'
import { commandLine, interval, versionsText } from './bench.ts'
import { html } from './html.ts'
import { type Column, facts, type Section, shares, table } from './parts.ts'

const measured = z.object({ solutions: z.int(), value: interval.nullable() })

const metric = z.object({ name: z.string(), readable: measured, all: measured })

/** What `assay evaluate --json` prints of a reward. */
export const evaluateResult = z.object({
  benchmark: z.string(),
  file: z.string(),
  reward: z.string(),
  threshold: z.number().nullable(),
  solutions: z.int(),
  steps: z.int(),
  with_error: z.int(),
  without_error: z.int(),
  unreadable: z.int(),
  bad: z.int(),
  metrics: z.array(metric).min(1),
  made: z.object({
    command: z.array(z.string()),
    versions: z.record(z.string(), z.string()),
    reward: z.string(),
  }),
})

export function evaluateSection(result: z.output<typeof evaluateResult>): Section {
  const { benchmark, file, reward, threshold, solutions, steps, unreadable, bad, metrics, made } = result
  const columns: Column<(typeof metrics)[number]>[] = [
    { title: 'Metric', value: ({ name }) => name },
    { title: 'solutions', value: ({ readable }) => readable.solutions },
    { title: 'value', value: ({ readable }) => shares(readable.value) },
  ]
  if (unreadable > 0)
    columns.push(
      { title: 'all solutions', value: ({ all }) => all.solutions },
      { title: 'value, unreadable missed', value: ({ all }) => shares(all.value) },
    )
  return {
    title: benchmark,
    about: 'How well a reward tells what people found in solutions that others wrote.',
    body: html`${table('Times 100, with 95% intervals over problems', [{ name: '', rows: metrics }], columns)}
<h3>How it was made</h3>
${facts([
  ['Command', html`<code>${commandLine(made.command)}</code>`],
  ['File', html`<span class="given">${file}</span>`],
  [
    'Solutions',
    `${solutions} of ${steps} steps; ${result.with_error} with an error, ${result.without_error} without` +
      `${unreadable > 0 ? `; ${unreadable} do not fit the model` : ''}${bad > 0 ? `; ${bad} bad rows left out` : ''}`,
  ],
  ['Reward', html`<span class="given">${reward}</span> <code>${made.reward}</code>`],
  ['Threshold on the hazard', threshold],
  ['Versions', versionsText(made.versions)],
])}`,
  }
}
