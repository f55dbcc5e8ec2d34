import { z } from 'zod'
import { linePlot } from '../line-plot.ts'
import { percent } from '../percent.ts'
import { interval, made, madeBy, madeFacts } from './bench.ts'
import { type Html, html } from './html.ts'
import { figure, pageLook, type Section, shares, table, taskTitle } from './parts.ts'

const promise = z.object({
  error: z.number(),
  threshold: z.object({ threshold: z.number(), count: z.int() }).nullable(),
  measured: z.record(
    z.string(),
    z.object({ problems: z.int(), answered: interval, wrong: interval.nullable() }),
  ),
})

export const confidenceResult = z.object({ ...made, n: z.int(), promises: z.array(promise).min(1) })

type ConfidenceResult = z.output<typeof confidenceResult>

export function confidenceSection(result: ConfidenceResult): Section {
  const { n, plan, promises } = result
  const fitted = promises.find(({ threshold }) => threshold !== null)?.threshold?.count
  const names = [...new Set(promises.flatMap(({ measured }) => Object.keys(measured)))]
  const groups = names.map((name) => ({
    name: `${name}: ${promises[0].measured[name]?.problems ?? 0} problems`,
    rows: promises.flatMap((promise) =>
      Object.hasOwn(promise.measured, name) ? { ...promise, ...promise.measured[name] } : [],
    ),
  }))
  return {
    title: 'Promised error rates',
    about:
      'How sure the reward must be of its choice so that at most a promised share of the answers is wrong, and what comes ' +
      'of the promise: on validation problems, where it is meant to hold, and on harder ones.',
    body: html`<h3>${plan.tasks.map(taskTitle).join(', ')}</h3>
${promisePlot(result, names)}${table(
  `Percent, with 95% intervals over problems${fitted === undefined ? '' : `; fitted on ${fitted} other problems of validation`}`,
  groups,
  [
    { title: 'promised', value: ({ error }) => percent(error, 1) },
    {
      title: 'P(correct) from',
      value: ({ threshold }) => threshold?.threshold.toPrecision(4) ?? 'no promise',
    },
    { title: 'answered', value: ({ answered }) => shares(answered) },
    { title: 'wrong, of the answers', value: ({ wrong }) => shares(wrong) },
  ],
)}${madeFacts(result, `${n} of each problem`)}`,
  }
}

/** What was wrong against what was promised; nothing where nothing could be promised. */
function promisePlot(result: ConfidenceResult, names: readonly string[]): Html | null {
  const { n, promises } = result
  const curves = names
    .map((name, i) => ({
      name,
      emphasis: i === 0 ? ('strong' as const) : ('plain' as const),
      points: promises.flatMap(({ error, measured }) => {
        const wrong = Object.hasOwn(measured, name) ? measured[name].wrong : null
        return wrong === null ? [] : { x: error, y: wrong.mean, low: wrong.low, high: wrong.high }
      }),
    }))
    .filter(({ points }) => points.length > 0)
  if (curves.length === 0) return null
  const errors = curves.flatMap(({ points }) => points.map(({ x }) => x))
  const ends = [...new Set([Math.min(...errors), Math.max(...errors)])]
  const svg = linePlot({
    ...pageLook,
    title: `Wrong answers, best of ${n}`,
    x: { label: 'promised share of wrong answers', scale: 'linear' },
    y: { label: 'measured share of wrong answers', format: 'percent' },
    curves: [
      { name: 'promise', emphasis: 'reference', points: ends.map((at) => ({ x: at, y: at })) },
      ...curves,
    ],
  })
  const caption =
    'Below the dashed line the promise is kept; bands are 95% intervals over the problems that were answered.'
  return figure(svg, caption, madeBy(result))
}
