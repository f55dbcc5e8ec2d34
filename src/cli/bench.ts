import type { Command } from 'commander'
import beam from './bench-beam.ts'
import bestOfN from './bench-best-of-n.ts'
import confidence from './bench-confidence.ts'
import crossSample from './bench-cross-sample.ts'
import pruned from './bench-pruned.ts'

export default function define(command: Command): void {
  command.description('Measure models on held-out problems.')
  bestOfN(
    command.command('best-of-n').summary('accuracy of the best of N samples against pass@1 and majority'),
  )
  beam(command.command('beam').summary('beam search by rewards against the best of N at equal tokens'))
  crossSample(
    command.command('cross-sample').summary('are scores comparable between problems, and probabilities?'),
  )
  pruned(command.command('pruned').summary('what exact pruning saves of best of N'))
  confidence(command.command('confidence').summary('promised error rates, and the measured ones'))
}
