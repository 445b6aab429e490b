/** A few choices side by side, of which one is chosen. */
import { Icon, type IconName } from './icon.tsx'

interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
  /** Instead of the label. */
  readonly icon?: IconName
  /** Of the label, where it is not the one of the page. */
  readonly lang?: string
}

interface SegmentedProps<Value extends string> {
  readonly label: string
  readonly choices: readonly Choice<Value>[]
  readonly chosen: Value
  readonly onChoose: (value: Value) => void
}

export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  const { label, choices, chosen, onChoose } = props
  return (
    <div class="segmented" role="group" aria-label={label}>
      {choices.map(({ value, label: name, icon, lang }) => (
        <button
          key={value}
          type="button"
          lang={lang}
          aria-pressed={value === chosen}
          title={icon && name}
          aria-label={icon && name}
          onClick={() => onChoose(value)}
        >
          {icon ? <Icon name={icon} /> : name}
        </button>
      ))}
    </div>
  )
}
