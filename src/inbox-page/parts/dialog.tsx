/** A panel over the page: focus stays within it, Escape closes it, and focus returns to where it was. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { useApp } from '../state/app-context.ts'
import { IconButton } from './buttons.tsx'
import { Toast } from './toast.tsx'

interface DialogProps {
  readonly title: string
  readonly kind: 'drawer' | 'box'
  readonly children: ComponentChildren
}

export function Dialog({ title, kind, children }: DialogProps) {
  const { t, show } = useApp()
  const element = useRef<HTMLDialogElement>(null)
  const close = () => show(undefined)
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // Closed while it is still in the page, it gives the focus back.
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={element}
      class={`dialog ${kind}`}
      aria-labelledby="dialog-title"
      onClose={close}
      onClick={(event) => event.target === element.current && close()}
    >
      <div class="dialog-inside">
        <div class="dialog-head">
          <h2 id="dialog-title">{title}</h2>
          <IconButton icon="close" label={t.close} onClick={close} />
        </div>
        {children}
        <Toast />
      </div>
    </dialog>
  )
}
