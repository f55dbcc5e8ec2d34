import { z } from 'zod'
import { sampledAnswer, sampleSeed } from '../data/samples.ts'
import type { Continuation, Generator, Problem, Verifier } from '../reasoning/types.ts'
import { beamSearch } from '../search/beam.ts'
import { best, majority } from '../search/best-of-n.ts'
import type { Split } from '../tasks/index.ts'
import { type Plan, type PlanRun, readPlan, runPlan } from './plan.ts'
import { fresh, type Reward } from './pools.ts'

/** A size of beam search: n candidates at each depth, of which `beams` go on. */
export interface Width {
  n: number
  beams: number
}

export const widthName = ({ n, beams }: Width) => `${n}/${beams}`

const bit = z.literal([0, 1])

/** What came of a problem: 1 for right, by reward and width. */
const outcome = z.object({
  beam: bit,
  /** Best of as many whole samples as have at least the beam's generated tokens, by the same reward. */
  best: bit,
  majority: bit,
  /** Generated tokens of the beam, and of the samples. */
  tokens: z.int(),
  best_tokens: z.int(),
  samples: z.int(),
  /** Distinct prefixes that the reward scored. */
  scored: z.int(),
})

export type BeamOutcome = z.infer<typeof outcome>

export const beamRow = z.object({
  id: z.string(),
  problem: z.string(),
  /** Reward -> width -> outcome. */
  outcomes: z.record(z.string(), z.record(z.string(), outcome)),
})

export type BeamRow = z.infer<typeof beamRow>

export interface BeamMaker {
  generator: Generator
  verifier: Verifier
  rewards: readonly Reward[]
  widths: readonly Width[]
  /** Independent subtrees: diverse verifier tree search. */
  diverse: boolean
}

const folder = 'beams'

/** Searches the problems of a plan by every reward and width, into `directory/beams`; see {@link runPlan}. */
export async function runBeams(
  plan: Plan,
  run: BeamMaker &
    Pick<PlanRun<BeamRow>, 'directory' | 'settings' | 'signal' | 'onStart' | 'onRows' | 'group'>,
): Promise<void> {
  const { widths, diverse, settings } = run
  await runPlan<BeamRow>(plan, {
    ...run,
    folder,
    settings: { widths: widths.map(widthName), diverse, ...settings },
    make: (problems, seed) => searchProblems(problems, seed, run),
  })
}

export function readBeams(plan: Plan, directory: string, task: string, split: Split): Promise<BeamRow[]> {
  return readPlan(plan, { directory, folder, schema: beamRow }, task, split)
}

async function searchProblems(
  problems: readonly Problem[],
  seed: number,
  { generator, verifier, rewards, widths, diverse }: BeamMaker,
): Promise<BeamRow[]> {
  const rows = problems.map(({ id, problem }): BeamRow => ({ id, problem, outcomes: {} }))
  const samplesWith = sampleSupply(problems, seed, generator)
  const isRight = ({ id, problem }: Problem, steps: string[] | undefined) =>
    steps !== undefined && verifier.verify({ id, problem, steps }).correct ? 1 : 0
  for (const reward of rewards) {
    const { names, read } = fresh(reward)
    const [name] = names
    const score = async (solutions: { problem: string; steps: string[] }[]) =>
      (await read(solutions)).map((readings) => readings?.[0].score ?? Number.NEGATIVE_INFINITY)
    for (const width of widths) {
      const found = await beamSearch(problems, { generator, score, ...width, diverse, seed })
      const supply = await samplesWith(found.map(({ tokens }) => tokens))
      const answered = supply.map((each) => each.filter((sample) => sampledAnswer(sample) !== null))
      const scores = await score(
        answered.flatMap((each, i) => each.map(({ steps }) => ({ problem: problems[i].problem, steps }))),
      )
      let at = 0
      for (const [i, problem] of problems.entries()) {
        const candidates = answered[i].map((sample) => ({
          steps: sample.steps,
          answer: sampledAnswer(sample),
          score: scores[at++],
        }))
        rows[i].outcomes[name] ??= {}
        rows[i].outcomes[name][widthName(width)] = {
          beam: isRight(problem, found[i].winner?.steps),
          best: isRight(problem, best(candidates)?.steps),
          majority: isRight(problem, majority(candidates)?.steps),
          tokens: found[i].tokens,
          best_tokens: supply[i].reduce((sum, { tokens }) => sum + tokens, 0),
          samples: supply[i].length,
          scored: found[i].scoredSteps,
        }
      }
    }
  }
  return rows
}

/**
 * Whole samples of each problem, drawn as they are needed: given tokens, the first samples of each problem that together have
 * at least as many. They are the same ones for every reward and width.
 */
function sampleSupply(problems: readonly Problem[], seed: number, generator: Generator) {
  const drawn = problems.map((): Continuation[] => [])
  const total = (samples: Continuation[]) => samples.reduce((sum, { tokens }) => sum + tokens, 0)
  return async (tokens: readonly number[]): Promise<Continuation[][]> => {
    for (;;) {
      const short = [...tokens.keys()].filter((i) => total(drawn[i]) < tokens[i])
      if (short.length === 0) break
      const more = await generator.generate(
        short.map((i) => {
          const have = drawn[i].length
          // as many again, so that few rounds are needed
          const seeds = Array.from({ length: Math.max(8, have) }, (_, k) =>
            sampleSeed(seed, problems[i].id, have + k),
          )
          return { problem: problems[i].problem, seeds, until: 'end' as const }
        }),
      )
      for (const [j, i] of short.entries()) drawn[i].push(...more[j])
    }
    return drawn.map((samples, i) => {
      let sum = 0
      const enough = samples.findIndex((sample) => {
        sum += sample.tokens
        return sum >= tokens[i]
      })
      return samples.slice(0, enough + 1)
    })
  }
}
