import { expect, it } from 'vitest'
import { FakeLedger } from '../../../src/channels/websocket/fake-ledger.ts'

const at = (offset: number) => ({ offset, epoch: 'e' })

it('keeps what comes twice, and counts how far it has come', () => {
  const ledger = new FakeLedger()
  ledger.enter('#1', { recoverable: true, positioned: true, ...at(1) })

  for (const offset of [2, 3, 2]) ledger.hear('#1', { pub: { data: { id: 'm' }, offset } })

  expect(ledger.publications.map(({ offset }) => offset)).toEqual([2, 3, 2])
  expect(ledger.positions.get('#1')).toEqual(at(3))
})

it('goes on where the server says after a gap in a channel that the server chose', () => {
  const ledger = new FakeLedger()
  ledger.enter('#1', { recoverable: true, positioned: true, ...at(1) })

  ledger.hear('#1', { subscribe: { was_recovering: true, recovered: false, offset: 9, epoch: 'new' } })

  expect(ledger.gaps).toEqual([{ channel: '#1', position: { offset: 9, epoch: 'new' } }])
  expect(ledger.positions.get('#1')).toEqual({ offset: 9, epoch: 'new' })
})

it('has left a channel that the server ended, with a gap where something was lost, and keeps its position', () => {
  const ledger = new FakeLedger()
  for (const channel of ['orders', 'news']) ledger.enter(channel, { recoverable: true, ...at(1) })

  ledger.hear('orders', { unsubscribe: { code: 2500, reason: 'insufficient state' } })
  ledger.hear('news', { unsubscribe: { code: 2501, reason: 'subscription expired' } })

  expect(ledger.gaps).toEqual([{ channel: 'orders' }])
  expect([...ledger.subscriptions.keys()]).toEqual([])
  expect(ledger.positions.get('orders')).toEqual(at(1))
})
