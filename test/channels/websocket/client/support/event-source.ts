/** As much of a browser's EventSource as a client needs, for Node. */
import { get, type ClientRequest } from 'node:http'

export class NodeEventSource {
  onmessage: ((event: { readonly data: string }) => void) | undefined
  onerror: ((event: object) => void) | undefined
  readonly #request: ClientRequest

  constructor(url: string) {
    this.#request = get(url, (response) => {
      if (response.statusCode !== 200) return this.#fail()
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        const events = (text + chunk).split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) this.#tell(event)
      })
      response.on('close', () => this.#fail())
      response.on('error', () => undefined)
    })
    this.#request.on('error', () => this.#fail())
  }

  close(): void {
    this.onmessage = this.onerror = undefined
    this.#request.destroy()
  }

  #tell(event: string): void {
    const data = event.split('\n').filter((line) => line.startsWith('data: '))
    if (data.length > 0) this.onmessage?.({ data: data.map((line) => line.slice(6)).join('\n') })
  }

  /** A real one would try again by itself. */
  #fail(): void {
    this.onerror?.({ type: 'error' })
  }
}
