import { readFileSync } from 'node:fs'
import { Command, CommanderError, Help } from 'commander'
import { InputError } from '../reasoning/errors.ts'
import { commands } from './commands.ts'
import { handleSignals, interruption, interruptSignal } from './interrupt.ts'
import { colours, errorNote, note, surviveClosedPipes } from './output.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Runs the command line and returns its exit code: 0 good, 1 failed, 2 usage or bad input, 130 interrupted. */
async function run(argv: string[]): Promise<number> {
  const program = new Command('assay')
    .description('Reward models that understand reasoning: which answer is right, and which step went wrong.')
    .version(version, '-V, --version')
    .configureHelp({
      styleTitle: (title) => colours.bold(title),
      optionDescription(option) {
        const { defaultValue } = option
        if (Array.isArray(defaultValue)) option.default(defaultValue, defaultValue.map(part).join(','))
        return Help.prototype.optionDescription.call(this, option)
      },
    })
    .exitOverride()
  const wanted = argv.find((word) => !word.startsWith('-') && word !== 'help')
  for (const { name, summary, load } of commands) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${sentence(summary)}.`)
    if (name !== wanted) continue
    ;(await load()).default(command)
    command.option('--json', 'print the result as JSON')
    command.showHelpAfterError(`(assay ${name} --help shows its options and examples)`)
  }
  if (argv.length === 0) program.outputHelp()
  else await program.parseAsync(argv, { from: 'user' })
  return Number(process.exitCode ?? 0)
}

/** A list's default, as it would be typed: the width { n: 8, beams: 2 } is 8/2. */
function part(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.values(value).join('/') : String(value)
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const { reason } = interruptSignal()
  if (reason !== undefined && (error === reason || (error as Error).cause === reason)) {
    note('interrupted')
    return interruption() ?? 130
  }
  const fault = pathFault(error as NodeJS.ErrnoException)
  errorNote(fault ?? error)
  if (fault) return 2
  const { stack, syscall, name } = error as NodeJS.ErrnoException
  if (process.env.ASSAY_DEBUG && stack) note(stack)
  if (error instanceof InputError) return 2
  if (!process.env.ASSAY_DEBUG && !syscall && name !== 'NoAnswer')
    note('This looks like a bug in assay; ASSAY_DEBUG=1 shows where it happened.')
  return 1
}

/** What is wrong with a path that somebody has named, by what the system says of it. */
const pathFaults: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EEXIST: 'is a file, and a folder is needed here',
  ENOTDIR: 'lies below a file, where a folder is needed',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read or written (permission denied)',
  EPERM: 'may not be read or written (permission denied)',
  EROFS: 'lies on a disk that may not be written to',
}

function pathFault({ code = '', path, dest }: NodeJS.ErrnoException & { dest?: string }): InputError | null {
  const named = dest ?? path
  if (!Object.hasOwn(pathFaults, code) || named === undefined) return null
  return new InputError(pathFaults[code], { where: named.replace(/\.tmp$/, '') })
}

surviveClosedPipes()
handleSignals()
try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
process.exitCode = interruption() ?? process.exitCode
