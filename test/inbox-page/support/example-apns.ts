/** Pushes to an iPhone: of one thread, urgent, and silent. */
import type { ApnsView, CapturedMessage } from '../../../src/sandbox/captured.ts'
import { example, minutesAgo } from './example-base.ts'

const token = '7c9e6679f1a44c2f9d3b0e5a8b1c2d3e4f5061728394a5b6c7d8e9f00112233'

function push(given: Partial<ApnsView>): ApnsView {
  return {
    kind: 'apns',
    token,
    topic: 'com.example.lumen',
    pushType: 'alert',
    priority: 10,
    apnsId: 'eabeae54-14a8-11e5-b60b-1697f925ec7b',
    isCritical: false,
    interruptionLevel: 'active',
    payload: { aps: { alert: given.alert, sound: 'default' } },
    headers: [
      ['apns-topic', 'com.example.lumen'],
      ['apns-push-type', given.pushType ?? 'alert'],
      ['apns-priority', '10'],
    ],
    ...given,
  }
}

function apns(number: number, minutes: number, view: ApnsView): CapturedMessage {
  return example({
    id: `019900${number}-0000-7000-8000-000000000000`,
    channel: 'apns',
    provider: 'apns',
    at: minutesAgo(minutes),
    to: [token],
    title: view.alert?.title ?? '',
    preview: view.alert?.body ?? '',
    view,
  })
}

export function apnsExamples(): readonly CapturedMessage[] {
  const threadId = 'order-4711'
  return [
    apns(60, 10, push({ threadId, alert: { title: 'Order packed', body: 'Order #4711 is packed.' } })),
    apns(62, 9, push({ threadId, alert: { title: 'Order shipped', body: 'Order #4711 has left us.' } })),
    apns(
      75,
      4,
      push({
        threadId,
        alert: {
          title: 'Your courier is near',
          subtitle: 'Order #4711',
          body: 'Mei will be at your door in about five minutes. Tap to follow her on the map.',
        },
        badge: 3,
        sound: 'default',
        interruptionLevel: 'time-sensitive',
        category: 'DELIVERY',
        collapseId: 'order-4711',
        expiration: 1_795_772_460,
      }),
    ),
    apns(55, 11, push({ pushType: 'background', priority: 5, payload: { aps: { 'content-available': 1 } } })),
  ]
}
