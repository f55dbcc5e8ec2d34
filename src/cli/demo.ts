import type { Command } from 'commander'
import type { BestOfNReport } from '../evaluate/best-of-n.ts'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { type DemoExample, type DemoResult, type DemoSample, type DemoTask, demo } from '../evaluate/demo.ts'
import type { DemoJudging, DemoJudgment } from '../evaluate/demo-judge.ts'
import { versions } from '../evaluate/versions.ts'
import { embeddedJudge } from '../judge/embedded/embedded-judge.ts'
import { percent } from '../report/percent.ts'
import { stepList, strip } from '../report/strip.ts'
import { neutralise, wrap } from '../report/text.ts'
import { tasks } from '../tasks/index.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { modelDirectory, withThreads } from './models.ts'
import { examples, integer } from './options.ts'
import { colours, note, printResult } from './output.ts'
import { Progress } from './progress.ts'
import { openReward, type RewardOptions, withReward } from './reward-options.ts'
import { table } from './table.ts'

interface Options extends RewardOptions {
  problems: number
  seed: number
  policy?: string
  judge?: string
  threads: number
  json?: boolean
}

const samples = 16

export default function define(command: Command): void {
  command
    .description(
      'Show what a reward model is for, live and offline: a small policy writes 16 solutions to each of a few test ' +
        'problems, the reward model picks one, a judge that thinks compares pairs of them, and an exact verifier says who was right.',
    )
    .option('--problems <count>', 'test problems of each task', integer({ min: 1, max: 10_000 }), 40)
    .option('--seed <number>', 'of the samples', integer({ min: 0 }), 1)
    .option('-p, --policy <dir>', 'language model checkpoint (default: the one that comes with assay)')
    .option(
      '--judge <dir>',
      'a judge that thinks, to be shown pairs of the samples (default: the one that comes with assay)',
    )
    .addHelpText(
      'after',
      examples(['assay demo', 'under a minute'], ['assay demo --problems 200', 'less noise']),
    )
    .action(run)
  withThreads(withReward(command))
}

async function run(options: Options): Promise<void> {
  const { problems, seed, threads } = options
  const reward = await openReward(options, { threads })
  const directory = modelDirectory('policy', options.policy)
  const generator = embeddedGenerator(directory, { threads })
  const judgeFolder = modelDirectory('judge', options.judge)
  const judge = embeddedJudge(judgeFolder, { threads })
  const total = tasks.length * problems * samples
  note(`sampling and scoring ${total} solutions on ${threads} ${threads === 1 ? 'thread' : 'threads'} ...`)
  const progress = new Progress('sampling', { total, unit: 'solutions' })
  try {
    const onProgress = (count: number) => progress.add(count)
    const name = reward.model.kind.name.toUpperCase()
    const actors = { generator, reward: reward.model, name, judge }
    const result = await demo({ ...actors, tasks, problems, samples, seed, onProgress })
    progress.stop()
    const made = options.json && {
      command: process.argv.slice(2),
      versions: versions(),
      policy: await checkpointHash(directory),
      reward: await reward.identity(),
      judge: await checkpointHash(judgeFolder),
    }
    printResult({ ...result, ...(made && { made }) }, options, describe)
  } finally {
    progress.stop()
    await Promise.all([generator.close(), reward.model.close(), judge.close()])
  }
}

const width = Math.min(process.stdout.columns || 80, 100)

function describe(result: DemoResult): string {
  const paragraph = (text: string) => wrap(text, width).join('\n')
  return [
    ...result.tasks.map((task) => taskText(task, result)),
    heading(`Best of N, ${result.problems} test problems a task`),
    accuracyTable(result),
    paragraph(
      `Share of right answers, by the exact verifier. ${result.reward}@N: the solution of N with the highest P(correct); ` +
        'vote: answers weighed by it; majority: by count; pass@16: any of 16 is right (nobody can pick better). ' +
        'A small sample, as the ± (95%) says: `assay bench best-of-n` is the real one.',
    ),
    ...(result.judging ? [heading('A judge that thinks'), ...judgingText(result.judging)] : []),
    heading('Next'),
    next(result),
  ].join('\n\n')
}

function heading(text: string): string {
  return colours.bold(`── ${text} ${'─'.repeat(Math.max(0, width - text.length - 4))}`)
}

function taskText({ task, firstWrong, mended, spoilt, example }: DemoTask, { problems }: DemoResult): string {
  const counts =
    `In ${firstWrong} of ${problems} problems the first sample is wrong; picking from 16 mends ${mended} of them` +
    `${spoilt > 0 ? ` and spoils ${spoilt} that were right` : ' and spoils none'}.`
  const shown =
    example === null
      ? [
          wrap(
            `None of the ${problems} problems has a wrong first sample and a right pick of P(correct) above 50%.`,
            width,
          ).join('\n'),
        ]
      : exampleText(example)
  return [heading(task), ...shown, wrap(counts, width).join('\n')].join('\n\n')
}

