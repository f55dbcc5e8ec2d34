import { z } from 'zod'
import { judgePlots, widest } from '../judge.ts'
import { outcome } from '../judge-reading.ts'
import { taskLabel } from '../task-label.ts'
import { commandLine, interval } from './bench.ts'
import { type Html, html } from './html.ts'
import {
  changes,
  details,
  facts,
  figure,
  fractions,
  numbers,
  pageLook,
  type Section,
  shares,
  table,
} from './parts.ts'

const arm = z.object({
  arm: z.string(),
  accuracy: interval,
  seeds: z.array(z.number()),
  rightFirst: interval,
  rightSecond: interval,
  consistency: interval.nullable(),
  firstSlot: interval.nullable(),
  unparseable: interval,
  tokens: interval,
})

const slice = z.object({
  split: z.string(),
  task: z.string(),
  level: z.int().nullable(),
  nearness: z.string().nullable(),
  pairs: z.int(),
  arms: z.array(arm).min(1),
  differences: z.array(interval.extend({ minus: z.string() })),
})

const votePoint = z.object({ rule: z.string(), accuracy: interval, votes: z.number(), tokens: interval })

const method = z.object({
  name: z.string(),
  kind: z.enum(['reference', 'reward', 'judge', 'teams', 'cascade']),
  accuracy: interval,
  versus: z.record(z.string(), interval),
  equalWork: z.array(
    z.object({
      name: z.string(),
      n: z.int(),
      work: z.number(),
      accuracy: interval,
      difference: interval,
    }),
  ),
  calls: z.number(),
  read: z.number(),
  written: z.number(),
  scored: z.number(),
  work: z.number(),
})

const said = z.object({
  winner: z.literal([0, 1]).nullable(),
  nonVerdict: z.enum(['truncated', 'unparseable', 'refused', 'failed']).nullable(),
  reasoning: z.string(),
  tokens: z.int(),
})

const steps = z.array(z.string())

/** The results.json of `assay bench judge`. */
export const judgeBenchResult = z.object({
  command: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  settings: z.looseObject({ seed: z.int(), splits: z.array(z.string()).min(1) }),
  arms: z.array(z.object({ name: z.string(), group: z.string(), hash: z.string(), size: z.number() })),
  rewards: z.record(z.string(), z.string()),
  pairs: z.array(
    z.object({
      ...{ task: z.string(), split: z.string() },
      ...{ problems: z.int(), mixed: z.int(), tooLong: z.int(), used: z.int() },
    }),
  ),
  accuracy: z.array(slice).min(1),
  thinking: z.array(
    z.object({
      arm: z.string(),
      levels: z.array(z.object({ task: z.string(), level: z.int(), pairs: z.int(), tokens: interval })),
      ratios: z.array(
        z.object({
          task: z.string(),
          easy: z.array(z.int()),
          hard: z.array(z.int()),
          tokens: interval,
          read: interval,
        }),
      ),
    }),
  ),
  budgets: z.array(
    z.object({
      split: z.string(),
      points: z.array(
        z.object({ budget: z.int(), accuracy: interval, unparseable: interval, tokens: interval }),
      ),
    }),
  ),
  votes: z.array(
    z.object({
      split: z.string(),
      fixed: z.array(votePoint),
      adaptive: z.array(votePoint.extend({ gain: interval })),
    }),
  ),
  swapped: z.array(
    z.object({
      ...{ split: z.string(), pairs: z.int() },
      ...{ own: interval, swapped: interval, samePlace: interval, otherPlace: interval },
      ...{ none: interval, fall: interval, follows: interval },
    }),
  ),
  cascade: z.object({
    by: z.string(),
    error: z.number(),
    gap: z.object({ gap: z.number(), count: z.int(), settled: z.number(), wrong: z.number() }).nullable(),
  }),
  bestOf: z.array(
    z.object({
      ...{ split: z.string(), task: z.string(), problems: z.int(), candidates: z.int() },
      methods: z.array(method),
      curves: z.array(
        z.object({
          name: z.string(),
          points: z.array(z.object({ n: z.int(), work: z.number(), accuracy: interval })),
        }),
      ),
    }),
  ),
  learning: z
    .array(
      z.object({
        ...{ step: z.int(), accuracy: z.number(), unparseable: z.number() },
        ...{ kl: z.number(), tokens: z.number(), tokensByLevel: z.record(z.string(), z.number()) },
      }),
    )
    .nullable(),
  reading: z.array(
    z.object({
      ...{ id: z.string(), task: z.string(), split: z.string(), level: z.int(), problem: z.string() },
      responses: z.tuple([steps, steps]),
      right: z.literal([0, 1]),
      before: said,
      after: said,
    }),
  ),
})

type Result = z.output<typeof judgeBenchResult>
type Slice = Result['accuracy'][number]

