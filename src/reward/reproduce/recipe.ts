import type { TransformerConfig } from '../../transformer/config.ts'

/** Everything that decides what the shipped checkpoints are: sizes, seeds, data and schedules. */
export interface Recipe {
  seed: number
  /** Tasks that language models learn, in turn: one that is listed more often comes up more often. */
  curriculum: readonly string[]
  tokenizer: { vocabSize: number; solutions: number }
  policy: LanguageModelRecipe
  backbone: LanguageModelRecipe
  samples: {
    /** Level -> problems a task */
    train: Record<number, number>
    validation: Record<number, number>
    samplesPerProblem: number
    temperature: number
  }
  crm: { epochs: number; peak: number; batchTokens: number; patience: number }
}

export interface LanguageModelRecipe {
  size: Pick<TransformerConfig, 'hiddenSize' | 'layers' | 'heads' | 'keyValueHeads' | 'intermediateSize'>
  steps: number
  peak: number
  warmup: number
  batchTokens: number
  /** Windows of 1024 copying drills first. */
  drills: number
  /** Share of them that go backwards; none unless given. */
  backwardDrills?: number
  /** Share of the solutions that have exercises in them; none unless given. */
  practice?: number
}

const policySize = { hiddenSize: 128, layers: 4, heads: 4, keyValueHeads: 2, intermediateSize: 384 }
const backboneSize = { ...policySize, layers: 6 }

/** What `models/` was made with. */
export const full: Recipe = {
  seed: 1,
  curriculum: ['arithmetic', 'word-problem', 'shuffled-objects', 'word-problem'],
  tokenizer: { vocabSize: 640, solutions: 30_000 },
  policy: { size: policySize, steps: 8000, peak: 1.5e-3, warmup: 200, batchTokens: 2048, drills: 24 },
  backbone: {
    size: backboneSize,
    steps: 20_000,
    peak: 1.5e-3,
    warmup: 200,
    batchTokens: 2048,
    drills: 64,
    backwardDrills: 0.6,
    practice: 0.5,
  },
  samples: {
    train: { 2: 4500, 3: 9000, 4: 10500, 5: 10500 },
    validation: { 2: 100, 3: 150, 4: 150, 5: 150 },
    samplesPerProblem: 2,
    temperature: 0.8,
  },
  crm: { epochs: 1, peak: 5e-4, batchTokens: 2048, patience: 8 },
}

/** The same stages in minutes: it shows that everything runs, its models are poor. */
export const quick: Recipe = {
  ...full,
  policy: {
    ...full.policy,
    size: { ...policySize, hiddenSize: 64, intermediateSize: 192, layers: 3 },
    steps: 600,
    warmup: 50,
    drills: 4,
  },
  backbone: { ...full.backbone, size: policySize, steps: 500, warmup: 50, drills: 4 },
  samples: { ...full.samples, train: { 1: 300, 2: 300, 3: 300 }, validation: { 1: 50, 2: 50, 3: 50 } },
}

/** Everything that decides the CRM for traces like other models' (tasks/traces/). */
export interface TraceRecipe {
  seed: number
  tokenizer: { vocabSize: number; solutions: number }
  contextLength: number
  backbone: LanguageModelRecipe
  /** Labelled traces of each source. */
  train: number
  validation: number
  crm: Recipe['crm']
}

export const traces: TraceRecipe = {
  seed: 1,
  tokenizer: { vocabSize: 1000, solutions: 20_000 },
  contextLength: 640,
  backbone: {
    size: backboneSize,
    steps: 12_000,
    peak: 1.5e-3,
    warmup: 200,
    batchTokens: 4096,
    drills: 96,
    backwardDrills: 0.6,
  },
  train: 48_000,
  validation: 1000,
  crm: { epochs: 1, peak: 5e-4, batchTokens: 4096, patience: 6 },
}

export const quickTraces: TraceRecipe = {
  ...traces,
  backbone: { ...traces.backbone, size: quick.policy.size, steps: 100, warmup: 20, drills: 1 },
  train: 1000,
  validation: 200,
}

export function configOf(
  { size }: LanguageModelRecipe,
  vocabSize: number,
  { contextLength = 512 }: { contextLength?: number } = {},
): TransformerConfig {
  return {
    architecture: 'Qwen2ForCausalLM',
    ...size,
    vocabSize,
    headSize: size.hiddenSize / size.heads,
    // Sequences are short: a small base sets neighbours further apart, and looking things up is learned sooner.
    ropeTheta: 100,
    rmsNormEps: 1e-6,
    contextLength,
    tieWordEmbeddings: true,
    qkvBias: true,
  }
}
