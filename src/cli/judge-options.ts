import { type Command, InvalidArgumentError, Option } from 'commander'
import { templateFor } from '../judge/default-template.ts'
import { readTemplate, type Template } from '../judge/template.ts'
import type { Bounds } from '../judge/tournaments/tournament.ts'
import { type DialectName, dialects } from '../judge/verdict.ts'
import { InputError } from '../reasoning/errors.ts'
import type { ModelOptions } from './judge-model.ts'
import { integer, list, number } from './options.ts'
import { isUrl } from './reward-options.ts'

/** How a template is chosen. */
export interface TemplateOptions {
  template?: string
  dialect?: DialectName
}

/** Options of every command that asks a judge. */
export interface JudgeOptions extends TemplateOptions, ModelOptions {
  thinking?: number
  verdictTokens?: number
  temperature: number
  maxTokens?: number
  threads?: number
  votes: number | 'adaptive'
  mostVotes?: number
  bothOrders?: boolean
  seed: number
}

/** Where nothing else is said. */
export const judgeDefaults = { verdictTokens: 100, mostVotes: 16, maxTokens: 8192 }

/**
 * Declares {@link JudgeOptions}.
 * @param unsaid who judges where no judge is named
 */
export function withJudgeOptions(
  command: Command,
  unsaid = 'the one that comes with assay, which knows the built-in tasks alone',
): Command {
  return command
    .option(
      '--judge <urls|folder>',
      'the judge: base URL of a server that speaks OpenAI\'s chat completions, "http://127.0.0.1:8000"; several, ' +
        'with commas, where more than one serves the same model; or the folder of one that `assay train judge` made; ' +
        `or judge, which comes with assay (default: ${unsaid})`,
      list(),
    )
    .addOption(
      new Option(
        '--thinking <tokens>',
        'most tokens of thinking; what is longer is closed, and the verdict asked for (a server must be able to go on ' +
          'with a reply, as vLLM and SGLang are)',
      )
        .argParser(integer({ min: 1 }))
        .conflicts('maxTokens'),
    )
    .option('--temperature <number>', 'of sampling', number({ min: 0 }), 0.6)
    .option(
      '--votes <count>',
      'times that each pair is judged, in both orders by turns; "adaptive": until one is ahead by enough',
      votes,
      1,
    )
    .option(
      '--most-votes <count>',
      `with --votes adaptive: the most for a pair (default: ${judgeDefaults.mostVotes})`,
      integer({ min: 1 }),
    )
    .option('--both-orders', 'show each pair in both orders: they agree, or nobody wins')
    .option('--seed <number>', 'another seed gives other samples', integer({ min: 0 }), 1)
    .addOption(onServers('--model <name>', 'the model of the server'))
    .addOption(
      onServers(
        '--key-from <variable>',
        "environment variable with the servers' key (default: ASSAY_API_KEY or OPENAI_API_KEY, where set)",
      ),
    )
    .addOption(
      onServers(
        '--template <file>',
        'what the judge is asked: === system === and === user === on lines of their own, each with its text below, ' +
          '{query}, {response_1} and {response_2} in the latter',
      ),
    )
    .addOption(
      onServers(
        '--dialect <name>',
        "how the verdict is written (default: as the template's file says, or boxed)",
      ).choices(Object.keys(dialects)),
    )
    .addOption(
      onServers(
        '--verdict-tokens <tokens>',
        `with --thinking: tokens of a verdict that was asked for (default: ${judgeDefaults.verdictTokens})`,
      ).argParser(integer({ min: 1 })),
    )
    .addOption(
      onServers(
        '--max-tokens <count>',
        `longest reply, thinking included (default: ${judgeDefaults.maxTokens})`,
      ).argParser(integer({ min: 1 })),
    )
    .addOption(
      onServers(
        '--cache <dir>',
        'keep replies here, and ask for none twice (default with --out: <file>.replies)',
      ),
    )
    .addOption(
      onServers('--record <dir>', 'keep all replies of this run here, for --replay').conflicts('replay'),
    )
    .addOption(
      onServers(
        '--replay <dir>',
        'the same run again from its --record, with the same options: no server is asked',
      ).conflicts('cache'),
    )
}

/** An option that is refused where the judge runs on this machine. */
function onServers(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup('Options of a judge on a server:')
}

function votes(text: string): number | 'adaptive' {
  if (text === 'adaptive') return text
  if (!/^\s*[\d_]+\s*$/.test(text)) throw new InvalidArgumentError('Not a whole number, and not "adaptive".')
  return integer({ min: 1 })(text)
}

/** The template that was chosen. */
export async function templateIn({ template, dialect }: TemplateOptions): Promise<Template> {
  if (template === undefined) return templateFor(dialect ?? 'boxed')
  const read = await readTemplate(template)
  return dialect === undefined ? read : { ...read, dialect }
}

/** The folder of a judge that runs on this machine, undefined for the one that comes with assay; null: a server or a recording is named. */
export function judgeFolder({ judge, replay }: ModelOptions): string | undefined | null {
  if (replay !== undefined) return null
  if (judge === undefined) return undefined
  return judge.length === 1 && !isUrl(judge[0]) ? judge[0] : null
}

const forServers = {
  model: '--model',
  keyFrom: '--key-from',
  template: '--template',
  dialect: '--dialect',
  verdictTokens: '--verdict-tokens',
  maxTokens: '--max-tokens',
  cache: '--cache',
  record: '--record',
} as const

/** @throws InputError on options that do not go together; reads no file */
export function checkJudge(options: JudgeOptions): void {
  const { model, thinking, verdictTokens, votes, mostVotes, bothOrders } = options
  if (judgeFolder(options) === null) {
    if (model === undefined)
      throw new InputError('the model of the judge is not named', {
        fix: 'Name it with --model, as the server calls it.',
      })
  } else
    for (const [name, flag] of Object.entries(forServers))
      if (options[name as keyof typeof forServers] !== undefined)
        throw new InputError(`${flag} is for a judge on a server, and none is named`, {
          fix: 'Name a server and its model, --judge http://127.0.0.1:8000 --model NAME, or a recording with --replay.',
        })
  if (verdictTokens !== undefined && thinking === undefined)
    throw new InputError('--verdict-tokens is for verdicts after a budget of thinking', {
      fix: 'Give --thinking, too, or --max-tokens alone.',
    })
  if (mostVotes !== undefined && votes !== 'adaptive')
    throw new InputError('--most-votes is for --votes adaptive')
  if (bothOrders && votes !== 1)
    throw new InputError('--both-orders is for a single vote: several are shown in both orders already', {
      fix: 'Leave out --both-orders or --votes.',
    })
}

/** Judgments that one comparison takes. */
export function votesOf({ votes, mostVotes = judgeDefaults.mostVotes }: JudgeOptions): Bounds {
  return votes === 'adaptive'
    ? { least: Math.min(2, mostVotes), most: mostVotes }
    : { least: votes, most: votes }
}
