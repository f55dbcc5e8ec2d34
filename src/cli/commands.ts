import type { Command } from 'commander'

/** Declares a command's arguments, options, examples and action. */
export type Define = (command: Command) => void

/** One line a command. The module is imported only when its command runs or shows its help. */
export const commands: { name: string; summary: string; load: () => Promise<{ default: Define }> }[] = [
  {
    name: 'label',
    summary: 'say which solutions are right and where the wrong ones go wrong',
    load: () => import('./label.ts'),
  },
  {
    name: 'reproduce',
    summary: 'make the shipped checkpoints again, from seeds',
    load: () => import('./reproduce.ts'),
  },
]
