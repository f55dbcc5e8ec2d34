import { join } from 'node:path'
import { digestOf } from '../../data/digest.ts'
import type { RewardKind } from '../../reward/kinds/kind.ts'
import { checkpointHash } from '../checkpoint-hash.ts'
import { inTurn } from '../in-turn.ts'
import { createRunPool } from '../run-pool.ts'
import { settingsFolder } from '../settings.ts'
import { isDone, type LabJob, readMetrics, solutionsOf } from './job.ts'
import type { Lab, LabSamples } from './lab.ts'

/** One reward to be trained. */
export interface LabReward extends LabSamples {
  /** What progress calls it. */
  name: string
  kind: RewardKind
  seed: number
  /** Peak learning rate; the lab's unless given. */
  peak?: number
  /** Another backbone than the lab's. */
  backbone?: string
  /** Read the surprisal of the backbone as it was, as the shipped reward does? True unless given. */
  surprisal?: boolean
  /** One of a search, which may diverge? Its metrics have no meaning then, and there is no checkpoint. */
  trial?: boolean
}

export interface TrainedReward {
  /** Its checkpoint. */
  directory: string
  /** Metrics on validation, of the step that was kept, before hazards are calibrated. */
  validation: Record<string, number>
}

/**
 * Trains rewards, `lab.threads` at a time and each on one thread, or finds those that were trained from the same data with the same
 * seed and settings; two that are the same under different names are trained once. Killed at any moment, it goes on where each stood.
 * When one fails, no other is begun, and the failure is thrown once those under way have ended.
 *
 * @param stage what progress calls all of them
 */
export async function labRewards(
  lab: Lab,
  stage: string,
  rewards: readonly LabReward[],
): Promise<TrainedReward[]> {
  const jobs: LabJob[] = []
  const missing = new Map<string, NamedJob>()
  for (const { name, ...reward } of rewards) {
    const job = await jobOf(lab, reward)
    jobs.push(job)
    if (!isDone(job)) missing.set(job.directory, { name, job })
  }
  if (missing.size > 0) await trainAll(lab, stage, [...missing.values()])
  return Promise.all(
    jobs.map(async (job) => ({ directory: job.directory, validation: await readMetrics(job) })),
  )
}

interface NamedJob {
  name: string
  job: LabJob
}

/** What training the reward takes, in the folder of its settings. */
async function jobOf(lab: Lab, reward: Omit<LabReward, 'name'>): Promise<LabJob> {
  const { seed, train, validation } = reward
  const { name, options, readOut } = reward.kind
  const surprisal = readOut === 'head' && (reward.surprisal ?? true)
  const schedule = { ...lab.schedule, peak: reward.peak ?? lab.schedule.peak }
  const backbone = reward.backbone ?? lab.backbone
  const hash = await checkpointHash(backbone)
  const directory = await settingsFolder(join(lab.directory, 'rewards'), name, {
    kind: name,
    options,
    seed,
    schedule,
    backbone: hash,
    surprisal,
    train: { solutions: train.length, digest: digestOf(train) },
    validation: { solutions: validation.length, digest: digestOf(validation) },
  })
  const texts = digestOf([...train, ...validation].map(({ problem, steps }) => [problem, steps]))
  const readings = join(lab.directory, 'readings', `${hash}-${texts}`)
  return {
    directory,
    kind: { name, options },
    seed,
    backbone,
    surprisal,
    trial: reward.trial ?? false,
    train,
    validation,
    readings,
    ...schedule,
  }
}

/** @param jobs no two of one folder */
async function trainAll(
  { threads, signal, report }: Lab,
  stage: string,
  jobs: readonly NamedJob[],
): Promise<void> {
  const module = new URL('./worker.ts', import.meta.url)
  const pool = createRunPool<LabJob>(module, Math.min(threads, jobs.length), signal)
  const total = jobs.reduce((sum, { job }) => sum + solutionsOf(job), 0)
  const underWay = new Set<string>()
  const tell = () => {
    const done = pool.done()
    // a bar that begins before the first step knows no rate
    if (done === 0) return
    const [first = '', ...others] = underWay
    const note = others.length > 0 ? `${first} and ${others.length} more` : first
    report(`${stage} (${jobs.length})`, done, total, note)
  }
  const pieces = jobs
    // the small ones fill what room is left in the end
    .toSorted((a, b) => solutionsOf(b.job) - solutionsOf(a.job))
    .map(({ name, job }) => ({
      ready: () => true,
      async work() {
        signal?.throwIfAborted()
        underWay.add(name)
        await pool.run(job).finally(() => underWay.delete(name))
        tell()
      },
    }))
  const timer = setInterval(tell, 1000)
  try {
    await inTurn(pieces, threads, signal)
  } finally {
    clearInterval(timer)
    await pool.close()
  }
}
