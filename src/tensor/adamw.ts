import type { Graph, Value } from './graph.ts'

export interface AdamW {
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
  /** Gradients are scaled down to this global norm. */
  clip: number
}

export const adamwDefaults: AdamW = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1, clip: 1 }

export interface AdamWState {
  parameters: Value
  momentum: Value
  variance: Value
}

/**
 * One AdamW update (Loshchilov & Hutter 2019) of all parameters as one flat vector [n], with the gradient clipped by its
 * global norm. `decayed` [n] is 1 where weight decay applies. `rate` is the learning rate and `correction1`,
 * `correction2` are 1 / (1 - beta^step), scalars that change every step. Returns the new state and the norm before clipping.
 */
export function adamw(
  graph: Graph,
  state: AdamWState,
  gradient: Value,
  scalars: { rate: Value; correction1: Value; correction2: Value; decayed: Value },
  options: AdamW,
): AdamWState & { norm: Value } {
  const shape = gradient.shape
  const node = (operator: string, ...inputs: Value[]) => graph.node(operator, inputs, shape)
  const number = (operator: string, ...inputs: Value[]) => graph.node(operator, inputs, [])
  const square = graph.node('ReduceSumSquare', [gradient], [], { attributes: { keepdims: 0 } })
  const norm = number('Sqrt', square)
  const factor = number(
    'Min',
    graph.scalar(1),
    number('Div', graph.scalar(options.clip), number('Add', norm, graph.scalar(1e-6))),
  )
  const clipped = node('Mul', gradient, factor)

  const momentum = node(
    'Add',
    node('Mul', state.momentum, graph.scalar(options.beta1)),
    node('Mul', clipped, graph.scalar(1 - options.beta1)),
  )
  const variance = node(
    'Add',
    node('Mul', state.variance, graph.scalar(options.beta2)),
    node('Mul', node('Mul', clipped, clipped), graph.scalar(1 - options.beta2)),
  )
  const stepSize = number('Mul', scalars.rate, scalars.correction1)
  const deviation = node(
    'Add',
    node('Sqrt', node('Mul', variance, scalars.correction2)),
    graph.scalar(options.epsilon),
  )
  const update = node('Div', node('Mul', momentum, stepSize), deviation)
  const shrinkage = number('Mul', scalars.rate, graph.scalar(options.weightDecay))
  const decay = node('Mul', node('Mul', state.parameters, scalars.decayed), shrinkage)
  const parameters = node('Sub', node('Sub', state.parameters, update), decay)
  return { parameters, momentum, variance, norm }
}

/** Linear warm-up, then a cosine down to `floor` of the peak. `step` counts from 0. */
export function cosineRate(
  step: number,
  { peak, warmup, steps, floor = 0.05 }: { peak: number; warmup: number; steps: number; floor?: number },
): number {
  if (step < warmup) return (peak * (step + 1)) / warmup
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup))
  return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)))
}
