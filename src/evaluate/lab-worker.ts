import { work } from './lab-job.ts'
import { serveRuns } from './run-pool.ts'

serveRuns(work)
