import type { Command } from 'commander'
import { examples } from '../options.ts'
import beam from './beam.ts'
import bestOfN from './best-of-n.ts'
import confidence from './confidence.ts'
import crossSample from './cross-sample.ts'
import experiment from './experiment.ts'
import judge from './judge.ts'
import pruned from './pruned.ts'
import rl from './rl.ts'

export default function define(command: Command): void {
  command.description('Measure models on held-out problems.')
  bestOfN(
    command.command('best-of-n').summary('accuracy of the best of N samples against pass@1 and majority'),
  )
  beam(command.command('beam').summary('beam search by rewards against the best of N at equal tokens'))
  crossSample(
    command.command('cross-sample').summary('are scores comparable between problems, and probabilities?'),
  )
  experiment(command.command('labels').summary('CRM by what its labels know'), 'labels')
  experiment(command.command('strength').summary('rewards weaker and stronger than the policy'), 'strength')
  experiment(command.command('transfer').summary('CRM on a task that it was not trained on'), 'transfer')
  pruned(command.command('pruned').summary('what exact pruning saves of best of N'))
  rl(command.command('rl').summary('reinforcement learning by every reward: who is gamed?'))
  judge(command.command('judge').summary('judges that think, before and after training, and as choosers'))
  confidence(command.command('confidence').summary('promised error rates, and the measured ones'))
  command.addHelpText(
    'after',
    examples(
      ['assay bench best-of-n', 'the CRM that comes with assay against majority and pass@1'],
      ['assay bench best-of-n --reward all', 'every kind of reward, trained first: hours'],
      ['assay bench judge --help', 'options and examples of one of them'],
    ),
  )
}
