const exitCodes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 }

let controller: AbortController | null = null
let exitCode: number | null = null

/**
 * Aborts at the first Ctrl-C or SIGTERM, so that a long command can finish its batch, save and return.
 * A second one ends the process at once, as the first does in a command that never asked for this signal.
 */
export function interruptSignal(): AbortSignal {
  controller ??= new AbortController()
  return controller.signal
}

/** The exit code that an interrupted command owes (130 for Ctrl-C), or null when nothing interrupted it. */
export function interruption(): number | null {
  return exitCode
}

export function handleSignals(): void {
  for (const [signal, code] of Object.entries(exitCodes)) {
    process.on(signal, () => {
      if (controller === null || controller.signal.aborted) end(signal, code)
      exitCode = code
      if (process.stderr.isTTY) process.stderr.write('\nfinishing what is under way; again to stop at once\n')
      controller.abort(new Error('interrupted'))
    })
  }
}

/**
 * Ends the process by the signal itself, as a shell expects (`$?` is the same code). `process.exit` stops the threads first, which makes
 * ONNX Runtime abort the process where one of them is creating a session.
 */
function end(signal: string, code: number): never {
  process.removeAllListeners(signal)
  if (process.platform !== 'win32') process.kill(process.pid, signal)
  process.exit(code)
}
