import type { Report } from '../reward/reproduce/reproduce.ts'
import { Progress } from './progress.ts'

/** One progress bar a stage, one after the other. */
export function stageProgress(unit: string): { report: Report; stop: () => void } {
  let bar: { stage: string; done: number; progress: Progress } | undefined
  return {
    report(stage, done, total, note) {
      if (bar?.stage !== stage) {
        bar?.progress.stop()
        // The first call tells where a resumed stage stands; what came before is no part of its rate.
        bar = { stage, done: done - 1, progress: new Progress(stage, { total, unit, done: done - 1 }) }
      }
      bar.progress.add(done - bar.done, note)
      bar.done = done
    },
    stop: () => bar?.progress.stop(),
  }
}
