import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { multistepArithmetic } from '../../tasks/traces/multistep-arithmetic.ts'
import { sheetOfSums } from '../../tasks/traces/sums.ts'
import type { Trace, TraceSource, TraceSplit } from '../../tasks/traces/trace.ts'
import { trackingShuffledObjects } from '../../tasks/traces/tracking-shuffled-objects.ts'
import { readCheckpoint, writeCheckpoint } from '../../transformer/checkpoint.ts'
import { type GoldText, goldTokenizer, pretrain } from '../../transformer/pretraining.ts'
import { readReward, writeReward } from '../checkpoint.ts'
import { crm } from '../kinds/crm.ts'
import type { Labelled } from '../labels.ts'
import { embeddedScorer } from '../scorer.ts'
import { predictedFirstError } from '../survival.ts'
import { trainRewardCheckpoint } from '../training/training.ts'
import { configOf, type TraceRecipe } from './recipe.ts'
import { type Reproduction, type StageSummary, summary, trainingNotes } from './reproduce.ts'
import { type KindSummary, traceCard } from './trace-card.ts'

const sources: readonly TraceSource[] = [multistepArithmetic, trackingShuffledObjects]

/** Traces without a mistake, of the sources in turn; while a model learns, a quarter are sheets of sums. */
const rightTraces: GoldText = {
  names: [...sources.map(({ name }) => `right traces of ${name}`), 'sheets of sums'],
  solution(split, index) {
    if (split === 'train' && index % 4 === 3) return sheetOfSums(index)
    const source = sources[index % sources.length]
    // about one in five is right
    for (let k = 0; ; k++) {
      const { problem, steps, correct } = source.trace(split, 1000 * index + k)
      if (correct) return { problem, steps }
    }
  },
}

/**
 * From nothing to a CRM that reads chains of thought as other models write them: tokenizer, a language model of traces
 * without a mistake, and the CRM on labelled ones, which reads that model's surprisal too. Stages are kept and resumed as those
 * of `reproduce`.
 */
export async function reproduceTraces(
  run: Omit<Reproduction, 'recipe'> & { recipe: TraceRecipe; command: string },
): Promise<{ stages: StageSummary[]; kinds: KindSummary[] }> {
  const { recipe, command, directory, threads, report, signal } = run
  const { seed, contextLength } = recipe
  await mkdir(join(directory, 'work'), { recursive: true })
  const [models, work] = [join(directory, 'models'), join(directory, 'work')]
  const tokenizer = goldTokenizer(rightTraces, recipe.tokenizer)
  const { size: _, ...schedule } = recipe.backbone
  const config = configOf(recipe.backbone, tokenizer.vocabSize, { contextLength })
  const learned = await pretrain({ gold: rightTraces, config, seed, threads, ...schedule }, tokenizer, {
    directory: join(work, 'backbone'),
    signal,
    onStep: trainingNotes('backbone', report),
  })
  writeCheckpoint(join(models, 'backbone'), { config, tensors: learned.tensors, tokenizer }, { dtype: 'F16' })
  const backbone = readCheckpoint(join(models, 'backbone'))
  const fits = ({ problem, steps }: Labelled) =>
    tokenizer.encodeSolution(problem, steps).ids.length <= contextLength
  const labelled = (split: TraceSplit, count: number) =>
    Array.from({ length: count }, (_, index) => sources.map((source) => source.trace(split, index)))
      .flat()
      .map(({ first_error, ...trace }): Labelled => ({ ...trace, firstError: first_error }))
      .filter(fits)
  const trained = await trainRewardCheckpoint(
    join(work, 'crm'),
    {
      kind: crm(),
      backbone,
      surprisalModel: backbone,
      train: labelled('train', recipe.train),
      validation: labelled('validation', recipe.validation),
      seed,
      threads,
      ...recipe.crm,
    },
    {
      signal,
      onRead: (done, total) => report('solutions read for the crm', done, total),
      onStep: trainingNotes('crm', report),
    },
  )
  const shipped = join(models, 'crm-traces')
  writeReward(shipped, readReward(join(work, 'crm')))
  const kinds = await foundByKind(shipped, recipe.validation, { contextLength, threads })
  const stages = [summary('backbone', learned), summary('crm', trained)]
  writeFileSync(join(shipped, 'README.md'), traceCard(recipe, stages, kinds, command))
  return { stages, kinds }
}

async function foundByKind(
  directory: string,
  count: number,
  { contextLength, threads }: { contextLength: number; threads: number },
): Promise<KindSummary[]> {
  const scorer = embeddedScorer(directory, { threads })
  const { tokenizer } = scorer.checkpoint
  const kinds: KindSummary[] = []
  try {
    for (const source of sources) {
      const rows = Array.from({ length: count }, (_, index) => source.trace('test', index)).filter(
        ({ problem, steps }) => tokenizer.encodeSolution(problem, steps).ids.length <= contextLength,
      )
      const hazards = await scorer.score(rows)
      const isFound = ({ first_error }: Trace, i: number) => predictedFirstError(hazards[i]) === first_error
      for (const kind of source.kinds) {
        const of = rows.flatMap((row, i) => (row.kind === kind ? [isFound(row, i)] : []))
        kinds.push({ source: source.name, kind, count: of.length, found: of.filter(Boolean).length })
      }
    }
  } finally {
    await scorer.close()
  }
  return kinds
}
