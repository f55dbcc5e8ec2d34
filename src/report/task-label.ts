/** `all`, as sets of all tasks are called, in a sentence. */
export function taskLabel(task: string): string {
  return task === 'all' ? 'all tasks' : task
}
