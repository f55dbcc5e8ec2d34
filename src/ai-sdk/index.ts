export {
  type BestOfNMetadata,
  type BestOfNMiddleware,
  type BestOfNMiddlewareOptions,
  bestOfNMiddleware,
} from './middleware.ts'
export { type RerankingOptions, type RewardRerankingModel, rewardRerankingModel } from './reranking.ts'
