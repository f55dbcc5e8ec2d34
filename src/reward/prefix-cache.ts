/** A problem, or a step: a node of the tree of all that is scored. */
export interface Prefix {
  text: string
  /** What it follows; null for a problem. */
  parent: Prefix | null
  /** The map that it is in: its parent's `children`, or the tree. */
  siblings: Tree
  children: Tree
  ids: readonly number[]
  /** Where the keys and values of each token are kept. */
  slots: readonly number[]
  /** Runs under way that need the slots. */
  uses: number
  /** Its own run; undefined once that is over. */
  run: Promise<void> | undefined
  /** What was read at its end. */
  readOut: number
}

/** By text: the problems, or the steps that follow one prefix. */
export type Tree = Map<string, Prefix>

/** The part of a solution (problem, step, step, …) that the tree has. */
export function findPath(tree: Tree, texts: readonly string[]): Prefix[] {
  const path: Prefix[] = []
  let next = tree.get(texts[0])
  while (next !== undefined) {
    path.push(next)
    next = next.children.get(texts[path.length])
  }
  return path
}

/** Room for the keys and values of `slots` tokens. Prefixes that were not used for longest make way for others. */
export class PrefixCache {
  readonly #free: number[]
  /** Oldest use first. Paths are used whole, so a prefix comes after all that follows it. */
  readonly #order = new Set<Prefix>()

  constructor(slots: number) {
    this.#free = Array.from({ length: slots }, (_, i) => slots - 1 - i)
  }

  /**
   * Adds the rest of a solution to the end of its path, which may be empty.
   * Returns false, and adds nothing, where all that could make way is in use.
   */
  extend(tree: Tree, path: Prefix[], rest: readonly Pick<Prefix, 'text' | 'ids'>[]): boolean {
    const count = rest.reduce((sum, { ids }) => sum + ids.length, 0)
    if (!this.#makeRoom(count, path)) return false
    for (const { text, ids } of rest) {
      const parent = path.at(-1) ?? null
      const prefix: Prefix = {
        text,
        parent,
        siblings: parent?.children ?? tree,
        children: new Map(),
        ids,
        slots: this.#free.splice(this.#free.length - ids.length),
        uses: 0,
        run: undefined,
        readOut: Number.NaN,
      }
      prefix.siblings.set(text, prefix)
      path.push(prefix)
    }
    return true
  }

  /** Marks a path as just used. */
  touch(path: readonly Prefix[]): void {
    for (const prefix of path.toReversed()) {
      this.#order.delete(prefix)
      this.#order.add(prefix)
    }
  }

  drop(prefix: Prefix): void {
    prefix.siblings.delete(prefix.text)
    this.#order.delete(prefix)
    this.#free.push(...prefix.slots)
  }

  #makeRoom(count: number, keep: readonly Prefix[]): boolean {
    for (const oldest of this.#order) {
      if (this.#free.length >= count) break
      if (oldest.uses === 0 && !keep.includes(oldest)) this.drop(oldest)
    }
    return this.#free.length >= count
  }
}
