/** Tabs, as the ARIA practices describe them: arrows move between them, Tab goes on to the panel. */
import type { ComponentChildren } from 'preact'

export interface Tab {
  readonly name: string
  readonly label: string
  readonly count?: number
  readonly isAlarming?: boolean
  readonly content: () => ComponentChildren
}

interface TabsProps {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly chosen: string
  readonly onChoose: (name: string) => void
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 }

export function Tabs({ label, tabs, chosen, onChoose }: TabsProps) {
  const current = tabs.find(({ name }) => name === chosen) ?? tabs[0]
  const onKeyDown = (event: KeyboardEvent) => {
    const next = current && neighbour(tabs, current, event.key)
    if (!next) return
    event.preventDefault()
    onChoose(next.name)
    document.getElementById(`tab-${next.name}`)?.focus()
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <TabButton key={tab.name} tab={tab} isChosen={tab === current} onChoose={onChoose} />
        ))}
      </div>
      {current && (
        <div
          key={current.name}
          class={`panel panel-${current.name}`}
          role="tabpanel"
          id="tab-panel"
          aria-labelledby={`tab-${current.name}`}
          tabIndex={0}
        >
          {current.content()}
        </div>
      )}
    </>
  )
}

interface TabButtonProps {
  readonly tab: Tab
  readonly isChosen: boolean
  readonly onChoose: (name: string) => void
}

function TabButton({ tab, isChosen, onChoose }: TabButtonProps) {
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${tab.name}`}
      aria-selected={isChosen}
      aria-controls={isChosen ? 'tab-panel' : undefined}
      tabIndex={isChosen ? 0 : -1}
      onClick={() => onChoose(tab.name)}
    >
      {tab.label}
      {tab.count ? <span class={tab.isAlarming ? 'count alarming' : 'count'}>{tab.count}</span> : null}
    </button>
  )
}

function neighbour(tabs: readonly Tab[], current: Tab, key: string): Tab | undefined {
  if (key === 'Home') return tabs[0]
  if (key === 'End') return tabs.at(-1)
  const step = STEPS[key]
  if (!step) return undefined
  return tabs[(tabs.indexOf(current) + step + tabs.length) % tabs.length]
}
