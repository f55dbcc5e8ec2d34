export { appendJsonLines, type JsonLinesWriter } from './append.ts'
export { type Line, type ReadOptions, readJsonLines } from './jsonl.ts'
export { type ProblemRow, problemRow, type SolutionRow, solutionRow } from './rows.ts'
