/** A process that may open no more files: whoever is there is served, and others again as soon as somebody has left. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { connectFakeDevice } from '../../../../src/channels/websocket/fake.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')
/** Enough to load the program, which opens files side by side; fewer than will want to join. */
const MAX_FILES = 256

/** Tells its address and a token, sends when a line comes in, and tells what nobody caught. */
const HUB = `
  import { createInterface } from 'node:readline'
  import { createNotify } from './src/index.ts'
  import { websocket } from './src/channels/websocket/index.ts'
  const push = websocket({ jwt: { keys: ['a-shared-secret-of-thirty-two-bytes!'] }, maxConnectionsPerIp: 10_000, maxConnectionsPerUser: 10_000 })
  const notify = createNotify({ channels: { push } })
  await notify.verify().catch(() => undefined)
  const { url } = await push.listen()
  await notify.verify()
  console.log(JSON.stringify({ url, token: push.issueToken({ user: '1001' }) }))
  for await (const line of createInterface(process.stdin))
    await notify.send('push', { to: { user: '1001' }, title: line })
`

async function startCrampedHub() {
  const node = `${process.execPath} --import tsx --input-type=module -e "$HUB"`
  const child = spawn('sh', ['-c', `ulimit -n ${MAX_FILES} && exec ${node}`], {
    cwd: ROOT,
    env: { ...process.env, HUB },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { url, token } = JSON.parse(line) as { url: string; token: string }
  return {
    port: Number(new URL(url).port),
    isRunning: () => child.exitCode === null,
    join: () => connectFakeDevice(url, { token }),
    send: (title: string) => child.stdin.write(`${title}\n`),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Whether the server took it and kept it, or had no descriptor for it. */
async function isTaken(socket: Socket): Promise<boolean> {
  const request = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: keep-alive\r\n\r\n'
  socket.on('error', () => undefined)
  socket.write(request)
  return new Promise((resolve) => {
    socket.once('data', () => resolve(true))
    socket.once('close', () => resolve(false))
  })
}

it('a hub that has no descriptor left serves who is there, and lets others in again later', async () => {
  await using hub = await startCrampedHub()
  const known = await hub.join()
  const others = await Promise.allSettled(Array.from({ length: 2 * MAX_FILES }, () => hub.join()))
  const inside = others.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))

  hub.send('Still served')
  await known.received(1)

  expect(inside.length).toBeLessThan(MAX_FILES)
  expect(hub.isRunning()).toBe(true)
  for (const device of inside) await device.close()
  await expect.poll(async () => isTaken(connect(hub.port, '127.0.0.1'))).toBe(true)
  const next = await hub.join()
  hub.send('And served again')
  // The first one was not acknowledged by anybody, and is sent again.
  const titles = (await next.received(2)).map(({ data }) => data.title)
  expect(titles).toEqual(['Still served', 'And served again'])
  next.drop()
  known.drop()
}, 60_000)
