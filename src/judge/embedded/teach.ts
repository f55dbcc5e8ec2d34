import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '../../data/digest.ts'
import { InputError } from '../../reasoning/errors.ts'
import { random } from '../../reasoning/random.ts'
import { fingerprintOf } from '../../reward/fingerprint.ts'
import type { LoopResult } from '../../rl/loop.ts'
import { readCheckpoint } from '../../transformer/checkpoint.ts'
import { judgeContext } from './base.ts'
import { unsolvedPairs } from './difficulty.ts'
import { embeddedJudge } from './embedded-judge.ts'
import { type JudgePair, type LabelledSample, labelledPairs } from './pairs.ts'
import { type JudgeRun, type JudgeSettings, type JudgingMetrics, shownLength, trainJudge } from './train.ts'

export interface Lesson extends Omit<JudgeRun, 'pairs' | 'probe'> {
  /** The policy's solutions that pairs are made of, and those of other problems to measure accuracy on. */
  train: readonly LabelledSample[]
  validation: readonly LabelledSample[]
  /** Pairs of the latter at most. */
  probe: number
  /** Pairs that the base gets right at each of so many tries are left out; 0 keeps all. */
  dropSolved: number
  /** Pairs to practise that have been found, of so many that are wanted. */
  onPairs?: (found: number, wanted: number) => void
}

/**
 * From labelled solutions to a judge: pairs, the difficulty filter, and {@link trainJudge}. The run's folder keeps all of it, and goes on
 * where it was cut off.
 *
 * @throws InputError where no pair is left to learn from
 */
export async function teachJudge(lesson: Lesson): Promise<LoopResult<JudgingMetrics>> {
  const { base, settings, train, validation, probe, dropSolved, describes, onPairs: _, ...run } = lesson
  checkJudgments(settings)
  const { tokenizer, tensors } = readCheckpoint(base)
  const fitting = (samples: readonly LabelledSample[]) =>
    labelledPairs(samples, settings.seed).filter(
      (pair) => shownLength(tokenizer, pair) + settings.maxTokens < judgeContext,
    )
  const [all, held] = [fitting(train), fitting(validation)]
  if (all.length === 0 || held.length === 0)
    throw new InputError('there is no problem with a right and a wrong solution', {
      where: all.length === 0 ? 'training' : 'validation',
      fix: 'Sample several solutions of each problem, and label them with `assay label`.',
    })
  const pairs = await pairsFor(lesson, random('pairs', settings.seed).shuffle(all), fingerprintOf(tensors))
  const probed = held.slice(0, probe)
  const of = digestOf([pairs, probed])
  const told = {
    ...describes,
    data: { of, pairs: all.length, dropSolved, practised: pairs.length, probe: probed.length },
  }
  return trainJudge({ ...run, base, settings, describes: told, pairs, probe: probed })
}

/** @throws InputError where the judgments of a pair cannot be held against each other */
function checkJudgments({ judgments, bothOrders }: JudgeSettings): void {
  if (bothOrders && judgments < 4)
    throw new InputError(
      `of ${judgments} judgments of a pair, one order has but one, which teaches nothing`,
      {
        fix: 'Take 4 or more, or show each pair in one order alone.',
      },
    )
}

/** As many as the steps take, of those that the base does not get right every time. */
async function pairsFor(lesson: Lesson, pairs: readonly JudgePair[], weights: string): Promise<JudgePair[]> {
  const { directory, base, settings, dropSolved: tries, threads, onPairs, signal } = lesson
  const { seed, temperature, thinking, maxTokens } = settings
  const enough = Math.min(pairs.length, settings.steps * settings.pairs)
  if (tries === 0) return pairs.slice(0, enough)
  const judge = embeddedJudge(base, { threads, temperature, thinking: thinking ? maxTokens : 0 })
  try {
    await mkdir(directory, { recursive: true })
    const file = join(directory, 'difficulty.jsonl')
    const told = (found: number) => onPairs?.(found, enough)
    const by = digestOf([weights, temperature, thinking ? maxTokens : 0])
    const left = await unsolvedPairs(judge, pairs, {
      ...{ by, tries, seed, enough, file, signal },
      onPairs: told,
    })
    if (left.length > 0) return left
    throw new InputError(`the base gets all ${pairs.length} pairs right at each of ${tries} tries`, {
      where: base,
      fix: 'Name what has not been trained to judge yet, or keep all pairs: --drop-solved 0.',
    })
  } finally {
    await judge.close()
  }
}
