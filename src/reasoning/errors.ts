/**
 * Something the caller gave us is wrong: a file, a row, an option, a checkpoint.
 * The CLI exits with 2 and prints the message without a stack; a server answers 4xx.
 */
export class InputError extends Error {
  override name = 'InputError'
  constructor(
    /** What is wrong. */
    what: string,
    readonly details: {
      /** file, file:line, or row id */
      where?: string
      /** What the reader should do about it. */
      fix?: string
      cause?: unknown
    } = {},
  ) {
    super((details.where ? `${details.where}: ` : '') + what + (details.fix ? `\n  ${details.fix}` : ''), {
      cause: details.cause,
    })
  }
}
