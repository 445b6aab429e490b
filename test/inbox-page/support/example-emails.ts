/** E-mails. */
import type { CapturedMessage, EmailView } from '../../../src/sandbox/captured.ts'
import { example, minutesAgo } from './example-base.ts'

const address = (name: string, mailbox: string) => ({ name, address: mailbox })

const order: EmailView = {
  kind: 'email',
  envelope: { from: 'bounces@shop.example', to: ['ann@example.com', 'audit@shop.example'] },
  from: [address('Lumen Shop', 'orders@shop.example')],
  replyTo: [address('', 'help@shop.example')],
  to: [address('Ann Chen', 'ann@example.com')],
  cc: [],
  subject: 'Your order #4711 is on its way',
  date: 'Fri, 27 Nov 2026 09:41:00 +0000',
  messageId: '<4711@shop.example>',
  hasHtml: true,
  text: 'Hello Ann,\n\nyour order #4711 is on its way and should arrive on Monday.\n\nTrack it: https://shop.example/t/4711\n',
  headers: [
    ['From', 'Lumen Shop <orders@shop.example>'],
    ['To', 'Ann Chen <ann@example.com>'],
    ['Subject', 'Your order #4711 is on its way'],
    ['Message-ID', '<4711@shop.example>'],
    ['List-Unsubscribe', '<https://shop.example/unsubscribe>'],
    ['Content-Type', 'multipart/alternative; boundary="b1"'],
  ],
  attachments: [
    { name: 'invoice-4711.pdf', type: 'application/pdf', bytes: 48_213, isInline: false },
    { name: 'logo.png', type: 'image/png', bytes: 3_204, isInline: true },
  ],
  links: [
    { href: 'https://shop.example/t/4711', text: 'Track your parcel' },
    { href: 'http://shop.example/help', text: 'Help', problem: 'insecure' },
    { href: 'http://localhost:3000/account', text: 'Your account', problem: 'local' },
    { href: '/orders/4711', text: 'Order', problem: 'not_absolute' },
    { href: 'javascript:alert(1)', text: 'Click', problem: 'script' },
    { href: 'mailto:help@shop.example', text: 'Write to us' },
  ],
}

export function emailExamples(): readonly CapturedMessage[] {
  return [shipped(), plain(), refused()]
}

function shipped(): CapturedMessage {
  const at = minutesAgo(1)
  return example({
    id: '01990090-0000-7000-8000-000000000000',
    channel: 'email',
    provider: 'smtp',
    at,
    to: ['ann@example.com', 'audit@shop.example'],
    title: order.subject,
    preview: 'Hello Ann, your order #4711 is on its way and should arrive on Monday.',
    warnings: 3,
    bytes: 71_422,
    view: order,
    hints: [
      { level: 'warning', code: 'insecure_link', detail: 'http://shop.example/help', text: 'A link is http' },
      { level: 'warning', code: 'local_link', detail: 'http://localhost:3000/account', text: 'A local link' },
      { level: 'error', code: 'broken_link', detail: '/orders/4711', text: 'A broken link' },
      { level: 'info', code: 'remote_content', detail: '2 images', text: 'Loads images' },
    ],
    exchange: {
      request:
        'EHLO app\nAUTH PLAIN [removed]\nMAIL FROM:<bounces@shop.example>\nRCPT TO:<ann@example.com>\nDATA\n.',
      response: '250 OK\n235 Authenticated\n250 OK\n250 OK\n354 Go ahead\n250 Queued',
    },
    trace: {
      deliveryId: 'dlv_8f2c',
      channel: 'email',
      steps: [
        { at: at - 2_400, type: 'accepted' },
        { at: at - 2_398, type: 'queued', ms: 200 },
        { at: at - 2_198, type: 'attempt', provider: 'smtp', attempt: 1, ms: 812 },
        {
          at: at - 1_386,
          type: 'retry',
          provider: 'smtp',
          attempt: 1,
          ms: 400,
          error: {
            code: 'RATE_LIMITED',
            message: '450 Too many messages, slow down',
            delivery: 'not_delivered',
          },
        },
        { at: at - 986, type: 'attempt', provider: 'smtp', attempt: 2, ms: 94 },
        { at: at - 892, type: 'sent', provider: 'smtp' },
      ],
    },
  })
}

function plain(): CapturedMessage {
  return example({
    id: '01990050-0000-7000-8000-000000000000',
    channel: 'email',
    provider: 'smtp',
    at: minutesAgo(14),
    to: ['bo@example.com'],
    title: '每周报告已经生成',
    preview: '您好，本周共有 1,204 位访客。',
    view: {
      ...order,
      to: [address('', 'bo@example.com')],
      subject: '每周报告已经生成',
      hasHtml: false,
      text: '您好，\n\n本周共有 1,204 位访客。\n',
      attachments: [],
      links: [],
    },
    hints: [{ level: 'info', code: 'no_html', detail: '', text: 'There is no HTML part' }],
  })
}

function refused(): CapturedMessage {
  return example({
    id: '01990020-0000-7000-8000-000000000000',
    channel: 'email',
    provider: 'smtp',
    at: minutesAgo(36),
    to: ['nobody@example.com'],
    title: '',
    preview: '550 No such user',
    outcome: 'refused',
    code: '550',
    isKept: false,
    warnings: 1,
    exchange: { request: 'RCPT TO:<nobody@example.com>', response: '550 No such user' },
    hints: [{ level: 'error', code: 'refused', detail: '550', text: 'Refused' }],
  })
}
