export { remembering, replaying, replyKey } from './cache.ts'
export { type ChatOptions, type ChatUsage, chatModel, type EndpointChatModel } from './chat.ts'
export {
  type EndpointGeneratorOptions,
  endpointGenerator,
  type RemoteGeneratorOptions,
  remoteGenerator,
} from './generator.ts'
export { type CallOptions, NoAnswer, Refused, type Servers, type ServersOptions, serversAt } from './http.ts'
export { createLimiter, type Limiter } from './limiter.ts'
export type {
  AnyChatModel,
  EndpointReply,
  EndpointRequest,
  Prompt,
  SamplingModel,
  TokenLogprob,
} from './model.ts'
export { type ListedModel, listedModels, servedModel } from './models.ts'
export { openReplies, type ReplyRow, type ReplyStore, readReplies } from './reply-store.ts'
export * from './rewards/index.ts'
