import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { appendJsonLines } from '../data/append.ts'
import { digestOf } from '../data/digest.ts'
import { sampleRequest } from '../data/samples.ts'
import { random } from '../reasoning/random.ts'
import { crm } from '../reward/kinds/crm.ts'
import type { RewardKind } from '../reward/kinds/kind.ts'
import { kindNamed, kindNames } from '../reward/kinds/kinds.ts'
import type { Labelled } from '../reward/labels.ts'
import { configOf, full } from '../reward/reproduce/recipe.ts'
import { readLabelled } from '../reward/samples.ts'
import { labelByMonteCarlo } from '../search/monte-carlo.ts'
import { taskNamed, verifierFor } from '../tasks/index.ts'
import { readCheckpoint, writeCheckpoint } from '../transformer/checkpoint.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { goldSolutions, pretrain } from '../transformer/pretraining.ts'
import { checkpointHash } from './checkpoint-hash.ts'
import { type Choices, tunedChoices } from './lab/kinds.ts'
import { type Lab, type LabSamples, labSamples } from './lab/lab.ts'
import type { LabReward } from './lab/rewards.ts'
import { samplePool } from './lab/sample-pools.ts'
import { measuredProblems } from './problems.ts'
import { settingsFolder } from './settings.ts'

/** One reward of an experiment, to be trained with several seeds. */
export interface Arm extends Omit<LabReward, 'name' | 'seed'> {
  /** The other arm that it is compared with; the first one unless given. */
  against?: string
}

/** What an experiment compares, by name, and what the search for good settings came to. */
export interface Experiment {
  arms: Record<string, Arm>
  choices: Choices
  /** Of models that rewards start from: the share of right samples on validation. */
  strengths?: Record<string, number>
}

/** Rollouts of every prefix are dear; a CRM that learns from a fifth of these is worse than a majority. */
const mostRolledOut = 3000

/**
 * Labels: CRM where only a share of the wrong solutions has a known first error (the paper's ablation), either outcome term,
 * and Monte-Carlo labels of K rollouts against exact ones of the same solutions. Validation knows no more than training does.
 */
export async function labelArms(lab: Lab, rollouts: readonly number[]): Promise<Experiment> {
  const samples = await labSamples(lab)
  const choices: Choices = await tunedChoices(lab, ['crm'], samples)
  const arm = (kind: RewardKind, own: LabSamples, against?: string, { peak } = choices.crm): Arm => {
    return { kind, peak, ...own, against }
  }
  const all = 'known 100%'
  const arms: Experiment['arms'] = { [all]: arm(crm(), samples) }
  for (const share of [0.5, 0.1, 0]) arms[`known ${100 * share}%`] = arm(crm(), hidden(samples, share), all)
  for (const share of [1, 0.1])
    arms[`known ${100 * share}% from-error`] = arm(
      crm({ outcomeTerm: 'from-error' }),
      hidden(samples, share),
      `known ${100 * share}%`,
    )
  if (rollouts.length > 0) {
    const every = Math.ceil(samples.train.length / mostRolledOut)
    const some = { ...samples, train: samples.train.filter((_, i) => i % every === 0) }
    const of = `of ${some.train.length}`
    // so few steps ask for another rate
    const { crm: choice } = await tunedChoices(lab, ['crm'], some)
    choices[`crm ${of}`] = choice
    arms[`exact ${of}`] = arm(crm(), some, all, choice)
    for (const count of rollouts)
      arms[`rollouts ${count} ${of}`] = arm(crm(), await rolledOut(lab, some, count), `exact ${of}`, choice)
  }
  return { arms, choices }
}

/** The same solutions, with the first error of only this share of the wrong ones known. */
function hidden({ train, validation }: LabSamples, share: number): LabSamples {
  const stream = random('hidden first errors')
  const hide = (solution: Labelled): Labelled => {
    const keep = stream.next() < share
    return solution.correct || keep ? solution : { ...solution, firstError: 'unknown' }
  }
  return { train: train.map(hide), validation: validation.map(hide) }
}

/** The solutions with first errors by Monte-Carlo estimation, kept in the lab's folder. */
async function rolledOut(lab: Lab, samples: LabSamples, rollouts: number): Promise<LabSamples> {
  const { threads, signal, seed, directory, policy } = lab
  const { temperature } = lab.samples
  const folder = await settingsFolder(directory, 'rollouts', {
    policy: await checkpointHash(policy),
    temperature,
    rollouts,
    seed,
    of: digestOf([samples.train, samples.validation]),
  })
  const generator = embeddedGenerator(policy, { threads, temperature })
  const verifier = verifierFor()
  const label = async (name: string, solutions: readonly Labelled[]): Promise<Labelled[]> => {
    const path = join(folder, `${name}.jsonl`)
    const file = await appendJsonLines(path)
    // the steps of a right solution have no error, whatever rollouts say
    const wrong = solutions.filter(({ correct }) => !correct)
    let done = file.count
    async function* judged() {
      for (const { id = '', problem, steps } of wrong) {
        if (file.ids.has(id)) continue
        const solution = { id, problem, steps }
        yield { solution, verdict: verifier.verify(solution) }
      }
    }
    const options = { rollouts, seed, chunk: 2048 * threads, signal }
    try {
      for await (const each of labelByMonteCarlo(judged(), { generator, verifier }, options)) {
        const { correct, firstError, values } = each.label
        const first_error = firstError === 'unknown' ? undefined : firstError
        await file.append([{ ...each.solution, correct, first_error, values }])
        lab.report(`${rollouts} rollouts a prefix, ${name}`, ++done, wrong.length)
      }
    } finally {
      await file.close()
    }
    const labelled = new Map((await readLabelled(path)).map((each) => [each.id, each]))
    return solutions.map((solution) => labelled.get(solution.id) ?? solution)
  }
  try {
    return {
      train: await label('train', samples.train),
      validation: await label('validation', samples.validation),
    }
  } finally {
    await generator.close()
  }
}

