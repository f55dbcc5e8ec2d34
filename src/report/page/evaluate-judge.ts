import { z } from 'zod'
import { costRules, isCount, orderRules } from '../../evaluate/judge/pair-rules.ts'
import { commandLine, interval, versionsText } from './bench.ts'
import { type Html, html } from './html.ts'
import { type Column, details, facts, numbers, type Section, shares, table } from './parts.ts'

const measured = z.object({ rows: z.int(), value: interval.nullable() })
const metric = z.object({ name: z.string(), decided: measured, all: measured })
const verdict = z.literal([0, 1, 'tie']).nullable()

/** What `assay evaluate --json` prints of a judge. */
export const evaluateJudgeResult = z.object({
  ...{ benchmark: z.string(), file: z.string(), model: z.string().nullable() },
  ...{ pairs: z.int(), judgments: z.int(), verdicts: z.int(), tokens: z.number(), bad: z.int() },
  differences: z.array(
    z.object({ id: z.string(), order: z.string(), published: verdict, read: verdict, text: z.string() }),
  ),
  metrics: z.array(metric).min(1),
  made: z.object({ command: z.array(z.string()), versions: z.record(z.string(), z.string()) }),
})

type Result = z.output<typeof evaluateJudgeResult>
type Metric = Result['metrics'][number]

export function evaluateJudgeSection(result: Result): Section {
  const { benchmark, file, model, pairs, judgments, verdicts, tokens, bad, metrics, made } = result
  const missing = judgments - verdicts
  const columns: Column<Metric>[] = [
    { title: 'Metric', value: ({ name }) => name },
    { title: missing > 0 ? 'with verdicts' : 'number', value: ({ decided }) => decided.rows },
    { title: 'value', value: ({ name, decided }) => valueText(name, decided) },
  ]
  if (missing > 0)
    columns.push(
      { title: 'all', value: ({ all }) => all.rows },
      { title: 'value, missing verdicts missed', value: ({ name, all }) => valueText(name, all) },
    )
  return {
    title: benchmark,
    about:
      'How well a judge tells the better of two responses, and how much it goes by the order in which it is shown them.',
    body: html`${table('Times 100, tokens as they are, with 95% intervals over prompts', grouped(metrics), columns)}
${differencesRead(result)}<h3>How it was made</h3>
${facts([
  ['Command', html`<code>${commandLine(made.command)}</code>`],
  ['File', html`<span class="given">${file}</span>`],
  ['Judge', model === null ? 'as published with the pairs' : html`<span class="given">${model}</span>`],
  [
    'Judgments',
    `${judgments} of ${pairs} pairs${missing > 0 ? `; ${missing} without a verdict` : ''}${bad > 0 ? `; ${bad} bad rows left out` : ''}`,
  ],
  ['Tokens', `${tokens}${model === null ? ', guessed: a quarter of the characters on record' : ''}`],
  ['Versions', versionsText(made.versions)],
])}`,
  }
}

const valueText = (name: string, { value }: Metric['all']) => (isCount(name) ? numbers(value) : shares(value))

const ofOrder = new Set(orderRules.map(({ name }) => name))
const ofVerdicts = new Set(costRules([]).map(({ name }) => name))

function grouped(metrics: readonly Metric[]) {
  const groupOf = ({ name }: Metric) => {
    if (ofOrder.has(name)) return 'The order shown'
    return ofVerdicts.has(name) || isCount(name) ? 'Verdicts and their cost' : 'Against the labels'
  }
  const names = new Set(metrics.map(groupOf))
  return [...names].map((name) => ({ name, rows: metrics.filter((metric) => groupOf(metric) === name) }))
}

/** Of the differences between published verdicts and texts, so many are shown. */
const shown = 10

function differencesRead({ differences }: Result): Html | false {
  if (differences.length === 0) return false
  const more = differences.length - shown
  return details(
    `Published verdicts that are not what their texts say: ${differences.length}; the texts count`,
    html`${differences.slice(0, shown).map(
      ({ id, order, published, read, text }) =>
        html`<p><span class="given">${id}</span>, ${order}: published ${verdictText(published)}, the text says ${verdictText(read)}</p>
<p class="problem given">${text}</p>\n`,
    )}${more > 0 && html`<p>And ${more} more.</p>`}`,
  )
}

/** A verdict on the pair's responses, in words. */
export function verdictText(verdict: 0 | 1 | 'tie' | null): string {
  if (verdict === null) return 'none'
  return verdict === 'tie' ? 'a tie' : ['the first', 'the second'][verdict]
}
