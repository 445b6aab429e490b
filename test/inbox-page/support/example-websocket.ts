/** What a user has been sent over WebSocket. */
import type { CapturedMessage, WebSocketAck } from '../../../src/sandbox/captured.ts'
import { example, minutesAgo } from './example-base.ts'

const TEXTS = ['Your export has started', 'Your export is ready', 'Li commented on “Roadmap”']

export function websocketExamples(): readonly CapturedMessage[] {
  return TEXTS.map((title, index) => {
    const at = minutesAgo(30 - index * 5)
    return example({
      id: `0199003${index}-0000-7000-8000-000000000000`,
      channel: 'websocket',
      provider: index === 2 ? 'centrifugo' : 'websocket',
      at,
      to: ['#ann'],
      title,
      preview: `Number ${index + 1} for Ann`,
      view: {
        kind: 'websocket',
        channel: '#ann',
        target: { user: 'ann' },
        data: { type: 'export', title, progress: (index + 1) / 3 },
        type: 'export',
        title,
        body: `${title}: number ${index + 1} for Ann`,
        url: 'https://app.example/exports/7',
        connections: index === 2 ? null : 2,
        isStored: true,
        acks: index === 2 ? [] : acksAt(at),
      },
    })
  })
}

function acksAt(at: number): readonly WebSocketAck[] {
  return [
    { user: 'ann', device: 'MacBook', at: at + 42, type: 'acknowledged' },
    { user: 'ann', device: '', at: at + 310, type: 'acknowledged' },
    { user: 'ann', device: 'MacBook', at: at + 4_200, type: 'clicked' },
  ]
}
