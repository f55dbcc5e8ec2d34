import { type Command, InvalidArgumentError } from 'commander'
import { InputError } from '../reasoning/errors.ts'
import { type KindName, kindNamed, kindNames } from '../reward/kinds/kinds.ts'
import { full } from '../reward/reproduce/recipe.ts'
import { readLabelled } from '../reward/samples.ts'
import type { OutcomeTerm } from '../reward/survival.ts'
import type { Tuning } from '../reward/training/learner.ts'
import { trainRewardCheckpoint } from '../reward/training/training.ts'
import { foreignLayout } from '../transformer/chat-template.ts'
import { type Checkpoint, readCheckpoint } from '../transformer/checkpoint.ts'
import { modelDirectory } from './models.ts'
import { examples, integer, number } from './options.ts'
import { checkOut, type DataFiles, readData, withCommon } from './train-options.ts'
import { type Common, withTrainingProgress } from './train-progress.ts'

interface RewardOptions extends Common, DataFiles {
  backbone?: string
  surprisal?: string | false
  epochs: number
  patience: number
  tune: Tuning['tune']
  loraRank?: number
  loraAlpha?: number
  separator?: string
  outcomeTerm?: OutcomeTerm
  margin?: number
  beta?: number
}

/** `assay train crm` and its like, one a kind of reward. */
export function rewardCommands(command: Command): void {
  for (const name of kindNames) rewardCommand(command, name)
}

function rewardCommand(command: Command, name: KindName): void {
  const self = withCommon(command.command(name), full.crm)
    .description(`Train on labelled solutions, from a backbone: ${titles[name]}.`)
    .requiredOption(
      '--train <file>',
      'labelled solutions, JSON Lines with "correct" and, where known, "first_error"',
    )
    .requiredOption('--validation <file>', 'the same, of other problems: chooses the best step')
    .option('--backbone <folder>', 'language model to start from (default: the shipped backbone)')
    .option(
      '--tune <what>',
      'what is learned: all, lora (low-rank additions to every layer) or head alone',
      tune,
      'all',
    )
    .option('--lora-rank <count>', `rank of the additions (default: ${lora.rank})`, integer({ min: 1 }))
    .option(
      '--lora-alpha <number>',
      `they are scaled by this / rank (default: ${lora.alpha})`,
      number({ min: 0 }),
    )
    .option(
      '--separator <text>',
      "what ends a step, for a backbone with a tokenizer of its own: a special token of it, or '\\n\\n'",
      (text) => text.replaceAll('\\n', '\n'),
    )
    .option('--epochs <count>', 'passes over the training file', integer({ min: 1 }), full.crm.epochs)
    .option(
      '--patience <count>',
      'validations without gain before it stops',
      integer({ min: 1 }),
      full.crm.patience,
    )
  if (name !== 'iprm') {
    self
      .option(
        '--surprisal <folder>',
        'language model whose surprisal at each token the reward reads too (default: the backbone, as it was; text alone with --tune head, or a tokenizer that is not ours)',
      )
      .option('--no-surprisal', 'text alone')
    oneOf(self, 'surprisal', 'no-surprisal')
  }
  if (name === 'crm')
    self.option(
      '--outcome-term <which>',
      'steps in the term of a wrong outcome: all (the paper) or from-error',
      outcomeTerm,
      'all',
    )
  if (name === 'pqm')
    self.option('--margin <zeta>', 'how far bad Q stay below good ones', number({ min: 0, max: 80 }), 4)
  if (name === 'iprm')
    self.option('--beta <number>', 'reward of one nat of log pi / pi_ref', number({ min: 1e-4 }), 0.05)
  self.addHelpText(
    'after',
    examples(
      [
        `assay train ${name} --train train.jsonl --validation val.jsonl --out my/${name}`,
        'on the shipped backbone',
      ],
      [
        `assay train ${name} --backbone ~/Qwen2.5-0.5B-Instruct --tune lora …`,
        "on somebody else's: docs/checkpoints.md",
      ],
    ),
  )
  self.action((options: RewardOptions, action: Command) =>
    trainRewardModel(name, { ...action.parent?.opts(), ...options }),
  )
}

