export { type RemoteGenerator, type RemoteGeneratorOptions, remoteGenerator } from './endpoint/generator.ts'
export { NoAnswer, Refused } from './endpoint/http.ts'
export { Unreadable } from './endpoint/rewards/reading.ts'
export { bothOrders } from './judge/both-orders.ts'
export {
  type EmbeddedJudge,
  type EmbeddedJudgeOptions,
  embeddedJudge,
} from './judge/embedded/embedded-judge.ts'
export {
  type ChatJudgeOptions,
  chatJudge,
  type RemoteJudge,
  type RemoteJudgeOptions,
  remoteJudge,
} from './judge/judge.ts'
export { type AnyJudgment, type JudgeOptions, judge, type ToJudge } from './judge/judge-pairs.ts'
export { JudgeFailed } from './judge/judgments.ts'
export { type RankOptions, rank, type ToRank } from './judge/rank-contests.ts'
export type { RankRules } from './judge/rank-rules.ts'
export type { MatchPlayed, TournamentResult } from './judge/tournaments/play.ts'
export { adaptive, type VoteRule, voted } from './judge/votes.ts'
export * from './reasoning/index.ts'
export { ScorerFailed } from './reward/checked.ts'
export { type RemoteReward, type RemoteScorerOptions, remoteScorer } from './reward/remote.ts'
export type { RewardModel } from './reward/reward-model.ts'
export { type ScoreOptions, type Scorer, type StepScored, score } from './reward/score.ts'
export { type EmbeddedScorer, embeddedScorer } from './reward/scorer.ts'
export type { RewardScores } from './reward/scores.ts'
export type { ToScore } from './reward/scoring.ts'
export { majorityVote } from './search/majority-vote.ts'
export type { AnswerTally, Attempt, Ranking, ScoredAttempt } from './search/ranking.ts'
export {
  type BeamSearchOptions,
  type BestOfNOptions,
  beamSearch,
  bestOfN,
  type CandidatePruned,
  type SearchEvent,
  type SearchName,
  type SolveOptions,
  type SolveResult,
} from './search/solve.ts'
export type { GenerateOptions } from './transformer/generate.ts'
export { type EmbeddedGenerator, embeddedGenerator } from './transformer/generator.ts'
export { shippedModel } from './transformer/shipped.ts'
