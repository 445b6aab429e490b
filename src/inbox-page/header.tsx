/** The top of the page: its name, whether it is live, what can be opened, and how it looks. */
import { LANGUAGE_TAGS } from './i18n/dictionary.ts'
import { Button, IconButton } from './parts/buttons.tsx'
import { Segmented } from './parts/segmented.tsx'
import { useApp } from './state/app-context.ts'
import { THEMES, type Settings } from './state/settings.ts'
import type { Connection } from './state/use-stream.ts'

interface HeaderProps {
  readonly connection: Connection
  readonly settings: Settings
  readonly choose: (settings: Partial<Settings>) => void
}

export function Header({ connection, settings, choose }: HeaderProps) {
  const { t, armed, show } = useApp()
  return (
    <header class="header">
      <h1>
        <a href="#/">{t.product}</a>
      </h1>
      <p class={`connection ${connection}`} role="status">
        <span>{t.header[connection]}</span>
      </p>
      <div class="header-tools">
        <Button icon="plug" isCompact title={t.header.connect} onClick={() => show({ name: 'connect' })}>
          {t.header.connect}
        </Button>
        <Button icon="bolt" isCompact title={t.header.failures} onClick={() => show({ name: 'failures' })}>
          {t.header.failures}
          {armed.length > 0 && <span class="count alarming">{t.header.armed(armed.length)}</span>}
        </Button>
        <Button icon="trash" isCompact title={t.header.clearAll} onClick={() => show({ name: 'clear' })}>
          {t.header.clearAll}
        </Button>
        <Looks settings={settings} choose={choose} />
        <IconButton icon="help" label={t.header.help} onClick={() => show({ name: 'help' })} />
      </div>
    </header>
  )
}

function Looks({ settings, choose }: Omit<HeaderProps, 'connection'>) {
  const { t } = useApp()
  return (
    <>
      <Segmented
        label={t.header.language}
        choices={[
          { value: 'en', label: 'English', lang: LANGUAGE_TAGS.en },
          { value: 'zh', label: '中文', lang: LANGUAGE_TAGS.zh },
        ]}
        chosen={settings.language}
        onChoose={(language) => choose({ language })}
      />
      <Segmented
        label={t.header.theme}
        choices={THEMES.map((theme) => ({ value: theme, label: t.header[theme], icon: theme }))}
        chosen={settings.theme}
        onChoose={(theme) => choose({ theme })}
      />
    </>
  )
}