/** What lora is unless it is said. */
const lora = { rank: 8, alpha: 16 }

/** Refuses both: commander would take the last. */
function oneOf(command: Command, ...names: readonly string[]): void {
  const given = new Set<string>()
  for (const name of names)
    command.on(`option:${name}`, () => {
      given.add(name)
      if (given.size > 1)
        throw new InputError(`${names.map((each) => `--${each}`).join(' and ')} contradict each other`, {
          fix: 'Leave one of them out.',
        })
    })
}

const titles: Record<KindName, string> = {
  crm: 'Conditional Reward Model',
  prm: 'Process Reward Model (every step good or bad, as Math-Shepherd)',
  'masked-prm': 'Process Reward Model that learns up to the first error only, scored by the product',
  pqm: 'Process Q-value Model',
  orm: 'Outcome Reward Model',
  iprm: 'Implicit Process Reward Model (log-likelihood ratio)',
}

function tune(text: string): Tuning['tune'] {
  if (text === 'all' || text === 'lora' || text === 'head') return text
  throw new InvalidArgumentError('Must be all, lora or head.')
}

function outcomeTerm(text: string): OutcomeTerm {
  if (text === 'all' || text === 'from-error') return text
  throw new InvalidArgumentError('Must be all or from-error.')
}

async function trainRewardModel(name: KindName, options: RewardOptions): Promise<void> {
  const { seed, epochs, patience, peak, batchTokens, threads, outcomeTerm, margin, beta } = options
  const kind = kindNamed(name, { outcomeTerm, margin, beta })
  const tuning = tuningOf(options)
  checkOut(options.out, (settings) => settings.kind === name)
  const { train, validation } = await readData(options, readLabelled)
  const backbone = readBackbone(modelDirectory('backbone', options.backbone), options.separator)
  const surprisalModel = readSurprisal(
    options,
    kind.readOut === 'head' && !backbone.foreign ? backbone : undefined,
  )
  const settings = { seed, epochs, patience, peak, batchTokens, threads, tuning }
  await withTrainingProgress(
    name,
    options,
    (run) =>
      trainRewardCheckpoint(
        options.out,
        { kind, backbone, surprisalModel, train, validation, ...settings },
        run,
      ),
    kind.readOut === 'head' && !surprisalModel ? `\n\nServe it:\n${vllmCommand(options.out, backbone)}` : '',
  )
}

/** A backbone, and how it is to read solutions. */
function readBackbone(directory: string, separator?: string): Checkpoint {
  const backbone = readCheckpoint(directory)
  const { tokenizer } = backbone
  if (tokenizer.hasSpecials) {
    if (separator !== undefined)
      throw new InputError('this backbone has a token of ours for the end of a step', {
        where: '--separator',
      })
    return backbone
  }
  if (tokenizer.layout && separator === undefined) return backbone
  return { ...backbone, tokenizer: tokenizer.withLayout(foreignLayout(directory, tokenizer, separator)) }
}

function readSurprisal({ surprisal, tune }: RewardOptions, unsaid?: Checkpoint): Checkpoint | undefined {
  if (surprisal === false) return undefined
  if (surprisal !== undefined) return readCheckpoint(surprisal)
  return tune === 'head' ? undefined : unsaid
}

function tuningOf({ tune, loraRank, loraAlpha }: RewardOptions): Tuning {
  if (tune === 'lora') return { tune, rank: loraRank ?? lora.rank, alpha: loraAlpha ?? lora.alpha }
  if ((loraRank ?? loraAlpha) !== undefined)
    throw new InputError('--lora-rank and --lora-alpha are for low-rank additions', {
      fix: 'Add --tune lora.',
    })
  return { tune }
}

/** docs/checkpoints.md says what its parts are for. */
function vllmCommand(directory: string, { tokenizer }: Checkpoint): string {
  const pooler = { task: 'token_classify', pooling_type: 'STEP', step_tag_id: tokenizer.stepEnd }
  return `vllm serve ${directory} --runner pooling --pooler-config '${JSON.stringify(pooler)}'`
}
