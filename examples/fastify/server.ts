/** An orders page that hears at once when an order is shipped, on Fastify. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastify from 'fastify'
import { createNotify } from 'notiwire'
import { websocket } from 'notiwire/websocket'

/** Stands in for whoever is logged in. */
const USER = 'demo'
const CLIENT = fileURLToPath(import.meta.resolve('notiwire/websocket/client'))
const PAGE = join(import.meta.dirname, '..', 'page.html')

// Every process that serves the same users needs the same key: set PUSH_KEY.
const push = websocket({ jwt: { keys: [process.env['PUSH_KEY'] ?? randomBytes(32)] }, drainMs: 2_000 })
const notify = createNotify({ channels: { websocket: push } })
const app = fastify()

app.get('/', async (_request, reply) => reply.type('text/html').send(await readFile(PAGE)))
app.get('/push-client.js', async (_request, reply) =>
  reply.type('text/javascript').send(await readFile(CLIENT)),
)

// Behind your own login: whoever has this token hears what is sent to the user.
app.get('/token', (_request, reply) =>
  reply
    .header('Cache-Control', 'no-store')
    .type('text/plain')
    .send(push.issueToken({ user: USER })),
)

app.post<{ Params: { id: string } }>('/orders/:id/ship', async (request, reply) => {
  const order = request.params.id
  const result = await notify.send('websocket', {
    to: { user: USER },
    type: 'order.shipped',
    title: `Order ${order} is on its way`,
    body: 'It will be with you tomorrow.',
    data: { order },
  })
  if (result.status === 'sent') return { status: 'sent', outcome: result.receipt.outcome }
  return reply.code(502).send({ status: result.status })
})

push.attach(app.server)
// Open WebSockets are connections, and Fastify's server is closed only when the last connection has ended. So they are told to
// come back before it is closed, spread over `drainMs`. Who asks meanwhile gets 503, and comes back to another process.
app.addHook('preClose', () => notify.close())

const url = await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' })
console.log(`Open ${url}`)

process.once('SIGTERM', () => void shutDown())
process.once('SIGINT', () => void shutDown())

async function shutDown(): Promise<void> {
  // Requests that are still being answered get 2 seconds after the drain.
  setTimeout(() => app.server.closeAllConnections(), 4_000).unref()
  await app.close()
}
