/** Collects what the process is warned of while a test does something. */

export type Warning = Error & { readonly detail?: string }

export async function warningsDuring(act: () => Promise<unknown>): Promise<readonly Warning[]> {
  const warnings: Warning[] = []
  const note = (warning: Error) => void warnings.push(warning)
  process.on('warning', note)
  try {
    await act()
    // Warnings are told in a later turn.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('warning', note)
  }
  return warnings
}
