export * from './best-of-n.ts'
export * from './solve.ts'
