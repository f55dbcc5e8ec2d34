import type { Recipe } from './recipe.ts'
import type { StageSummary } from './reproduce.ts'

/** The card beside the checkpoints, Markdown: how they were made and what was measured while making them. */
export function modelCard(recipe: Recipe, stages: readonly StageSummary[], command: string): string {
  const { samples, curriculum, seed } = recipe
  const problems = (levels: Record<number, number>) =>
    Object.entries(levels)
      .map(([level, count]) => `level ${level}: ${count}`)
      .join(', ')
  const share = new Map<string, number>()
  for (const task of curriculum) share.set(task, (share.get(task) ?? 0) + 1)
  const drills = (name: 'policy' | 'backbone') => {
    const { drills, backwardDrills = 0, practice = 0 } = recipe[name]
    const backwards = backwardDrills > 0 ? ` of which ${100 * backwardDrills}% go backwards` : ''
    const exercises = practice > 0 ? `, and exercises in ${100 * practice}% of its solutions` : ''
    return `${name}: ${drills} windows of copying${backwards}${exercises}`
  }
  return `# Shipped checkpoints

Made by \`${command}\` (seed ${seed}) from generated problems alone: no text of anybody else is in them. Each is a Hugging Face
directory in float16; \`crm\` has a score per token (Qwen2ForTokenClassification), whose sigmoid at each \`<|step|>\` is the hazard.

${stageTable(stages)}

Minutes are wall-clock on the machine that made them, which had other work to do. Losses are in nats: next-token cross entropy
of gold solutions for the language models, the CRM loss a solution for \`crm\`.

- **policy** writes solutions; it is meant to be useful and fallible. **backbone** is the stronger language model that reward
  models start from. Both learned gold solutions in the shares ${[...share].map(([task, count]) => `${task} ${count}/${curriculum.length}`).join(', ')},
  after drills (${drills('policy')}, ${drills('backbone')}).
- **crm** learned from the policy's own solutions of training problems, labelled by the exact verifier: for every task, at
  the levels that it has (word problems have none at 5), ${problems(samples.train)}, ${samples.samplesPerProblem} samples a problem at temperature ${samples.temperature}; validated on
  ${problems(samples.validation)}. It reads the surprisal of the backbone as it was, which
  lies beside it with as many parameters again. After training, scale and shift of its
  read-outs were fitted to the first errors of the validation samples; metrics are after that, the loss before. Nothing was
  tuned on the test or harder splits.
- **judge**, which thinks before it says which of two solutions is better, and **judge-base**, which it was before it learned to judge, are made
  from these by \`assay reproduce --judge\`: judge/README.md.
- **crm-traces** finds the first mistake in other models' chains of thought about two BIG-bench tasks. It is made by itself, by
  \`assay reproduce --traces\`: crm-traces/README.md.
- The others know the three tasks' language (English templates, small numbers) and nothing else: on other text their numbers mean nothing.

docs/results.md has what they do on the test splits, with the command of every number.
`
}

/** How each was trained, and what it came to. */
export function stageTable(stages: readonly StageSummary[]): string {
  const rows = stages.map(({ name, parameters, steps, step, tokens, seconds, validation }) => {
    const metrics = Object.entries(validation).map(([metric, value]) => `${metric} ${value.toFixed(4)}`)
    return `| ${name} | ${millions(parameters)} | ${steps} | ${step} | ${millions(tokens)} | ${Math.round(seconds / 60)} | ${metrics.join(', ')} |`
  })
  return [
    '| model | parameters | steps | kept step | tokens learned from | minutes | on the validation split |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

const millions = (count: number) => `${(count / 1e6).toFixed(2)} M`
