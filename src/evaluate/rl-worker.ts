import { work } from './rl-job.ts'
import { serveRuns } from './run-pool.ts'

serveRuns(work)
