import * as z from 'zod'

/** How rotary frequencies are stretched for texts longer than those of pre-training. */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | {
      type: 'llama3'
      factor: number
      lowFrequencyFactor: number
      highFrequencyFactor: number
      originalContextLength: number
    }

/** `rope_scaling`, and `rope_parameters`, where transformers 5 keeps it together with theta. */
export const ropeSchema = z
  .looseObject({
    rope_theta: z.number().positive().optional(),
    rope_type: z.string().optional(),
    type: z.string().optional(),
    partial_rotary_factor: z.number().optional(),
  })
  .nullish()

const factor = z.number().positive()
const scalings = {
  linear: z.looseObject({ factor }).transform((raw): RopeScaling => ({ type: 'linear', factor: raw.factor })),
  llama3: z
    .looseObject({
      factor,
      low_freq_factor: factor,
      high_freq_factor: factor,
      original_max_position_embeddings: z.number().int().positive(),
    })
    .transform(
      (raw): RopeScaling => ({
        type: 'llama3',
        factor: raw.factor,
        lowFrequencyFactor: raw.low_freq_factor,
        highFrequencyFactor: raw.high_freq_factor,
        originalContextLength: raw.original_max_position_embeddings,
      }),
    ),
}

/** @param refuse throws */
export function readRopeScaling(
  raw: z.infer<typeof ropeSchema>,
  refuse: (what: string, fix?: string) => never,
): RopeScaling | undefined {
  if ((raw?.partial_rotary_factor ?? 1) !== 1) refuse('partial_rotary_factor is not supported')
  const type = raw?.rope_type ?? raw?.type ?? 'default'
  if (type === 'default') return undefined
  if (!Object.hasOwn(scalings, type))
    return refuse(
      `rope scaling ${type} is not supported`,
      `Supported: default, ${Object.keys(scalings).join(', ')}. Use a model without it, or serve it with vLLM and connect to that.`,
    )
  const checked = scalings[type as keyof typeof scalings].safeParse(raw)
  if (checked.success) return checked.data
  const { path, message } = checked.error.issues[0]
  return refuse(`rope scaling ${type}: ${path.join('.')}: ${message}`)
}

export function ropeScalingJson(scaling: RopeScaling): Record<string, unknown> {
  if (scaling.type === 'linear') return { rope_type: 'linear', factor: scaling.factor }
  return {
    rope_type: 'llama3',
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContextLength,
  }
}

/** How positions turn the heads of a model. */
interface Rope {
  headSize: number
  ropeTheta: number
  ropeScaling?: RopeScaling
}

/** Radians a position, [headSize / 2]: theta^(-2i / headSize) (Su et al. 2021), scaled. */
export function ropeFrequencies({ headSize, ropeTheta, ropeScaling }: Rope): number[] {
  const half = headSize / 2
  const plain = Array.from({ length: half }, (_, i) => ropeTheta ** (-i / half))
  return ropeScaling === undefined ? plain : plain.map((frequency) => scaled(frequency, ropeScaling))
}

function scaled(frequency: number, scaling: RopeScaling): number {
  const slow = frequency / scaling.factor
  if (scaling.type === 'linear') return slow
  // Llama 3.1: waves much shorter than the original context stay, longer ones are stretched, between the two is a blend
  const { lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling
  const turns = (originalContextLength * frequency) / (2 * Math.PI)
  const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)))
  return (1 - kept) * slow + kept * frequency
}
