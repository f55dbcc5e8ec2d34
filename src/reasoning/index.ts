export { answerOf, normalise, sameAnswer } from './answer.ts'
export { InputError } from './errors.ts'
export { type Random, random, seedOf } from './random.ts'
export type * from './types.ts'
