export { foreignLayout } from './chat-template.ts'
export {
  type AssayJson,
  type Checkpoint,
  readCheckpoint,
  tensorShapes,
  writeCheckpoint,
} from './checkpoint.ts'
export type { TransformerConfig } from './config.ts'
export { createDecoder, type Decoder } from './decoder.ts'
export { type GenerateOptions, generateDefaults } from './generate.ts'
export { type EmbeddedGenerator, embeddedGenerator } from './generator.ts'
export type { Layout } from './layout.ts'
export { type GoldText, goldSolutions, goldTokenizer, type Pretraining, pretrain } from './pretraining.ts'
export { shippedModel } from './shipped.ts'
export { Tokenizer } from './tokenizer.ts'
