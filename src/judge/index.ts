export { allVotes } from './all-votes.ts'
export { type Attack, attackKinds, attacks, readAttacks } from './attacks.ts'
export { orderBias, type PositionBias, voteBias } from './bias.ts'
export { bothOrders, type OrderedJudge, type OrderedJudgment } from './both-orders.ts'
export { cascade, type GapError, leadersOf } from './cascade.ts'
export { defaultTemplate, templateFor } from './default-template.ts'
export {
  type Considered,
  type EmbeddedJudge,
  type EmbeddedJudgeOptions,
  embeddedJudge,
} from './embedded/embedded-judge.ts'
export {
  groupRewards,
  type Normalisation,
  type Outcomes,
  type PreferencePair,
  preferencePairs,
  type RewardGroup,
  rewardGroup,
} from './feedback.ts'
export { guarded, isMasterKey, unguarded } from './guard.ts'
export {
  type ChatJudgeOptions,
  chatJudge,
  type RemoteJudge,
  type RemoteJudgeOptions,
  remoteJudge,
} from './judge.ts'
export {
  type AnyJudgment,
  type JudgedPair,
  type JudgedRow,
  type JudgeOptions,
  type JudgePairsOptions,
  judge,
  judgePairs,
  pairSeed,
  type ToJudge,
} from './judge-pairs.ts'
export { JudgeFailed } from './judgments.ts'
export { type PairSummary, pairTally } from './pair-tally.ts'
export {
  type RankContestsOptions,
  type RankedContest,
  type RankOptions,
  rank,
  rankContests,
  type ToRank,
} from './rank-contests.ts'
export { plannedCalls, type RankRules, tournamentOf } from './rank-rules.ts'
export { contestOf, outcomesOf, type RankedRow, rankedRow } from './ranked-row.ts'
export { type SelfTest, selfTest } from './self-test.ts'
export { type SimulatedJudgeOptions, simulatedJudge } from './simulated.ts'
export { type Prompt, promptOf, readTemplate, type Template } from './template.ts'
export * from './tournaments/index.ts'
export { type Decision, type DialectName, dialects, readVerdict } from './verdict.ts'
export {
  adaptive,
  type Tally,
  type VotedJudgment,
  type VoteRule,
  type VotingJudge,
  voted,
} from './votes.ts'
