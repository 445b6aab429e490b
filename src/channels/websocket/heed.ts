/** Work that nobody waits for, and whose failure somebody must still be told of. */

/** Runs it now; what it throws or rejects with is reported, and ends nothing. */
export function heed(work: () => unknown, report: (error: unknown) => void): void {
  try {
    Promise.resolve(work()).catch(report)
  } catch (cause) {
    report(cause)
  }
}
