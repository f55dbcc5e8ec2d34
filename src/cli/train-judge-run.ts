import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { versions } from '../evaluate/versions.ts'
import { judgeContext } from '../judge/embedded/base.ts'
import { unsolvedPairs } from '../judge/embedded/difficulty.ts'
import { embeddedJudge } from '../judge/embedded/embedded-judge.ts'
import { type JudgePair, judgePairs } from '../judge/embedded/pairs.ts'
import {
  type JudgeRow,
  type JudgeSettings,
  judgeDefaults,
  shownLength,
  trainJudge,
} from '../judge/embedded/train.ts'
import { InputError } from '../reasoning/errors.ts'
import { random } from '../reasoning/random.ts'
import { percent } from '../report/percent.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { interruptSignal } from './interrupt.ts'
import { readSamples, type SampleFiles } from './judge-samples.ts'
import { printResult } from './output.ts'
import { Progress } from './progress.ts'
import { table } from './table.ts'

export interface TrainJudgeOptions extends JudgeSettings, SampleFiles {
  base: string
  out: string
  probe: number
  dropSolved: number
  threads: number
  json?: boolean
}

/** `assay train judge`. */
export async function runTrainJudge(options: TrainJudgeOptions): Promise<void> {
  const { out, base, threads, seed } = options
  const settings = Object.fromEntries(
    Object.keys(judgeDefaults).map((name) => [name, options[name as keyof JudgeSettings]]),
  ) as unknown as JudgeSettings
  const { tokenizer } = readCheckpoint(base)
  const [pairs, held] = (await readSamples(options)).map((samples) => {
    const all = judgePairs(samples, seed)
    return all.filter((pair) => shownLength(tokenizer, pair) + settings.maxTokens < judgeContext)
  })
  if (pairs.length === 0 || held.length === 0)
    throw new InputError('there is no problem with a right and a wrong solution', {
      where: pairs.length === 0 ? options.train : options.validation,
      fix: 'Sample several solutions of each problem, and label them with `assay label`.',
    })
  const left = await unsolved(pairs, options)
  const progress = new Progress('judge', { unit: 'steps', total: settings.steps })
  let counted = 0
  let probed = Number.NaN
  try {
    const result = await trainJudge({
      directory: out,
      base,
      settings,
      describes: {
        command: process.argv.slice(2),
        versions: versions(),
        base: await checkpointHash(base),
        pairs: pairs.length,
        dropSolved: options.dropSolved,
        left: left.length,
        probe: Math.min(options.probe, held.length),
      },
      pairs: left,
      probe: held.slice(0, options.probe),
      threads,
      signal: interruptSignal(),
      onStep({ step, accuracy, unparseable, tokens, kl, probe }) {
        probed = probe ?? probed
        const parts = [
          `right ${percent(accuracy)}`,
          `probe ${percent(probed)}`,
          `no verdict ${percent(unparseable)}`,
          `thinking ${tokens.toFixed(0)} tokens`,
          `KL ${kl.toFixed(4)}`,
        ]
        progress.add(step + 1 - counted, parts.join(', '))
        counted = step + 1
      },
    })
    progress.stop()
    printResult(result, options, describe)
  } finally {
    progress.stop()
  }
}

/** Pairs for all steps, of those that the base does not get right every time. */
async function unsolved(pairs: readonly JudgePair[], options: TrainJudgeOptions): Promise<JudgePair[]> {
  const { base, out, dropSolved: tries, threads, temperature, thinking, maxTokens, seed } = options
  const mixed = random('pairs', seed).shuffle(pairs)
  const enough = Math.min(pairs.length, options.steps * options.pairs)
  if (tries === 0) return mixed.slice(0, enough)
  const signal = interruptSignal()
  const judge = embeddedJudge(base, { threads, temperature, thinking: thinking ? maxTokens : 0 })
  const progress = new Progress('difficulty', { unit: 'pairs', total: enough })
  try {
    await mkdir(out, { recursive: true })
    const file = join(out, 'difficulty.jsonl')
    const onPairs = (count: number) => progress.add(count)
    const left = await unsolvedPairs(judge, mixed, { tries, seed, enough, file, onPairs, signal })
    if (left.length > 0) return left
    throw new InputError(`the base gets all ${pairs.length} pairs right at each of ${tries} tries`, {
      where: base,
      fix: 'Name what has not been trained to judge yet, or keep all pairs: --drop-solved 0.',
    })
  } finally {
    progress.stop()
    await judge.close()
  }
}

function describe({ rows, before, after, policy }: Awaited<ReturnType<typeof trainJudge>>): string {
  const every = Math.max(1, Math.ceil(rows.length / 10))
  const shown = rows.filter((_, i) => i % every === 0 || i === rows.length - 1)
  const levels = [...new Set(shown.flatMap((row) => Object.keys(row.tokens_by_level)))]
  return [
    table(shown, [
      { title: 'step', value: ({ step }: JudgeRow) => step },
      { title: 'right, %', align: 'right', value: ({ accuracy }) => percent(accuracy, 1) },
      { title: 'no verdict, %', align: 'right', value: ({ unparseable }) => percent(unparseable, 1) },
      { title: 'first, %', align: 'right', value: ({ first }) => percent(first, 1) },
      { title: 'tokens', align: 'right', value: ({ tokens }) => tokens.toFixed(0) },
      ...levels.map((level) => ({
        title: `level ${level}`,
        align: 'right' as const,
        value: ({ tokens_by_level }: JudgeRow) => tokens_by_level[Number(level)]?.toFixed(0) ?? '-',
      })),
      { title: 'KL', align: 'right', value: ({ kl }) => kl.toFixed(4) },
      { title: 'entropy', align: 'right', value: ({ entropy }) => entropy.toFixed(3) },
    ]),
    `Held-out pairs right: ${percent(before, 1)} before, ${percent(after, 1)} after.`,
    `Judge: ${policy}`,
  ].join('\n')
}
