import type { Command } from 'commander'

/** Declares a command's arguments, options, examples and action. */
export type Define = (command: Command) => void

/** One line a command. The module is imported only when its command runs or shows its help. */
export const commands: { name: string; summary: string; load: () => Promise<{ default: Define }> }[] = [
  {
    name: 'demo',
    summary: 'see in under a minute what a reward model is for',
    load: () => import('./demo.ts'),
  },
  {
    name: 'solve',
    summary: 'sample solutions of a problem and pick the one most likely right',
    load: () => import('./solve.ts'),
  },
  {
    name: 'score',
    summary: 'say of each step of solutions how likely it is the first wrong one',
    load: () => import('./score.ts'),
  },
  {
    name: 'judge',
    summary: 'say which of two responses is better, by a model that reasons about them',
    load: () => import('./judge.ts'),
  },
  {
    name: 'rank',
    summary: 'rank responses by tournaments of a judge',
    load: () => import('./rank.ts'),
  },
  {
    name: 'feedback',
    summary: 'turn rankings into pairs for DPO and rewards for GRPO',
    load: () => import('./feedback.ts'),
  },
  {
    name: 'serve',
    summary: 'serve a reward model, a judge and Best-of-N over HTTP, to trainers and programs',
    load: () => import('./serve.ts'),
  },
  {
    name: 'sample',
    summary: 'sample solutions of problems from a policy',
    load: () => import('./sample.ts'),
  },
  {
    name: 'label',
    summary: 'say which solutions are right and where the wrong ones go wrong',
    load: () => import('./label.ts'),
  },
  {
    name: 'data',
    summary: 'convert solutions between formats, and say what a file holds',
    load: () => import('./data.ts'),
  },
  {
    name: 'evaluate',
    summary: 'measure a reward model on benchmarks of real solutions',
    load: () => import('./evaluate.ts'),
  },
  {
    name: 'bench',
    summary: 'measure models on held-out problems',
    load: () => import('./bench/bench.ts'),
  },
  {
    name: 'report',
    summary: 'put the results of benches on one HTML page',
    load: () => import('./report.ts'),
  },
  {
    name: 'train',
    summary: 'train a policy, a backbone, a reward model or a judge',
    load: () => import('./train.ts'),
  },
  {
    name: 'rl',
    summary: 'train a policy by reinforcement learning, and watch whether it games the reward',
    load: () => import('./rl.ts'),
  },
  {
    name: 'reproduce',
    summary: 'make the shipped checkpoints again, from seeds',
    load: () => import('./reproduce.ts'),
  },
]
