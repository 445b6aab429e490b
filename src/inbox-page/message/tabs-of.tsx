/** Which views a message has: as its recipient sees it first, then what lies behind it. */
import type { CapturedMessage, MessageView } from '../../sandbox/captured.ts'
import type { Dictionary } from '../i18n/english.ts'
import type { Tab } from '../parts/tabs.tsx'
import { ApnsDetails } from '../views/apns/apns-details.tsx'
import { LockScreen } from '../views/apns/lock-screen.tsx'
import { emailTabs } from '../views/email/email-tabs.tsx'
import { SmsMessage } from '../views/sms/sms-message.tsx'
import { Timeline } from '../views/websocket/timeline.tsx'
import { WechatMessage } from '../views/wechat/wechat-message.tsx'
import { ExchangeView } from './exchange-view.tsx'
import { HintsView } from './hints-view.tsx'
import { TraceView } from './trace-view.tsx'

export function tabsOf(message: CapturedMessage, t: Dictionary): readonly Tab[] {
  const views = message.view ? viewTabs(message, message.view, t) : []
  const behind = tabsBehind(message, t)
  return message.view ? [...views, ...behind] : behind.toReversed()
}

function viewTabs(message: CapturedMessage, view: MessageView, t: Dictionary): readonly Tab[] {
  switch (view.kind) {
    case 'email':
      return emailTabs(message, view, t)
    case 'sms':
      return [tab('message', t, () => <SmsMessage message={message} view={view} />)]
    case 'wechat':
      return [tab('message', t, () => <WechatMessage message={message} view={view} />)]
    case 'apns':
      return [
        tab('message', t, () => <LockScreen message={message} view={view} />),
        tab('payload', t, () => <ApnsDetails view={view} />),
      ]
    case 'websocket':
      return [tab('timeline', t, () => <Timeline message={message} view={view} />)]
  }
}

function tabsBehind({ hints, trace, exchange }: CapturedMessage, t: Dictionary): readonly Tab[] {
  const isAlarming = hints.some(({ level }) => level !== 'info')
  return [
    {
      ...tab('hints', t, () => <HintsView hints={hints} />),
      count: hints.length,
      isAlarming,
    },
    tab('trace', t, () => <TraceView trace={trace} />),
    tab('exchange', t, () => <ExchangeView exchange={exchange} />),
  ]
}

function tab(name: keyof Dictionary['tabs'], t: Dictionary, content: Tab['content']): Tab {
  return { name, label: t.tabs[name], content }
}
