import { serveRuns } from '../run-pool.ts'
import { work } from './job.ts'

serveRuns(work)
