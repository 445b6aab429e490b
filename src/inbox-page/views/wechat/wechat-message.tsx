/** A WeChat message as the card that its receiver finds, and what it was made of. */
import type { CapturedMessage, WechatView } from '../../../sandbox/captured.ts'
import { Facts } from '../../parts/facts.tsx'
import { formatClock } from '../../parts/format.ts'
import { SafeLink } from '../../parts/safe-link-text.tsx'
import { useApp } from '../../state/app-context.ts'

interface WechatProps {
  readonly message: CapturedMessage
  readonly view: WechatView
}

export function WechatMessage({ message, view }: WechatProps) {
  return (
    <div class="side-by-side">
      <WechatPhone message={message} view={view} />
      <div class="beside">
        <WechatFacts message={message} view={view} />
      </div>
    </div>
  )
}

function WechatPhone({ message, view }: WechatProps) {
  const { t, tag } = useApp()
  const isSubscribe = view.type === 'subscribe'
  return (
    <section class="phone wechat-phone" aria-label={t.wechat.phone}>
      <div class="phone-status" aria-hidden="true">
        <span>{formatClock(message.at, tag)}</span>
        <span class="phone-battery" />
      </div>
      <div class="wechat-bar">
        <span aria-hidden="true">‹</span>
        <strong>{isSubscribe ? t.wechat.service : t.wechat.officialAccount}</strong>
        <span aria-hidden="true">···</span>
      </div>
      <div class="wechat-chat">
        <p class="wechat-time">{formatClock(message.at, tag)}</p>
        <WechatCard message={message} view={view} />
      </div>
    </section>
  )
}

function WechatCard({ message, view }: WechatProps) {
  const { t } = useApp()
  const isSubscribe = view.type === 'subscribe'
  const opens = view.page ?? view.miniProgram ?? view.url
  return (
    <div class="wechat-card">
      <div class="wechat-app">
        <span class="wechat-logo" aria-hidden="true" />
        <span>{isSubscribe ? t.wechat.miniProgram : t.wechat.officialAccount}</span>
      </div>
      <p class="wechat-title">{message.title || t.list.noTitle}</p>
      <dl class="wechat-rows">
        {view.fields.map(({ keyword, value }, index) => (
          <div key={index}>
            <dt>{keyword}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {opens && (
        <p class="wechat-enter">
          {view.page || view.miniProgram ? t.wechat.enter : t.wechat.details}
          <span aria-hidden="true">›</span>
        </p>
      )}
    </div>
  )
}

function WechatFacts({ view }: WechatProps) {
  const { t } = useApp()
  const { miniProgram, url } = view
  return (
    <Facts
      facts={[
        [t.websocket.type, view.type === 'subscribe' ? t.wechat.subscribe : t.wechat.templateMessage],
        [t.wechat.openid, <code>{view.openid}</code>],
        [t.wechat.templateId, <code>{view.templateId}</code>],
        [
          t.wechat.page,
          view.page ? <code>{view.page}</code> : miniProgram || url ? undefined : t.wechat.noPage,
        ],
        [t.wechat.url, url && <SafeLink href={url} />],
        [t.wechat.miniProgram, miniProgram && <code>{[miniProgram.appId, miniProgram.page].join(' ')}</code>],
        [t.wechat.language, view.language],
        [t.wechat.state, view.state],
      ]}
    />
  )
}
