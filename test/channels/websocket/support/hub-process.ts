/** A hub in a process of its own, to be killed: what it is told to send comes over IPC, and so do the results. */
import type { WebSocketMessageInput } from '../../../../src/channels/websocket/index.ts'
import { startNode } from './node.ts'

interface Order {
  readonly id: number
  readonly message: WebSocketMessageInput
}

const node = await startNode(Number(process.argv[2]), {
  timeoutMs: 10_000,
  namespaces: { orders: { history: { size: 5_000, ttlMs: 600_000 } } },
  user: { history: { size: 1_000, ttlMs: 600_000 } },
  recoverLimit: 5_000,
})
process.on('message', ({ id, message }: Order) => {
  void node.notify.send('push', message).then((result) => process.send?.({ id, result }))
})
process.on('disconnect', () => process.exit())
process.send?.({ url: node.url })
