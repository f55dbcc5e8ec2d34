import type { LevelWeights, Split } from './task.ts'

/**
 * What every task draws, in one place: small policies learn nothing without many short problems, so training leans
 * on the lowest levels. Validation is the training mix on unseen problems; `harder` uses levels training never has.
 *
 * Changing the weights of a split changes which problem an id of that split names.
 */
export const curriculum = {
  /** Level: operations in the expression. */
  arithmetic: {
    train: { 1: 24, 2: 24, 3: 19, 4: 17, 5: 16 },
    validation: { 1: 24, 2: 24, 3: 19, 4: 17, 5: 16 },
    test: { 3: 1, 4: 1, 5: 1 },
    harder: { 6: 1 },
  },
  /** Level: quantities to work out, the asked one included. */
  'word-problem': {
    train: { 1: 22, 2: 28, 3: 26, 4: 24 },
    validation: { 1: 22, 2: 28, 3: 26, 4: 24 },
    test: { 2: 1, 3: 1, 4: 1 },
    harder: { 5: 1 },
  },
  /** Level: swaps. */
  'shuffled-objects': {
    train: { 1: 28, 2: 26, 3: 19, 4: 15, 5: 12 },
    validation: { 1: 28, 2: 26, 3: 19, 4: 15, 5: 12 },
    test: { 4: 1, 5: 1 },
    harder: { 6: 1, 7: 1 },
  },
} satisfies Record<string, Record<Split, LevelWeights>>
