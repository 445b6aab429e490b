/** The way to a sandbox's inbox: where its fakes are, and where it is told what came of deliveries. */
import { NotifyError } from '../../core/errors.ts'
import { warn } from '../../pipeline/warn.ts'

/** A sandbox of this process, or the URL of another's. */
export interface SandboxPlace {
  /** Of its inbox, such as `http://127.0.0.1:4747`. */
  readonly url: string
  /** Where it was started for this Notify. */
  close?(): Promise<void>
}

export type FindSandbox = () => Promise<SandboxPlace>

type Settings = Readonly<Record<string, unknown>>

interface Connection {
  readonly provider: string
  readonly config: Settings
}

export class SandboxLink {
  readonly #find: FindSandbox
  #place: Promise<SandboxPlace> | undefined
  #connections: Promise<ReadonlyMap<string, Settings>> | undefined
  /** Reports on their way, one after the other. */
  #reports: Promise<void> = Promise.resolve()
  #isLost = false

  constructor(find: FindSandbox) {
    this.#find = find
  }

  /**
   * What points the driver of a provider to the sandbox.
   * @throws {NotifyError} INVALID_CONFIG, where the sandbox does not speak for that provider; UNAVAILABLE, where it is not there
   */
  async settingsFor(provider: string): Promise<Settings> {
    this.#connections ??= this.#connect()
    const settings = (await this.#connections).get(provider)
    if (settings) return settings
    throw new NotifyError('INVALID_CONFIG', `The sandbox has no fake of ${provider}`)
  }

  /** Tells the inbox; nobody waits for it. */
  report(path: string, body: object): void {
    const next = async () => {
      try {
        const { url } = await this.#found()
        await this.#post(`${url}${path}`, body)
      } catch (cause) {
        if (!this.#isLost) warn('The sandbox’s inbox cannot be told', cause)
        this.#isLost = true
      }
    }
    this.#reports = this.#reports.then(next)
  }

  async close(): Promise<void> {
    await this.#reports
    const place = await this.#place?.catch(() => undefined)
    await place?.close?.()
  }

  #found(): Promise<SandboxPlace> {
    this.#place ??= this.#find()
    return this.#place
  }

  async #connect(): Promise<ReadonlyMap<string, Settings>> {
    try {
      const { url } = await this.#found()
      const response = await fetch(`${url}/api/connections`)
      const { providers } = (await response.json()) as { readonly providers: readonly Connection[] }
      return new Map(providers.map(({ provider, config }) => [provider, withoutNulls(config)]))
    } catch (cause) {
      this.#connections = undefined
      this.#place = undefined
      if (NotifyError.isNotifyError(cause)) throw cause
      throw new NotifyError('UNAVAILABLE', 'The sandbox could not be reached', {
        cause,
        delivery: 'not_sent',
      })
    }
  }

  async #post(url: string, body: object): Promise<void> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`The inbox answered with ${response.status}`)
  }
}

/** JSON has no undefined: a null says that the driver's own setting does not hold. */
function withoutNulls(config: Settings): Settings {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, value ?? undefined]))
}
