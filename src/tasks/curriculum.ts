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
    train: { 1: 30, 2: 30, 3: 14, 4: 10, 5: 8, 6: 8 },
    validation: { 1: 30, 2: 30, 3: 14, 4: 10, 5: 8, 6: 8 },
    test: { 4: 1, 5: 1, 6: 1 },
    harder: { 7: 1, 8: 1 },
  },
  /** Level: quantities to work out, the asked one included. */
  'word-problem': {
    train: { 1: 28, 2: 30, 3: 18, 4: 14, 5: 10 },
    validation: { 1: 28, 2: 30, 3: 18, 4: 14, 5: 10 },
    test: { 3: 1, 4: 1, 5: 1 },
    harder: { 6: 1, 7: 1, 8: 1 },
  },
  /** Level: swaps. */
  'shuffled-objects': {
    train: { 2: 30, 3: 30, 4: 18, 5: 12, 6: 10 },
    validation: { 2: 30, 3: 30, 4: 18, 5: 12, 6: 10 },
    test: { 4: 1, 5: 1, 6: 1 },
    harder: { 7: 1, 8: 1 },
  },
} satisfies Record<string, Record<Split, LevelWeights>>
