import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeFiles } from '../data/write-files.ts'
import { InputError } from '../reasoning/errors.ts'
import { page } from '../report/page/page.ts'
import { resultFiles } from '../report/page/results.ts'
import { examples } from './options.ts'
import { printResult } from './output.ts'

interface Options {
  out: string
  title: string
  json?: boolean
}

export default function define(command: Command): void {
  command
    .description(
      'Put the results of benches on one HTML page, with plots, tables and how they were made, and solutions step by ' +
        'step. The page is whole in itself: it loads nothing, runs no script, and can be sent, read offline or printed.',
    )
    .argument(
      '<paths...>',
      'folders that `assay bench` wrote to, or folders of these; files of `assay solve`, `demo` and `evaluate` with --json',
    )
    .option('-o, --out <file>', 'the page', 'report.html')
    .option('--title <text>', 'its title', 'Assay report')
    .addHelpText(
      'after',
      examples(
        ['assay report bench-best-of-n bench-beam', 'two benches'],
        [
          'assay report runs/benches solve.json --out benches.html',
          'all benches of a folder, and a solved problem',
        ],
      ),
    )
    .action(run)
}

async function run(paths: string[], options: Options): Promise<void> {
  const { out, title } = options
  const files = resultFiles(paths)
  if (files.some((file) => resolve(file) === resolve(out)))
    throw new InputError('is one of the results', { where: out, fix: 'Name another file with --out.' })
  await writeFiles([{ path: out, text: page(files, title) }])
  printResult({ out, files }, options, () => `${out}: ${files.join(', ')}`)
}
