import { stageTable } from './model-card.ts'
import type { TraceRecipe } from './recipe.ts'
import type { StageSummary } from './reproduce.ts'

/** How often first mistakes of one kind are found exactly, on generated test traces. */
export interface KindSummary {
  source: string
  kind: string
  count: number
  found: number
}

/** The card beside the CRM that reads traces, Markdown. */
export function traceCard(
  { seed, contextLength, backbone, train, validation, crm }: TraceRecipe,
  stages: readonly StageSummary[],
  kinds: readonly KindSummary[],
  command: string,
): string {
  const found = kinds.map(({ source, kind, count, found }) => `| ${source} | ${kind} | ${count} | ${found} |`)
  return `# The CRM that reads other models' chains of thought

Where does a chain of thought about multistep arithmetic or shuffled objects go wrong first? A Hugging Face directory in float16
(Qwen2ForTokenClassification, context of ${contextLength} tokens), made by \`${command}\` (seed ${seed}) from generated traces alone: \`tasks/traces/\` writes them as
such traces are written, with mistakes of the kinds below. None is copied from anybody.

${stageTable(stages)}

- **backbone**: a language model of traces without a mistake, after ${backbone.drills} windows of copying; a quarter of what it reads are sheets of sums. The CRM reads its surprisal at every token.
- **crm**: ${train} labelled traces of each source, ${crm.epochs === 1 ? 'seen once' : `seen ${crm.epochs} times`}; ${validation} of each for validation, to which scale and shift of its read-outs are fitted.
- It knows how these two tasks are written, and nothing else: on other text its numbers mean nothing.

First mistakes found exactly, on generated traces of the test split, where 'none' says that there is none:

| traces | first mistake | traces of it | found |
|---|---|---|---|
${found.join('\n')}
`
}