/**
 * Transfer: CRM trained on all tasks but one, for each of them, against one of as many samples of all, with the backbone's surprisal and on the text
 * alone. What no arm is without: the backbone's own knowledge of the task, which it has learned with the others.
 */
export async function transferArms(lab: Lab): Promise<Experiment> {
  const samples = await labSamples(lab)
  const choices: Choices = {}
  const arms: Experiment['arms'] = {}
  const share = (lab.tasks.length - 1) / lab.tasks.length
  const stream = random('transfer')
  const fewer = { ...samples, train: samples.train.filter(() => stream.next() < share) }
  for (const surprisal of [true, false]) {
    const called = (name: string) => (surprisal ? name : `${name}, text alone`)
    const { crm: choice } = await tunedChoices(lab, ['crm'], samples, { surprisal })
    choices[called('crm')] = choice
    const common = { kind: kindNamed('crm', choice.options), peak: choice.peak, surprisal }
    const against = called('as many of all tasks')
    arms[called('all tasks')] = { ...common, ...samples, against }
    arms[against] = { ...common, ...fewer }
    for (const { name } of lab.tasks)
      arms[called(`without ${name}`)] = { ...common, ...without(name, samples), against }
  }
  return { arms, choices }
}

function without(task: string, { train, validation }: LabSamples): LabSamples {
  const others = (solutions: readonly Labelled[]) => solutions.filter(({ id }) => !id?.startsWith(`${task}/`))
  return { train: others(train), validation: others(validation) }
}

/**
 * Strength: rewards from a backbone weaker than the policy, the policy itself, and the stronger one, on the text alone and
 * with the surprisal of what it starts from: where does Best-of-N begin to game them? Each is tuned for its backbone.
 */
export async function strengthArms(lab: Lab): Promise<Experiment> {
  const samples = await labSamples(lab)
  const backbones = { weaker: await weakerBackbone(lab), equal: lab.policy, stronger: lab.backbone }
  const arms: Experiment['arms'] = {}
  const choices: Choices = {}
  const strengths: Record<string, number> = {}
  for (const [strength, backbone] of Object.entries(backbones)) {
    strengths[strength] = await rightOnValidation(lab, backbone)
    for (const surprisal of [false, true]) {
      const names = surprisal ? (['crm'] as const) : kindNames
      const tuned = await tunedChoices(lab, names, samples, { backbone, surprisal })
      for (const name of names) {
        const called = `${strength} ${name}${surprisal ? ' with surprisal' : ''}`
        const { options, peak } = tuned[name]
        choices[called] = tuned[name]
        const across = name === 'crm' && !surprisal && strength !== 'stronger'
        arms[called] = {
          ...samples,
          kind: kindNamed(name, options),
          peak,
          backbone,
          surprisal,
          against: `${across ? 'stronger' : strength} crm`,
        }
      }
    }
  }
  return { arms, choices, strengths }
}

/** Problems of each task that the strength of a language model is measured on. */
const measuredOn = 100

/** Share of right samples of a language model, one of each problem of the validation split. */
async function rightOnValidation(
  { tasks, threads, samples, seed, signal }: Lab,
  model: string,
): Promise<number> {
  const generator = embeddedGenerator(model, { threads, temperature: samples.temperature })
  try {
    const problems = tasks.flatMap(({ name }) => measuredProblems(name, 'validation', measuredOn))
    const requests = problems.map((problem) => sampleRequest(problem, { n: 1, seed }))
    const sampled = await generator.generate(requests, { signal })
    const verifier = verifierFor()
    const right = problems.filter(
      (problem, i) => samplePool(problem, sampled[i], verifier).solutions[0].correct,
    )
    return right.length / problems.length
  } finally {
    await generator.close()
  }
}

/** Its checkpoint in the lab's folder, trained when it is first asked for. */
async function weakerBackbone(lab: Lab): Promise<string> {
  const { weaker, seed, threads, signal, policy } = lab
  const folder = await settingsFolder(lab.directory, 'backbone', {
    weaker,
    curriculum: full.curriculum,
    seed,
    tokenizer: await checkpointHash(policy),
  })
  const directory = join(folder, 'model')
  if (existsSync(join(directory, 'config.json'))) return directory
  await mkdir(directory, { recursive: true })
  const { tokenizer } = readCheckpoint(policy)
  const { size: _, practice, ...schedule } = weaker
  const config = configOf(weaker, tokenizer.vocabSize)
  const gold = goldSolutions(full.curriculum.map(taskNamed), seed, practice)
  const { tensors } = await pretrain({ gold, config, seed, threads, ...schedule }, tokenizer, {
    directory: join(folder, 'training'),
    signal,
    onStep: ({ step, steps, loss }) => lab.report('weaker backbone', step, steps, `loss ${loss.toFixed(3)}`),
  })
  writeCheckpoint(directory, { config, tensors, tokenizer }, { dtype: 'F16' })
  return directory
}