function exampleText({ id, problem, looked, right, first, pick }: DemoExample): string[] {
  return [
    wrap(neutralise(problem, { keepLines: true }), width, 12).join('\n'),
    `${colours.red('First sample')}: ${neutralise(String(first.answer))}, which is wrong.\n${stripOf(first)}`,
    `${colours.green(`The reward model's pick of ${samples}`)}: ${neutralise(String(pick.answer))}, which is right.\n${stripOf(pick)}`,
    colours.dim(
      wrap(
        `(${id}: ${right} of ${samples} samples are right. It is the first problem with a wrong first sample and a right pick of P(correct) above 50%; ${looked} looked at.)`,
        width,
      ).join('\n'),
    ),
  ]
}

function stripOf({ steps, scores, first_error: firstError }: DemoSample): string {
  if (scores === null) return ''
  const { hazards, p_correct: pCorrect, first_error: predicted } = scores
  const look = { width, color: colours.isColorSupported }
  const shown = hazards
    ? strip({ steps, hazards, firstError }, look)
    : stepList({ steps, pCorrect, predicted, firstError }, look)
  return shown.trimEnd()
}

function accuracyTable({ reward, tasks, bestOfN }: DemoResult): string {
  const accuracy = (report: BestOfNReport, method: string, n: number) => {
    const point = report.methods[method].points.find((point) => point.n === n)
    return point === undefined ? null : { ...point, text: percent(point.mean) }
  }
  const rows = [
    { name: 'pass@1', method: 'pass@1', n: 1 },
    { name: 'majority@4', method: 'majority', n: 4 },
    { name: `${reward}@4`, method: reward, n: 4 },
    { name: 'majority@16', method: 'majority', n: 16 },
    { name: `${reward}@16`, method: reward, n: 16 },
    { name: `${reward} vote@16`, method: `${reward} vote`, n: 16 },
    { name: 'pass@16', method: 'pass@N', n: 16 },
  ]
  return table(rows, [
    { title: '', value: ({ name }) => name },
    ...tasks.map(({ task, bestOfN }) => ({
      title: task,
      value: ({ method, n }: (typeof rows)[number]) => accuracy(bestOfN, method, n)?.text,
      align: 'right' as const,
    })),
    {
      title: 'all',
      value: ({ method, n }) => {
        const point = accuracy(bestOfN, method, n)
        return point && `${point.text} ±${Math.round(((point.high - point.low) / 2) * 100)}`
      },
      align: 'right',
    },
  ])
}

function judgingText({ pairs, right, unjudged, tokens, example }: DemoJudging): string[] {
  const share = `${right} of ${pairs} pairs of a right and a wrong sample${unjudged > 0 ? ` (no verdict on ${unjudged})` : ''}`
  const counts =
    `It names the right one in ${share}, thinking ${Math.round(tokens / Math.max(1, pairs))} tokens on average. Nobody showed it how: ` +
    'it was told whether its verdicts were right, and nothing else.'
  return [...(example ? judgmentText(example) : []), wrap(counts, width).join('\n')]
}

function judgmentText({ problem, responses, right, winner, thinking }: DemoJudgment): string[] {
  const indented = (lines: readonly string[]) =>
    lines.flatMap((line) => wrap(neutralise(line), width - 4).map((part) => `    ${part}`)).join('\n')
  const titles = responses.map((_, i) => `Response ${i + 1}${i === right ? ', the right one' : ''}`)
  return [
    wrap(neutralise(problem, { keepLines: true }), width, 12).join('\n'),
    ...responses.map((steps, i) => `${colours.bold(titles[i])}:\n${indented(steps)}`),
    `${colours.bold('What the judge thinks')}:\n${indented(thinking.slice(0, -1))}`,
    `${winner === right ? colours.green('Verdict') : colours.red('Verdict')}: response ${(winner ?? 0) + 1} is better.`,
  ]
}

function next({ tasks }: DemoResult): string {
  const shown = tasks.flatMap(({ example }) => (example === null ? [] : [example.problem]))
  const short = shown.find((problem) => problem.length <= 60) ?? 'Compute (7 - 2) * (3 + 4).'
  return [
    `assay solve '${short.replaceAll("'", String.raw`'\''`)}'`,
    'assay score solutions.jsonl --out scores.jsonl',
    'assay bench best-of-n',
  ]
    .map((line) => `  ${line}`)
    .join('\n')
}
