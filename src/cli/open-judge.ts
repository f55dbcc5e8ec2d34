import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { allVotes } from '../judge/all-votes.ts'
import { settingsName } from '../judge/earlier-rows.ts'
import { embeddedJudge } from '../judge/embedded/embedded-judge.ts'
import { chatJudge } from '../judge/judge.ts'
import { adaptive, voted } from '../judge/votes.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Judgment, PairJudge } from '../reasoning/types.ts'
import { interruptSignal } from './interrupt.ts'
import { openModel, stoppedBy } from './judge-model.ts'
import { type JudgeOptions, judgeDefaults, judgeFolder, templateIn, votesOf } from './judge-options.ts'
import { defaultThreads, modelDirectory, shippedLike } from './models.ts'

export interface OpenJudge {
  /** All votes of a comparison are one judgment of it; each order is asked for by itself. */
  judge: PairJudge
  /** What people call it: the model of the server, or the folder. */
  name: string
  /** Stands for all options that decide what it says. */
  settings: string
  /** Aborts when the run is interrupted, or when a server wants nothing of us: then there is no use in going on. */
  signal: AbortSignal
  /** Ends what is under way. */
  close(): Promise<void>
}

/** A judge that has one vote. */
interface Single {
  judge: PairJudge
  name: string
  /** What decides what it says, besides its temperature. */
  settings: object
  close(): Promise<void>
}

/**
 * The judge that options name. Check them first: `checkJudge`.
 *
 * @param out where rows go: replies of a server are kept beside it unless options say where
 * @param rules more of what decides the rows
 */
export async function openJudge(
  options: JudgeOptions,
  {
    out,
    rules,
    onJudgment = () => {},
  }: { out?: string; rules?: object; onJudgment?: (judgment: Judgment) => void } = {},
): Promise<OpenJudge> {
  const { temperature, seed, bothOrders, votes } = options
  const { most } = votesOf(options)
  const stop = new AbortController()
  const interrupt = interruptSignal()
  if (interrupt.aborted) stop.abort(interrupt.reason)
  interrupt.addEventListener('abort', () => stop.abort(interrupt.reason))
  const folder = judgeFolder(options)
  const opened = folder === null ? await onServer(options, out, stop) : await onThisMachine(folder, options)
  const { name } = opened
  const settings = { ...opened.settings, temperature, votes, most, bothOrders, seed, ...rules }
  const single = counted(opened.judge, onJudgment)
  const rule = votes === 'adaptive' ? adaptive({ most }) : { votes }
  return {
    judge: votes === 1 ? single : allVotes(voted(single, rule)),
    name,
    settings: settingsName(settings),
    signal: stop.signal,
    close: async () => {
      // what nobody waits for any more must not keep the process
      stop.abort(new Error('the judge is closed'))
      await opened.close()
    },
  }
}

async function onServer(
  options: JudgeOptions,
  out: string | undefined,
  stop: AbortController,
): Promise<Single> {
  const { model = '', thinking, temperature } = options
  const { verdictTokens = judgeDefaults.verdictTokens, maxTokens = judgeDefaults.maxTokens } = options
  const template = await templateIn(options)
  const budget = thinking === undefined ? undefined : { thinking, verdict: verdictTokens }
  const opened = await openModel(options, out)
  try {
    const asked = stoppedBy(opened.model, stop)
    return {
      judge: chatJudge(asked, { template, budget, temperature, maxTokens }),
      name: model,
      settings: { model, template, limit: budget ?? maxTokens },
      close: opened.close,
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function onThisMachine(
  folder: string | undefined,
  { thinking, temperature, threads = defaultThreads }: JudgeOptions,
): Promise<Single> {
  const isNamed = shippedLike('judge').some((name) => name === folder && !existsSync(name))
  if (folder !== undefined && !isNamed && !existsSync(join(folder, 'config.json')))
    throw new InputError('is neither a folder with a judge nor the URL of a server', {
      where: folder,
      fix: 'URLs begin with http:// or https://; a judge that was trained here is in the policy/ of its run; the one that comes with assay is called judge.',
    })
  const directory = modelDirectory('judge', folder)
  const judge = embeddedJudge(directory, { threads, temperature, thinking })
  return {
    judge,
    name: folder ?? 'the judge that comes with assay',
    settings: { judge: await checkpointHash(directory), limit: thinking },
    close: judge.close,
  }
}

function counted(judge: PairJudge, onJudgment: (judgment: Judgment) => void): PairJudge {
  return {
    compare: (comparisons, options) =>
      Promise.all(
        comparisons.map(async (comparison) => {
          const [judgment] = await judge.compare([comparison], options)
          onJudgment(judgment)
          return judgment
        }),
      ),
  }
}
