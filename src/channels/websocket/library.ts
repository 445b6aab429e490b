/** The `ws` package, loaded at the first upgrade, and the settings its server is given. */
import type { WebSocketServer } from 'ws'
import { loadPeer } from '../../core/peer.ts'

/** A frame of many empty fragments costs memory, not payload: the limits of ws itself are generous. */
const MAX_FRAGMENTS = 64
const MAX_BUFFERED_CHUNKS = 1_024
/** For the peer to answer a close frame, in milliseconds, before its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 1_000
const SUBPROTOCOL = 'centrifuge-json'

export class Library {
  readonly #load: () => Promise<typeof import('ws')>
  readonly #maxPayload: number
  #server: WebSocketServer | undefined
  #loading: Promise<WebSocketServer> | undefined

  /** @param load `() => import('ws')`, or what stands in for it */
  constructor(maxPayload: number, load: () => Promise<unknown> = () => import('ws')) {
    this.#maxPayload = maxPayload
    this.#load = load as () => Promise<typeof import('ws')>
  }

  /** What makes WebSockets of upgrades; undefined until it is loaded. */
  get server(): WebSocketServer | undefined {
    return this.#server
  }

  /** @throws {NotifyError} INVALID_CONFIG, where the package is not installed */
  load(): Promise<WebSocketServer> {
    this.#loading ??= this.#start().catch((cause: unknown) => {
      this.#loading = undefined
      throw cause
    })
    return this.#loading
  }

  async #start(): Promise<WebSocketServer> {
    const ws = await loadPeer('ws', this.#load)
    const options = {
      noServer: true,
      clientTracking: false,
      // Off, because it costs 240 KB a connection, and because frames are written past the library.
      perMessageDeflate: false,
      maxPayload: this.#maxPayload,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      handleProtocols: (offered: Set<string>) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    }
    this.#server = new ws.WebSocketServer(options)
    return this.#server
  }
}

/** False where the client insists on a subprotocol that is not spoken here, such as `centrifuge-protobuf`. */
export function speaksSubprotocol(offered: string | undefined): boolean {
  return offered === undefined || offered.split(',').some((name) => name.trim() === SUBPROTOCOL)
}
