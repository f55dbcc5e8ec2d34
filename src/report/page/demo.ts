import { z } from 'zod'
import { bestOfNPlots } from '../best-of-n.ts'
import { commandLine } from './bench.ts'
import { accuracy, accuracyTable, captionOf } from './best-of-n.ts'
import { type Html, html } from './html.ts'
import { details, facts, figure, pageLook, type Section } from './parts.ts'
import { solutionView } from './solution.ts'

const sample = z
  .object({
    steps: z.array(z.string()),
    answer: z.string().nullable(),
    first_error: z.int().min(0).nullable(),
    scores: z
      .object({
        hazards: z.array(z.number().min(0).max(1)).optional(),
        first_error: z.int().min(0).nullable().optional(),
      })
      .nullable(),
  })
  .refine(({ steps, scores }) => scores?.hazards === undefined || scores.hazards.length === steps.length, {
    message: 'must have as many hazards as steps',
  })

type Sample = z.output<typeof sample>

const example = z.object({
  id: z.string(),
  problem: z.string(),
  truth: z.string(),
  right: z.int(),
  first: sample,
  pick: sample,
})

const task = z.object({
  task: z.string(),
  firstWrong: z.int(),
  mended: z.int(),
  spoilt: z.int(),
  example: example.nullable(),
  bestOfN: accuracy,
})

export const demoResult = z.object({
  problems: z.int(),
  samples: z.int(),
  seed: z.int(),
  made: z.object({ command: z.array(z.string()), versions: z.record(z.string(), z.string()) }).optional(),
  tasks: z.array(task).min(1),
  bestOfN: accuracy,
})

type DemoResult = z.output<typeof demoResult>

export function demoSection(result: DemoResult): Section {
  const { problems, samples, seed, tasks, bestOfN } = result
  const all = { task: 'all', split: 'test', bestOfN }
  return {
    title: 'Demonstration',
    about:
      `A small policy writes ${samples} solutions to each of a few test problems, the reward picks one, and an exact ` +
      'verifier says who was right.',
    body: html`<h3>All tasks</h3>
<div class="pair">${accuracyFigure(all, result)}</div>
${accuracyTable([{ split: 'test', accuracy: bestOfN }])}
${tasks.map((each) => taskPart(each, result))}
<h3>How it was made</h3>
${facts([
  ['Command', html`<code>${commandOf(result)}</code>`],
  ['Problems', `${problems} of each task, test split`],
  ['Samples', `${samples} of each problem`],
  ['Seed', seed],
])}`,
  }
}

function commandOf({ problems, seed, made }: DemoResult): string {
  return made ? commandLine(made.command) : `assay demo --problems ${problems} --seed ${seed}`
}

function accuracyFigure(
  { task, bestOfN }: { task: string; bestOfN: DemoResult['bestOfN'] },
  result: DemoResult,
): Html {
  const set = {
    task,
    split: 'test',
    accuracy: bestOfN,
    samples: { total: bestOfN.problems * bestOfN.samples },
  }
  return figure(
    bestOfNPlots('demo', set, pageLook)[0].svg,
    captionOf(set),
    html`<code>${commandOf(result)}</code>, sampling seed ${result.seed}`,
  )
}

function taskPart(
  { task, firstWrong, mended, spoilt, example, bestOfN }: DemoResult['tasks'][number],
  result: DemoResult,
): Html {
  const { problems, samples } = result
  return html`<h3>${task}</h3>
<p>In ${firstWrong} of ${problems} problems the first sample is wrong; picking from ${samples} mends ${mended} of them and spoils ${spoilt} that were right.</p>
${example === null ? html`<p>No problem has a wrong first sample and a right pick of P(correct) above 50%.</p>` : exampleView(example, result)}
${details(
  `Numbers of ${task}`,
  html`${accuracyFigure({ task, bestOfN }, result)}${accuracyTable([{ split: 'test', accuracy: bestOfN }])}`,
)}`
}

function exampleView(
  { id, problem, truth, right, first, pick }: z.output<typeof example>,
  result: DemoResult,
): Html {
  const made = html`<code>${commandOf(result)}</code>, sampling seed ${result.seed}, problem <code>${id}</code>`
  const view = ({ steps, scores, first_error }: Sample) =>
    solutionView(
      { steps, hazards: scores?.hazards, predicted: scores?.first_error, truth: first_error },
      made,
    )
  return html`<div class="problem given">${problem}</div>
<p>The answer is <span class="given">${truth}</span>; ${right} of ${result.samples} samples are right.</p>
<h4>First sample: <span class="given">${first.answer ?? 'no answer'}</span>, which is wrong</h4>
${view(first)}
<h4>The reward’s pick: <span class="given">${pick.answer ?? 'no answer'}</span>, which is right</h4>
${view(pick)}`
}
