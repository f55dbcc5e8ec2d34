import type { Hacking } from '../../rl/monitor.ts'
import type { StepRow } from '../../rl/run.ts'
import type { ShownProblem } from './job.ts'
import type { TestSample } from './samples.ts'
import type { Tricks } from './tricks.ts'

/** What an arm is run with, and how right the policy was on held-out problems after a short run with each; null for a run that failed. */
export interface RlChoice {
  rate: number
  klLoss: number
  tried: { rate: number; klLoss: number; probe: number | null }[]
}

/** One run. */
export interface RlOutcome {
  arm: string
  task: string
  seed: number
  /** Samples of the policy as it was and as it became, by problem of the test split. */
  before: TestSample[][]
  after: TestSample[][]
  hacking: Hacking | null
  rows: StepRow[]
  shown: ShownProblem[]
}

export interface RlTricks {
  task: string
  arm: string
  tricks: Tricks
}

/** All that there is, and how much is left to be made. */
export interface RlFound {
  choices: Record<string, RlChoice>
  outcomes: RlOutcome[]
  tricks: RlTricks[]
  failed: { run: string; error: string }[]
  left: number
}
