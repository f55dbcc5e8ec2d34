import { z } from 'zod'
import { percent } from '../percent.ts'
import { commandLine } from './bench.ts'
import { type Html, html } from './html.ts'
import { details, facts, type Section, table } from './parts.ts'
import { solutionView } from './solution.ts'

const probability = z.number().min(0).max(1)

const attempt = z
  .object({
    steps: z.array(z.string()),
    answer: z.string(),
    seed: z.int().optional(),
    p_correct: probability,
    hazards: z.array(probability).optional(),
    first_error: z.int().min(0).nullable().optional(),
  })
  .refine(({ steps, hazards }) => hazards === undefined || hazards.length === steps.length, {
    message: 'must have as many hazards as steps',
  })
  .refine(({ steps, first_error }) => (first_error ?? 0) < Math.max(1, steps.length), {
    message: 'must have a first_error among its steps',
  })

type Attempt = z.output<typeof attempt>

export const solveResult = z.object({
  problem: z.string(),
  n: z.int(),
  seed: z.int(),
  search: z.string(),
  ranked: z.array(attempt),
  unfinished: z.array(z.unknown()),
  winner: attempt.nullable(),
  runnerUp: attempt.nullable(),
  answers: z.array(
    z.object({ answer: z.string(), votes: z.int(), best: probability, sum: z.number().min(0) }),
  ),
  sure: z.boolean().optional(),
  threshold: z.object({ threshold: z.number(), minConfidence: z.number() }).optional(),
  made: z.object({ command: z.array(z.string()) }).optional(),
})

type SolveResult = z.output<typeof solveResult>

const mostCandidates = 16
const mostAnswers = 20

export function solveSection(result: SolveResult): Section {
  const { problem, n, seed, search, ranked, unfinished, winner, runnerUp, answers } = result
  const command = result.made
    ? commandLine(result.made.command)
    : `assay solve --n ${n} --seed ${seed}${search === 'best-of-n' ? '' : ` --search ${search}`}`
  const above = [winner, runnerUp].map((each) => each && textOf(each))
  const others = distinct(ranked).filter(({ attempt }) => !above.includes(textOf(attempt)))
  const shown = others.slice(0, mostCandidates)
  const view = (each: Attempt) =>
    solutionView(
      { ...each, predicted: each.first_error },
      html`<code>${command}</code>${each.seed !== undefined && `, sample of seed ${each.seed}`}`,
    )
  return {
    title: 'Solved problem',
    about:
      'Sampled solutions of one problem, ranked by the chance that their answer is right: the best, the best of those ' +
      'that say otherwise, and for each step its hazard (the chance that it is the first wrong one) and the survival up ' +
      'to it.',
    body: html`<div class="problem given">${problem}</div>
${surenessOf(result)}
${winner ? html`<h3>Best: ${said(winner)}</h3>${view(winner)}` : html`<p>None of ${n} solutions came to an answer.</p>`}
${runnerUp && html`<h3>Runner-up: ${said(runnerUp)}</h3>${view(runnerUp)}`}
<h3>Answers</h3>
${table(
  'Votes and P(correct) of each answer',
  [{ name: '', rows: answers.slice(0, mostAnswers) }],
  [
    { title: 'Answer', value: ({ answer }) => html`<span class="given">${answer}</span>` },
    { title: 'votes', value: ({ votes }) => votes },
    { title: 'best P(correct)', value: ({ best }) => percent(best, 1) },
    { title: 'sum of P(correct)', value: ({ sum }) => sum.toPrecision(3) },
  ],
)}${answers.length > mostAnswers && html`<p>And ${answers.length - mostAnswers} more answers.</p>`}
${shown.length > 0 && html`<h3>Other candidates</h3>`}
${shown.map(({ attempt, times }) => details([said(attempt), times > 1 && html` <span class="muted">${times} times</span>`], view(attempt)))}
${others.length > shown.length && html`<p>And ${others.length - shown.length} more different candidates.</p>`}
<h3>How it was made</h3>
${facts([
  ['Command', html`<code>${command}</code>${!result.made && ', of the problem above'}`],
  ['Samples', `${n}; ${unfinished.length} came to no answer, so have no score`],
  ['Seed', seed],
])}`,
  }
}

/** Each solution once, in its order, and how often it was drawn. */
function distinct(ranked: readonly Attempt[]): { attempt: Attempt; times: number }[] {
  const found = new Map<string, { attempt: Attempt; times: number }>()
  for (const attempt of ranked) {
    const same = found.get(textOf(attempt))
    if (same) same.times++
    else found.set(textOf(attempt), { attempt, times: 1 })
  }
  return [...found.values()]
}

function textOf({ steps }: Attempt): string {
  return JSON.stringify(steps)
}

function said({ answer, p_correct }: Attempt): Html {
  return html`<span class="given">${answer}</span> <span class="muted">P(correct) ${percent(p_correct, 1)}</span>`
}

function surenessOf({ sure, threshold }: SolveResult): Html | null {
  if (threshold === undefined) return null
  const { minConfidence, threshold: least } = threshold
  const promised = `of the answers with a P(correct) of ${percent(least, 1)} or more, at least ${percent(minConfidence)} are promised to be right.`
  return html`<p><strong>${sure ? 'Sure enough' : 'Not sure'}</strong>: ${promised}</p>`
}
