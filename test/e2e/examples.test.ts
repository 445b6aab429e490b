/** The programs in `examples/` do what their pages say, each in a process of its own. Needs `npm run build`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectFakeDevice } from '../../src/channels/websocket/fake.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const EXAMPLES = ['express', 'fastify'] as const

const PAGE = readFileSync(join(ROOT, 'examples', 'page.html'), 'utf8')

/** As its README says to start it, on a port that is free. */
async function startExample(name: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', join('examples', name, 'server.ts')], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => Promise.reject(new Error(complaints))),
  ])) as [string]
  const url = line.replace('Open ', '')
  return {
    url,
    /** Resolves with how it ended, and what it wrote to stderr. */
    async terminate() {
      child.kill('SIGTERM')
      const [code, signal] = await ended
      return { code, signal, complaints }
    },
    async join() {
      const token = await (await fetch(`${url}/token`)).text()
      return connectFakeDevice(`${url.replace('http', 'ws')}/push`, { token })
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

describe.each(EXAMPLES)('the %s example', (name) => {
  let example: Awaited<ReturnType<typeof startExample>>

  beforeAll(async () => {
    example = await startExample(name)
  })

  afterAll(() => example.kill())

  it('tells the page at once that an order is shipped', async () => {
    const device = await example.join()

    const answer = await fetch(`${example.url}/orders/42/ship`, { method: 'POST' })

    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ status: 'sent' })
    expect(await device.received(1)).toMatchObject([
      {
        channel: '#demo',
        data: { type: 'order.shipped', title: 'Order 42 is on its way', data: { order: '42' } },
      },
    ])
    await device.close()
  })

  it('keeps for a page that is closed what is shipped meanwhile', async () => {
    await (await example.join()).close()

    await fetch(`${example.url}/orders/43/ship`, { method: 'POST' })
    const device = await example.join()

    const titles = (await device.received(1)).map(({ data }) => data.title)
    expect(titles.at(-1)).toBe('Order 43 is on its way')
    await device.close()
  })

  it('serves its page, and the client as a module that needs no other file', async () => {
    const page = await fetch(`${example.url}/`)
    const client = await fetch(`${example.url}/push-client.js`)
    const source = await client.text()

    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toBe(PAGE)
    expect(client.headers.get('content-type')).toContain('javascript')
    expect(source).not.toMatch(/^\s*import\b/m)
    const module = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as object
    expect(module).toHaveProperty('PushClient')
  })

  it('tells everybody to come back when it is told to end, and ends', async () => {
    const devices = [await example.join(), await example.join()]
    // As browsers open them before they know what for.
    const idle = connect(Number(new URL(example.url).port), '127.0.0.1')
    idle.on('error', () => undefined)
    await once(idle, 'connect')

    const ended = await example.terminate()

    for (const device of devices) expect(await device.closed).toEqual({ code: 3001, reason: 'shutdown' })
    expect(ended).toEqual({ code: 0, signal: null, complaints: '' })
    idle.destroy()
  })
})
