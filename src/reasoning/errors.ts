/**
 * Something the caller gave us is wrong: a file, a row, an option, a checkpoint.
 * The CLI exits with 2 and prints the message without a stack; a server answers 4xx.
 */
export class InputError extends Error {
  override name = 'InputError'
  /**
   * @param what what is wrong
   * @param details `where`: file, file:line or row id; `fix`: what the reader should do about it
   */
  constructor(what: string, details: { where?: string; fix?: string; cause?: unknown } = {}) {
    const { where, fix, cause } = details
    super((where ? `${where}: ` : '') + what + (fix ? `\n  ${fix}` : ''), { cause })
  }
}
