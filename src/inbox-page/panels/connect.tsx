/** How to point an application at the sandbox. Also what an empty inbox shows. */
import { useEffect, useState } from 'preact/hooks'
import type { Connections, ProviderConnection } from '../../sandbox/api.ts'
import { CopyButton } from '../parts/buttons.tsx'
import { Icon } from '../parts/icon.tsx'
import { readConnections } from '../state/api-client.ts'
import { useApp } from '../state/app-context.ts'

export function Connect({ intro }: { readonly intro: string }) {
  const { t } = useApp()
  const connections = useConnections()
  return (
    <div class="connect">
      <p class="lead">{intro}</p>
      {connections?.providers.map((provider) => (
        <ProviderLines key={provider.provider} connection={provider} />
      ))}
      <p class="quiet">{t.connect.note}</p>
    </div>
  )
}

function ProviderLines({ connection }: { readonly connection: ProviderConnection }) {
  const { t } = useApp()
  const { provider, channel, lines } = connection
  const text = lines.join('\n')
  return (
    <section class="code-block" aria-label={provider}>
      <div class="code-head">
        <h3>
          <span class={`channel small ${channel}`}>
            <Icon name={channel} />
          </span>
          {provider} <span class="quiet">{t.channels[channel]}</span>
        </h3>
        <CopyButton text={text} />
      </div>
      <pre tabIndex={0} role="region" aria-label={provider}>
        {text}
      </pre>
    </section>
  )
}

function useConnections(): Connections | undefined {
  const { t, say } = useApp()
  const [connections, setConnections] = useState<Connections>()
  useEffect(() => {
    readConnections().then(setConnections, (error: unknown) => say(t.wentWrong(String(error))))
  }, [])
  return connections
}
