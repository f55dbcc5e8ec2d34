import type { StageSummary } from '../../reward/reproduce/reproduce.ts'
import { judgeContext } from './base.ts'
import type { JudgeRecipe } from './recipe.ts'

/** The card beside the judge's checkpoint, Markdown. */
export function judgeCard(
  { seed, short, base, judge, dropSolved, probe }: JudgeRecipe,
  stages: readonly StageSummary[],
  command: string,
) {
  const rows = stages.map(({ name, steps, tokens, seconds, validation }) => {
    const metrics = Object.entries(validation).map(([metric, value]) => `${metric} ${value.toFixed(4)}`)
    return `| ${name} | ${steps} | ${(tokens / 1e6).toFixed(2)} M | ${Math.round(seconds / 60)} | ${metrics.join(', ')} |`
  })
  return `# The judge

Which of two solutions is better? It thinks in lines and ends with \`Better: 1\` or \`Better: 2\`. A Hugging Face directory in float16
(Qwen2ForCausalLM, context of ${judgeContext} tokens), made by \`${command}\` (seed ${seed}).

| stage | steps | tokens | minutes | on the validation split |
|---|---|---|---|---|
${rows.join('\n')}

- **judge base**: the backbone, taught to solve the tasks, to check solutions step by step, to compare answers, and what a judgment looks like
  (${base.batchTokens} tokens a step, peak rate ${base.peak}). Its judgments are of two right or of two wrong solutions, with verdicts
  drawn by lot: nothing there tells which solution is better. Its texts are of the CRM's training samples, and of samples of
  ${Object.entries(short.perLevel)
    .map(([level, count]) => `${count} problems of level ${level}`)
    .join(', ')} of every task.
- **judge**: reinforcement learning by whether verdicts are right, +1 or -1, and by nothing else: thinking is credited with ${judge.credit === 'expected' ? 'what verdicts earn on average after it' : 'what its verdict earned'}, less what the other judgments of the pair get (${judge.pairs} pairs a step,
  ${judge.judgments} judgments each, rate ${judge.rate}, KL weight ${judge.klLoss}, at most ${judge.maxTokens} tokens). Pairs are a right and a wrong solution of the
  embedded policy for one problem of the train split${dropSolved > 0 ? `; those that the base gets right ${dropSolved} times of ${dropSolved} are left out` : ''}. Tokens are generated ones.
  Accuracy is measured on ${probe} pairs at most of the validation split, one judgment each at temperature ${judge.temperature}.
- It knows the three tasks' language and the embedded policy's mistakes, nothing else: on other text its verdicts mean nothing.
`
}
