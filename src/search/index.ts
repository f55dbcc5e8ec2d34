export {
  type Beam,
  type BeamOptions,
  type BeamResult,
  beamSearches,
  logSurvivalReward,
  type PrefixReward,
} from './beam.ts'
export * from './best-first.ts'
export * from './cascade-gap.ts'
export * from './choosing.ts'
export type { Pruned, Scorable, SearchCost, SearchOptions } from './lockstep.ts'
export * from './pruned.ts'
export type { AnswerTally, Attempt, Ranking, ScoredAttempt } from './ranking.ts'
export * from './solve.ts'
