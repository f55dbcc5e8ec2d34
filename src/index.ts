export * from './reasoning/index.ts'
export { embeddedScorer } from './reward/index.ts'
export { solve } from './search/index.ts'
export { embeddedGenerator } from './transformer/index.ts'
