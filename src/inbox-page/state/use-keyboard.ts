/** Listens to the keys of the whole page, except where they write or a dialog is open. */
import { useEffect, useRef } from 'preact/hooks'
import { actionOf, type Action } from './keymap.ts'

const FIELDS = 'input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]'
const CONTROLS = 'button, a, summary, input, [role=tab], [role=tabpanel], pre, main *'

/** @param perform says whether it did anything */
export function useKeyboard(perform: (action: Action) => boolean): void {
  const latest = useRef(perform)
  latest.current = perform
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = document.querySelector('dialog[open]') ? undefined : actionFrom(event)
      if (action && latest.current(action)) event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

function actionFrom(event: KeyboardEvent): Action | undefined {
  if (event.isComposing) return undefined
  const target = event.target instanceof Element ? event.target : undefined
  return actionOf({
    key: event.key,
    isModified: event.ctrlKey || event.metaKey || event.altKey,
    isTyping: target?.matches(FIELDS) ?? false,
    isOnControl: target?.matches(CONTROLS) ?? false,
  })
}
