/** An orders page that hears at once when an order is shipped, on Express. */
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { createNotify } from 'notiwire'
import { websocket } from 'notiwire/websocket'

/** Stands in for whoever is logged in. */
const USER = 'demo'
const CLIENT = fileURLToPath(import.meta.resolve('notiwire/websocket/client'))

// Every process that serves the same users needs the same key: set PUSH_KEY.
const push = websocket({ jwt: { keys: [process.env['PUSH_KEY'] ?? randomBytes(32)] }, drainMs: 2_000 })
const notify = createNotify({ channels: { websocket: push } })
const app = express()

app.get('/', (_request, response) =>
  response.sendFile('page.html', { root: join(import.meta.dirname, '..') }),
)
app.get('/push-client.js', (_request, response) => response.sendFile(CLIENT))

// Behind your own login: whoever has this token hears what is sent to the user.
app.get('/token', (_request, response) => {
  response
    .set('Cache-Control', 'no-store')
    .type('text')
    .send(push.issueToken({ user: USER }))
})

app.post('/orders/:id/ship', async (request, response) => {
  const order = request.params.id
  const result = await notify.send('websocket', {
    to: { user: USER },
    type: 'order.shipped',
    title: `Order ${order} is on its way`,
    body: 'It will be with you tomorrow.',
    data: { order },
  })
  if (result.status === 'sent') response.json({ status: 'sent', outcome: result.receipt.outcome })
  else response.status(502).json({ status: result.status })
})

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
push.attach(server)

process.once('SIGTERM', () => void shutDown())
process.once('SIGINT', () => void shutDown())

async function shutDown(): Promise<void> {
  // First the door: nobody new comes. It is done when the last connection has ended, and open WebSockets are connections.
  const closed = new Promise((resolve) => server.close(resolve))
  // So these are told to come back, spread over `drainMs`; by then another process answers them.
  await notify.close()
  // Requests that are still being answered get 2 seconds more.
  setTimeout(() => server.closeAllConnections(), 2_000).unref()
  await closed
}
