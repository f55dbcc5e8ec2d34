import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { z } from 'zod'
import { describeIssue } from '../../data/issues.ts'
import { InputError } from '../../reasoning/errors.ts'
import { beamResult, beamSection } from './beam.ts'
import { bestOfNResult, bestOfNSection } from './best-of-n.ts'
import { confidenceResult, confidenceSection } from './confidence.ts'
import { crossSampleResult, crossSampleSection } from './cross-sample.ts'
import { demoResult, demoSection } from './demo.ts'
import { evaluateResult, evaluateSection } from './evaluate.ts'
import { evaluateJudgeResult, evaluateJudgeSection } from './evaluate-judge.ts'
import { judgeBenchResult, judgeBenchSection } from './judge.ts'
import type { Section } from './parts.ts'
import { prunedResult, prunedSection } from './pruned.ts'
import { rlResult, rlSection } from './rl.ts'
import { solveResult, solveSection } from './solve.ts'

/** Makes a section of a parsed file, or says what is wrong with it. */
type Reader = (value: unknown, file: string) => Section

function reader<Schema extends z.ZodType>(
  schema: Schema,
  section: (result: z.output<Schema>) => Section,
): Reader {
  return (value, file) => {
    const read = schema.safeParse(value)
    if (read.success) return section(read.data)
    const issues = read.error.issues.slice(0, 3).map((issue) => describeIssue(issue, value))
    throw new InputError(issues.join('; '), {
      where: file,
      fix: 'Make it again with this version of assay: a bench run with the same options and --out takes what is there.',
    })
  }
}

const byBestOfN = (title: string, about: string): Reader =>
  reader(bestOfNResult, (result) => bestOfNSection(result, { title, about }))

/** By what `bench` says in a results.json. */
const benches: Record<string, Reader> = {
  'best-of-n': byBestOfN(
    'Best of N',
    'How often the answer is right that a reward chooses among N samples, against one sample (pass@1), the most frequent ' +
      'answer (majority), votes weighted by the reward, and the oracle (pass@N).',
  ),
  labels: byBestOfN(
    'What labels know',
    'Best of N by CRM rewards whose labels know the first error of some, all or none of the wrong solutions, or have it ' +
      'from Monte-Carlo rollouts.',
  ),
  strength: byBestOfN(
    'Strength of the reward',
    'Best of N by rewards from a backbone weaker than the policy, the policy itself, and a stronger one.',
  ),
  transfer: byBestOfN(
    'Transfer to another task',
    'Best of N by CRM rewards that were trained without one of the tasks, against one of as many samples of all; with the surprisal of ' +
      'their backbone, which has learned all tasks, and on the text alone.',
  ),
  beam: reader(beamResult, beamSection),
  'cross-sample': reader(crossSampleResult, crossSampleSection),
  pruned: reader(prunedResult, prunedSection),
  confidence: reader(confidenceResult, confidenceSection),
  rl: reader(rlResult, rlSection),
  judge: reader(judgeBenchResult, judgeBenchSection),
}

const solveOutput = reader(solveResult, solveSection)
const demoOutput = reader(demoResult, demoSection)
const evaluateOutput = reader(evaluateResult, evaluateSection)
const evaluateJudgeOutput = reader(evaluateJudgeResult, evaluateJudgeSection)

/**
 * The section that a result file makes.
 * @throws InputError naming the file, when it is none or misses something
 */
export function sectionOf(file: string): Section {
  const value = parsed(file)
  const find = readerOf(value)
  if (find === undefined)
    throw new InputError('is no result that assay knows', {
      where: file,
      fix: 'Give a results.json of `assay bench` (one without `bench` is of an older assay: run the bench again with the same options and --out), or what `assay solve`, `demo` or `evaluate` printed with --json.',
    })
  return find(value, file)
}

function readerOf(value: unknown): Reader | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if ('bench' in value) {
    const name = String(value.bench)
    return Object.hasOwn(benches, name) ? benches[name] : undefined
  }
  if ('ranked' in value) return solveOutput
  if ('tasks' in value && 'bestOfN' in value) return demoOutput
  if ('benchmark' in value) return 'judgments' in value ? evaluateJudgeOutput : evaluateOutput
  return undefined
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(textIn(file))
  } catch (cause) {
    const fix = 'Give a results.json, or what `assay solve`, `demo` or `evaluate` printed with --json.'
    throw new InputError(`cannot be read as JSON: ${(cause as Error).message}`, { where: file, fix, cause })
  }
}

/** UTF-8, with or without a byte order mark, as it is or by gzip. */
function textIn(file: string): string {
  const bytes = readFileSync(file)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  return new TextDecoder('utf-8', { fatal: true }).decode(isGzip ? gunzipSync(bytes) : bytes)
}

/**
 * The result files that paths name, each once: a file is itself, a folder its results.json, or else those of its subfolders.
 * @throws InputError for a path that is not there, and a folder without any
 */
export function resultFiles(paths: readonly string[]): string[] {
  const found = new Map<string, string>()
  for (const path of paths)
    for (const file of filesAt(path)) if (!found.has(realpathSync(file))) found.set(realpathSync(file), file)
  return [...found.values()]
}

function filesAt(path: string): string[] {
  if (!existsSync(path)) throw new InputError('no such file or folder', { where: path })
  if (!statSync(path).isDirectory()) return [path]
  const own = join(path, 'results.json')
  if (existsSync(own)) return [own]
  const below = readdirSync(path)
    .sort()
    .map((name) => join(path, name, 'results.json'))
    .filter((file) => existsSync(file))
  if (below.length === 0)
    throw new InputError('no results.json in it, nor in the folders right below', {
      where: path,
      fix: 'Give folders that `assay bench` wrote to (its --out), or files of `assay solve`, `demo` and `evaluate` with --json.',
    })
  return below
}
