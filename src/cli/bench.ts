import type { Command } from 'commander'
import bestOfN from './bench-best-of-n.ts'

export default function define(command: Command): void {
  command.description('Measure models on held-out problems.')
  bestOfN(
    command.command('best-of-n').summary('accuracy of the best of N samples against pass@1 and majority'),
  )
}
