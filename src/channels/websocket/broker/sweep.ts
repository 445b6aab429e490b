/** Looks through what is kept a little at a time, so that what is over leaves the memory though nobody asks for it. */

/**
 * @param walk one way past everything, that looks at one thing between two yields
 * @returns does the next so many steps; after the last thing comes the first again
 */
export function sweep(walk: () => Generator<void>): (steps: number) => void {
  let current = walk()
  return (steps) => {
    for (let step = 0; step < steps; step += 1) {
      if (current.next().done) current = walk()
    }
  }
}
