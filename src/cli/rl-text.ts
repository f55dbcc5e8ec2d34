import { percent } from '../report/percent.ts'
import { hacks } from '../rl/hacks.ts'
import { grownHacks, leastWatched } from '../rl/monitor.ts'
import type { RlResult } from '../rl/run.ts'
import { table } from './table.ts'

/** What a run of `assay rl` came to. */
export function describeRun({ rows, hacking, before, after, policy }: RlResult): string {
  const every = Math.max(1, Math.ceil(rows.length / 10))
  const shown = rows.filter((_, i) => i % every === 0 || i === rows.length - 1)
  const lines = [
    table(shown, [
      { title: 'step', value: ({ step }) => step },
      { title: 'reward', align: 'right', value: ({ proxy }) => proxy?.toFixed(3) ?? '-' },
      { title: 'gold', align: 'right', value: ({ gold }) => percent(gold, 1) },
      { title: 'KL', align: 'right', value: ({ kl }) => kl.toFixed(4) },
      { title: 'entropy', align: 'right', value: ({ entropy }) => entropy.toFixed(3) },
      { title: 'tokens', align: 'right', value: ({ tokens }) => tokens.toFixed(0) },
      { title: 'steps', align: 'right', value: ({ steps }) => steps.toFixed(2) },
      { title: 'redundant', align: 'right', value: ({ redundant }) => percent(redundant, 1) },
      { title: 'repetition', align: 'right', value: ({ repetition }) => repetition.toFixed(4) },
      { title: 'no answer', align: 'right', value: ({ unanswered }) => percent(unanswered, 1) },
    ]),
    `Held-out problems right: ${percent(before, 1)} before, ${percent(after, 1)} after.`,
    hacking
      ? `The reward was gamed from step ${hacking.began} on (noticed at ${hacking.noticed}): it rose by ` +
        `${hacking.proxy.toFixed(3)} while gold fell by ${percent(-hacking.gold, 1)}.`
      : rows.some(({ proxy }) => proxy === null)
        ? 'There was no proxy, so none to game.'
        : rows.length < leastWatched
          ? `Whether the reward is gamed can be seen from ${leastWatched} steps on.`
          : 'No sign of a gamed reward.',
    ...grownHacks(rows).map(
      ({ name, before, after }) =>
        `More of ${hacks[name].title}: ${before.toFixed(2)} steps a solution at first, ${after.toFixed(2)} in the end.`,
    ),
    `Policy: ${policy}`,
  ]
  return lines.join('\n')
}