export function judgeBenchSection(result: Result): Section {
  const { settings, accuracy, reading } = result
  const by = html`<code>${commandLine(result.command)}</code>, seed ${settings.seed}`
  const ofSplit = (split: string) => accuracy.filter((each) => each.split === split)
  const [first, ...others] = reading
  return {
    title: 'The reasoning judge',
    about:
      'A judge that learned to reason from right and wrong verdicts alone, on pairs of a right and a wrong solution: against where it ' +
      'started, against judges that may not think, and as one who chooses among solutions. A judgment without a verdict is not right.',
    body: html`${settings.splits.map((split) => armsOf(ofSplit(split)))}
<div class="pair">${judgePlots(result, pageLook).map(({ svg, caption }) => figure(svg, caption, by))}</div>
${thinkingTables(result)}${result.swapped.length > 0 && swapTable(result)}<h3>Choosing among solutions</h3>
${widest(result.bestOf).map(bestOfTable)}${details(
  'By task',
  html`${result.bestOf.filter((set) => !widest(result.bestOf).includes(set)).map(bestOfTable)}`,
)}
${first && html`<h3>A judgment read through</h3><p>The first of ${reading.length} pairs that were drawn by lot.</p>${pairRead(first)}`}
${others.length > 0 && details(`The other ${others.length}`, html`${others.map(pairRead)}`)}${madeFacts(result)}`,
  }
}

function armsOf(slices: readonly Slice[]): Html {
  const [whole, ...parts] = slices
  const { arms } = whole
  const place = ({ task, level, nearness }: Slice) =>
    nearness !== null ? `misses that are ${nearness}` : level === null ? task : `${task}, level ${level}`
  return html`<h3>Pairs of the ${whole.split} split</h3>
${table(
  `Right verdicts on ${whole.pairs} pairs, %: means over training seeds and both orders, intervals over pairs`,
  [{ name: '', rows: arms }],
  [
    { title: 'arm', value: ({ arm }) => arm },
    { title: 'right', value: ({ accuracy }) => shares(accuracy) },
    { title: 'of each seed', value: ({ seeds }) => seeds.map((share) => (100 * share).toFixed(1)).join(' ') },
    { title: 'right one first', value: ({ rightFirst }) => shares(rightFirst) },
    { title: 'second', value: ({ rightSecond }) => shares(rightSecond) },
    { title: 'orders agree', value: ({ consistency }) => shares(consistency) },
    { title: 'for the first', value: ({ firstSlot }) => shares(firstSlot) },
    { title: 'no verdict', value: ({ unparseable }) => shares(unparseable) },
    { title: 'tokens', value: ({ tokens }) => numbers(tokens) },
  ],
)}
${table(
  'Judge minus the others, points',
  [{ name: '', rows: slices.filter(({ nearness, level }) => nearness === null && level === null) }],
  [
    { title: 'pairs', value: place },
    ...whole.differences.map(({ minus }) => ({
      title: `minus ${minus}`,
      value: ({ differences }: Slice) => changes(differences.find((each) => each.minus === minus) ?? null),
    })),
  ],
)}
${details(
  'By task, level and nearness of the miss',
  table(
    'Right verdicts, %; a miss is as late as the first wrong step of the wrong solution: in the first, second or last third',
    [{ name: '', rows: parts }],
    [
      { title: 'pairs', value: place },
      { title: 'number', value: ({ pairs }) => pairs },
      ...arms.map(({ arm: name }, i) => ({
        title: name,
        value: ({ arms }: Slice) => shares(arms[i].accuracy),
      })),
    ],
  ),
)}`
}

function thinkingTables({ thinking, votes }: Result): Html {
  const ratios = thinking.flatMap(({ arm, ratios }) => ratios.map((each) => ({ arm, ...each })))
  return html`<h3>Thinking and voting</h3>
${
  ratios.length > 0 &&
  table(
    'Hardest level over easiest level, splits together',
    [{ name: '', rows: ratios }],
    [
      { title: 'arm', value: ({ arm }) => arm },
      { title: 'task', value: ({ task }) => task },
      { title: 'levels', value: ({ easy, hard }) => `${easy.join(', ')} and ${hard.join(', ')}` },
      { title: 'tokens of a judgment', value: ({ tokens }) => fractions(tokens) },
      { title: 'tokens read', value: ({ read }) => fractions(read) },
    ],
  )
}
${table(
  'Votes: right, %; the gain is over a fixed number of votes at the same tokens',
  votes.map(({ split, fixed, adaptive }) => ({
    name: split,
    rows: [...fixed.map((each) => ({ ...each, gain: null })), ...adaptive],
  })),
  [
    { title: 'rule', value: ({ rule }) => rule },
    { title: 'right', value: ({ accuracy }) => shares(accuracy) },
    { title: 'votes', value: ({ votes }) => votes.toFixed(1) },
    { title: 'tokens', value: ({ tokens }) => numbers(tokens) },
    { title: 'gain', value: ({ gain }) => changes(gain) },
  ],
)}`
}

