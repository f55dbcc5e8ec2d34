import type { Command } from 'commander'
import { InputError } from '../reasoning/errors.ts'
import { configOf, full, type LanguageModelRecipe } from '../reward/reproduce/recipe.ts'
import { taskNamed, tasks } from '../tasks/index.ts'
import { writeCheckpoint } from '../transformer/checkpoint.ts'
import { goldSolutions, goldTokenizer, pretrain } from '../transformer/pretraining.ts'
import { examples, integer, list } from './options.ts'
import { judgeCommands } from './train-judge.ts'
import { checkOut, withCommon } from './train-options.ts'
import { type Common, withTrainingProgress } from './train-progress.ts'
import { rewardCommands } from './train-reward.ts'

interface LanguageModelOptions extends Common {
  task: readonly string[]
  steps: number
  hidden: number
  layers: number
  heads: number
  keyValueHeads: number
  intermediate: number
}

export default function define(command: Command): void {
  command
    .description(
      'Train a model: the policy that writes solutions, the stronger backbone that rewards start from, a reward on ' +
        'labelled solutions, or a judge that reasons. A run keeps its state in OUT/training; run the same command again to go on after an interruption.',
    )
    .addHelpText(
      'after',
      examples(
        ['assay train policy --out my/policy', 'the size and schedule of the shipped one'],
        ['assay train backbone --out my/backbone --steps 9000', 'train it longer'],
        [
          'assay train crm --train train.jsonl --validation val.jsonl --out my/crm',
          'a reward on your labelled solutions',
        ],
        [
          'assay train crm --backbone ~/Qwen2.5-0.5B-Instruct --tune lora --train … --validation … --out my/crm',
          "one on somebody else's model: docs/checkpoints.md",
        ],
      ),
    )
  for (const name of ['policy', 'backbone'] as const) languageModelCommand(command, name)
  rewardCommands(command)
  judgeCommands(command)
  for (const each of command.commands)
    each.showHelpAfterError(`(assay train ${each.name()} --help shows its options and examples)`)
}

function languageModelCommand(command: Command, name: 'policy' | 'backbone'): void {
  const recipe = full[name]
  const { size } = recipe
  withCommon(command.command(name), recipe)
    .description(`Pre-train the ${name} on gold solutions of generated tasks.`)
    .option(
      '--task <names>',
      'tasks to learn, comma-separated; one listed twice comes up twice as often',
      list(),
      full.curriculum,
    )
    .option('--steps <count>', 'training steps', integer({ min: 1 }), recipe.steps)
    .option('--hidden <size>', 'hidden size', integer({ min: 8 }), size.hiddenSize)
    .option('--layers <count>', 'layers', integer({ min: 1 }), size.layers)
    .option('--heads <count>', 'attention heads', integer({ min: 1 }), size.heads)
    .option('--key-value-heads <count>', 'key and value heads', integer({ min: 1 }), size.keyValueHeads)
    .option('--intermediate <size>', 'feed-forward size', integer({ min: 8 }), size.intermediateSize)
    .addHelpText(
      'after',
      examples(
        [`assay train ${name} --out my/${name}`, 'the size and schedule of the shipped one'],
        [
          `assay train ${name} --out my/${name} --task arithmetic --layers 2 --steps 1000`,
          'a small one, of one task',
        ],
      ),
    )
    .action((options: LanguageModelOptions, self: Command) =>
      trainLanguageModel(name, recipe, { ...self.parent?.opts(), ...options }),
    )
}

async function trainLanguageModel(
  name: string,
  recipe: LanguageModelRecipe,
  options: LanguageModelOptions,
): Promise<void> {
  const { seed, steps, peak, batchTokens, threads } = options
  checkOut(options.out, (settings) => 'tasks' in settings)
  const gold = goldSolutions(options.task.map(taskNamed), seed, recipe.practice)
  const tokenizer = goldTokenizer(goldSolutions(tasks, seed), full.tokenizer)
  const size = {
    hiddenSize: options.hidden,
    layers: options.layers,
    heads: options.heads,
    keyValueHeads: options.keyValueHeads,
    intermediateSize: options.intermediate,
  }
  const config = checkedConfig(configOf({ ...recipe, size }, tokenizer.vocabSize))
  const warmup = Math.min(recipe.warmup, Math.ceil(steps / 10))
  await withTrainingProgress(name, options, async (run) => {
    const result = await pretrain(
      {
        gold,
        config,
        seed,
        steps,
        peak,
        warmup,
        batchTokens,
        threads,
        drills: recipe.drills,
        backwardDrills: recipe.backwardDrills,
      },
      tokenizer,
      run,
    )
    writeCheckpoint(options.out, { config, tensors: result.tensors, tokenizer }, { dtype: 'F16' })
    const guess = Math.log(config.vocabSize)
    return { ...result, baselines: { start: guess, blind: guess } }
  })
}

function checkedConfig(config: ReturnType<typeof configOf>): ReturnType<typeof configOf> {
  const { hiddenSize, heads, keyValueHeads } = config
  if (hiddenSize % heads !== 0 || (hiddenSize / heads) % 2 !== 0)
    throw new InputError(`a hidden size of ${hiddenSize} does not divide into ${heads} heads of even size`, {
      where: '--hidden, --heads',
    })
  if (heads % keyValueHeads !== 0)
    throw new InputError(`${heads} heads cannot share ${keyValueHeads} key and value heads evenly`, {
      where: '--key-value-heads',
    })
  return config
}
