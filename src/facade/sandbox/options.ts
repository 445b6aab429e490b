/** The option `sandbox`, and its check. */
import type { Issue } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import { leavesOf } from '../limit-options.ts'

export function issuesOfSandbox(sandbox: unknown, channels: ReadonlyMap<string, AnyNotifier>): Issue[] {
  if (sandbox === undefined || sandbox === false) return []
  const expected = 'expected true, the http:// URL of an inbox, or a sandbox'
  const issues: Issue[] = isPlace(sandbox) ? [] : [{ path: 'sandbox', message: expected }]
  for (const [name, notifier] of channels) {
    const unfit = leavesOf(notifier).filter((leaf) => !leaf.inSandbox)
    for (const { provider } of unfit) {
      const message = `expected a driver with inSandbox: that of ${provider} would send for real in sandbox mode`
      issues.push({ path: `channels.${name}`, message })
    }
  }
  return issues
}

function isPlace(sandbox: unknown): boolean {
  if (sandbox === true) return true
  const url: unknown =
    typeof sandbox === 'string' ? sandbox : (sandbox as { readonly url?: unknown } | null)?.url
  return typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