function swapTable({ swapped }: Result): Html {
  return html`<h3>Is the reasoning what decides?</h3>
<p>The thinking is given, and the verdict asked for: after the judge's own thinking about the pair, after its thinking about another pair of
the same task and level (half of it where the right response was shown in the other place), and after none.</p>
${table(
  'Right verdicts, %',
  [{ name: '', rows: swapped }],
  [
    { title: 'split', value: ({ split }) => split },
    { title: 'pairs', value: ({ pairs }) => pairs },
    { title: 'own', value: ({ own }) => shares(own) },
    { title: 'swapped', value: ({ swapped }) => shares(swapped) },
    { title: 'fall', value: ({ fall }) => changes(fall) },
    { title: 'same place', value: ({ samePlace }) => shares(samePlace) },
    { title: 'other place', value: ({ otherPlace }) => shares(otherPlace) },
    { title: 'none', value: ({ none }) => shares(none) },
    { title: 'verdicts of the thinking put in', value: ({ follows }) => shares(follows) },
  ],
)}`
}

function bestOfTable({ split, task, problems, candidates, methods }: Result['bestOf'][number]): Html {
  const others = [...new Set(methods.flatMap(({ versus }) => Object.keys(versus)))]
  const curves = [...new Set(methods.flatMap(({ equalWork }) => equalWork.map(({ name }) => name)))]
  return table(
    `Best of ${candidates}, right, %: ${taskLabel(task)}, ${split}, ${problems} problems; tokens and compute of a problem`,
    [{ name: '', rows: methods }],
    [
      { title: 'chosen by', value: ({ name }) => name },
      { title: 'right', value: ({ accuracy }) => shares(accuracy) },
      ...others.map((other) => ({
        title: `minus ${other}`,
        value: ({ versus }: (typeof methods)[number]) => changes(versus[other] ?? null),
      })),
      { title: 'games', value: ({ calls }) => calls.toFixed(1) },
      { title: 'judge reads', value: ({ read }) => read.toFixed(0) },
      { title: 'judge writes', value: ({ written }) => written.toFixed(0) },
      { title: 'rewards read', value: ({ scored }) => scored.toFixed(0) },
      { title: 'million multiply-adds', value: ({ work }) => (work / 1e6).toFixed(0) },
      ...curves.map((name) => ({
        title: `minus ${name} at as much compute`,
        value: ({ equalWork }: (typeof methods)[number]) => {
          const there = equalWork.find((each) => each.name === name)
          return there && html`${changes(there.difference)}<small>N = ${there.n}</small>`
        },
      })),
    ],
  )
}

function pairRead({
  level,
  task,
  split,
  problem,
  responses,
  right,
  before,
  after,
}: Result['reading'][number]): Html {
  const lines = (some: readonly string[]) =>
    html`<ol>${some.map((line) => html`<li><span class="given">${line}</span></li>\n`)}</ol>`
  return html`<h4>${task}, ${split}, level ${level}</h4>
<p class="problem given">${problem}</p>
${responses.map((steps, place) => html`<p>Response ${place + 1}, ${place === right ? 'right' : 'wrong'}</p>${lines(steps)}`)}
<p>Before: ${outcome(before, right)}</p>${lines(before.reasoning.split('\n'))}
<p>After: ${outcome(after, right)}</p>${lines(after.reasoning.split('\n'))}`
}

function madeFacts({ command, versions, settings, arms, rewards, pairs, cascade }: Result): Html {
  const { gap, by, error } = cascade
  return html`<h3>How it was made</h3>
${facts([
  ['Command', html`<code>${commandLine(command)}</code>`],
  ['Settings', html`<code>${JSON.stringify(settings)}</code>`],
  [
    'Pairs',
    html`${pairs.map(
      ({ task, split, problems, mixed, tooLong, used }, i) =>
        html`${i > 0 && html`<br>`}${task}, ${split}: ${used} of ${mixed} problems with a right and a wrong sample, of ${problems}${
          tooLong > 0 && `; ${tooLong} too long`
        }`,
    )}`,
  ],
  [
    'Cascade',
    gap === null
      ? `no gap of ${by} can be promised: all play`
      : `those play that are within ${gap.gap.toPrecision(3)} of the first by ${by}; fitted on the validation split (${gap.count} problems) so that ` +
        `at most ${100 * error}% of leaders further ahead are wrong`,
  ],
  [
    'Compute',
    'parameters times tokens read and written, the sampling of candidates included; a prompt and a solution count anew each time',
  ],
  [
    'Checkpoints',
    html`${arms.map(({ name, hash, size }) => html`${name} <code>${hash}</code>, ${(size / 1e6).toFixed(2)} million parameters<br>`)}${Object.entries(
      rewards,
    ).map(([name, hash]) => html`${name} <code>${hash}</code><br>`)}`,
  ],
  [
    'Versions',
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ],
])}`
}
