import { join } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import type { Interval } from '../evaluate/bootstrap.ts'
import type { JudgeBenchReport } from '../evaluate/judge-bench/bench.ts'
import { judgmentsToRead } from './judge-reading.ts'
import { linePlot, type PlotCurve, type PlotLook, type PlotPoint } from './line-plot.ts'
import { taskLabel } from './task-label.ts'

/** What of a bench of judges is plotted. */
type PlottedJudges = Pick<JudgeBenchReport, 'thinking' | 'budgets' | 'votes' | 'bestOf' | 'learning'>

const point = (x: number, { mean, low, high }: Interval): PlotPoint => ({ x, y: mean, low, high })

/** The plots by the names of their files: an SVG document each, but null where there is nothing to draw. */
export function judgePlots(
  report: PlottedJudges,
  look: PlotLook = {},
): { name: string; caption: string; svg: string }[] {
  const { thinking, budgets, votes, bestOf, learning } = report
  const plots: ReturnType<typeof judgePlots> = []
  const add = (
    name: string,
    caption: string,
    title: string,
    x: { label: string; scale?: 'linear' },
    y: { label: string; format: 'percent' | 'number' },
    curves: PlotCurve[],
  ) => {
    if (curves.length > 0)
      plots.push({
        name,
        caption,
        svg: linePlot({ title, x: { scale: 'linear', ...x }, y, ...look, curves }),
      })
  }
  const accuracy = { label: 'right verdicts', format: 'percent' } as const

  if (learning !== null && learning.length > 1) {
    const curve = (value: 'accuracy' | 'unparseable') =>
      learning.map((each): PlotPoint => ({ x: each.step, y: each[value] }))
    add(
      'learning',
      'Judgments of the training pairs, as the judge learned from whether they were right.',
      'What the judge learned from right and wrong',
      { label: 'step' },
      { label: 'judgments', format: 'percent' },
      [
        { name: 'right', emphasis: 'strong', points: curve('accuracy') },
        { name: 'no verdict', points: curve('unparseable') },
      ],
    )
    const levels = Object.keys(learning[0].tokensByLevel)
    add(
      'learning-length',
      'Length of its judgments meanwhile, by the level of the problem.',
      'How long it thinks as it learns',
      { label: 'step' },
      { label: 'tokens a judgment', format: 'number' },
      levels.map((level) => ({
        name: `level ${level}`,
        points: learning.flatMap(({ step, tokensByLevel }) =>
          tokensByLevel[level] === undefined ? [] : [{ x: step, y: tokensByLevel[level] }],
        ),
      })),
    )
  }
  add(
    'thinking',
    'Tokens of a judgment by the level of the problem.',
    'Thinking by difficulty',
    { label: 'level of the problem' },
    { label: 'tokens a judgment', format: 'number' },
    thinking.flatMap(({ arm, levels }) =>
      [...new Set(levels.map(({ task }) => task))].map((task): PlotCurve => {
        const points = levels
          .filter((each) => each.task === task)
          .map(({ level, tokens }) => point(level, tokens))
        return arm === 'base'
          ? { name: `${task}, before`, emphasis: 'reference', points }
          : { name: task, points }
      }),
    ),
  )
  add(
    'budget',
    'Right verdicts when thinking is cut after so many tokens and the verdict asked for.',
    'Accuracy by thinking budget',
    { label: 'tokens of thinking, at most' },
    accuracy,
    budgets.map(({ split, points }) => ({
      name: split,
      points: points.map((each) => point(each.budget, each.accuracy)),
    })),
  )
  for (const { split, fixed, adaptive } of votes)
    add(
      `votes-${split}`,
      `Votes on the pairs of the ${split} split: a fixed number, and until one response leads.`,
      `Accuracy by tokens of all votes: ${split}`,
      { label: 'generated tokens a pair' },
      accuracy,
      [
        {
          name: 'votes@k',
          emphasis: 'strong',
          points: fixed.map((each) => point(each.tokens.mean, each.accuracy)),
        },
        ...(adaptive.length === 0
          ? []
          : [
              {
                name: 'until one leads',
                points: adaptive.map((each) => point(each.tokens.mean, each.accuracy)),
              },
            ]),
      ],
    )
  for (const { split, task, methods, curves } of widest(bestOf)) {
    const judged = methods.filter(({ kind }) => kind === 'judge')
    const others = methods.filter(({ kind }) => kind === 'teams' || kind === 'cascade')
    const at = ({ work, accuracy }: { work: number; accuracy: Interval }) => point(work / 1e6, accuracy)
    add(
      `best-of-${split}`,
      `Right answers of ${taskLabel(task)}, ${split}: the judge among 8 candidates, others among 1 to 64.`,
      `Best of N by compute: ${task}, ${split}`,
      { label: 'million multiply-adds a problem, sampling included' },
      { label: 'right answers', format: 'percent' },
      [
        { name: 'judge', emphasis: 'strong', points: judged.map(at) },
        ...others.map((each): PlotCurve => ({ name: each.name, points: [at(each)] })),
        ...curves.map(
          ({ name, points }): PlotCurve => ({
            name: `${name}@N`,
            emphasis: name === 'majority' ? 'reference' : 'plain',
            points: points.map(at),
          }),
        ),
      ],
    )
  }
  return plots
}

/** Of each split the set of all tasks, or of the only one. */
export function widest<Set extends { split: string }>(sets: readonly Set[]): Set[] {
  return sets.filter(({ split }, i) => sets.findIndex((other) => other.split === split) === i)
}

/** Writes `results.json`, the plots and the judgments to be read; returns the files. */
export function writeJudgeBench(directory: string, results: JudgeBenchReport): Promise<string[]> {
  return writeFiles([
    { path: join(directory, 'results.json'), text: `${JSON.stringify(results, null, 2)}\n` },
    { path: join(directory, 'samples.md'), text: judgmentsToRead(results.reading) },
    ...judgePlots(results).map(({ name, svg }) => ({ path: join(directory, `${name}.svg`), text: svg })),
  ])
}
