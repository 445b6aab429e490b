/** Sandbox mode: the same settings over drivers that send to a sandbox, with every delivery told to its inbox. */
import { NotifyError } from '../../core/errors.ts'
import type { LifecycleEvent } from '../../core/events.ts'
import type { Settings } from '../options.ts'
import { SandboxLink, type FindSandbox, type SandboxPlace } from './link.ts'
import { sandboxedChannels } from './sandboxed-driver.ts'
import { TracedDeliveries } from './traced-deliveries.ts'

/** Finds the sandbox that runs on this machine, or starts one. */
export type OpenSandbox = FindSandbox

export class SandboxMode {
  readonly settings: Settings
  readonly #link: SandboxLink

  constructor(settings: Settings, open: OpenSandbox | undefined) {
    this.#link = new SandboxLink(() => placeOf(settings.sandbox, open))
    const { clock, channels, hooks } = settings
    const traced = new TracedDeliveries(this.#link)
    const onEvent = (event: LifecycleEvent): unknown => {
      traced.hear(event)
      return hooks.onEvent?.(event)
    }
    this.settings = {
      ...settings,
      channels: sandboxedChannels(channels, { link: this.#link, traced, clock }),
      hooks: { ...hooks, onEvent },
    }
  }

  /** Once the drivers are closed. */
  close(): Promise<void> {
    return this.#link.close()
  }
}

async function placeOf(sandbox: Settings['sandbox'], open: OpenSandbox | undefined): Promise<SandboxPlace> {
  if (typeof sandbox === 'string') return { url: sandbox.replace(/\/+$/, '') }
  // It belongs to whoever made it.
  if (typeof sandbox === 'object') return { url: sandbox.url }
  if (open) return open()
  throw new NotifyError('INVALID_CONFIG', 'sandbox: true needs the createNotify of the package itself')
}
