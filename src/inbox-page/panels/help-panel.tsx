/** Which keys there are. */
import { useApp } from '../state/app-context.ts'
import type { Dictionary } from '../i18n/english.ts'

const KEYS: Readonly<Record<keyof Dictionary['help']['keys'], readonly string[]>> = {
  move: ['j', 'k', '↓', '↑'],
  open: ['Enter'],
  search: ['/'],
  leave: ['Esc'],
  channel: ['1', '2', '3', '4', '5'],
  all: ['0'],
  remove: ['#', 'Delete'],
  theme: ['d'],
  language: ['l'],
  failures: ['f'],
  help: ['?'],
}

export function HelpPanel() {
  const { t } = useApp()
  const names = Object.keys(KEYS) as (keyof typeof KEYS)[]
  return (
    <dl class="keys">
      {names.map((name) => (
        <div key={name}>
          <dt>
            {KEYS[name].map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{t.help.keys[name]}</dd>
        </div>
      ))}
    </dl>
  )
}
