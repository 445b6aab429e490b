/** Buttons: with an icon alone, with a text, and those that copy. */
import type { ComponentChildren } from 'preact'
import { useApp } from '../state/app-context.ts'
import { copyText } from './copy-text.ts'
import { Icon, type IconName } from './icon.tsx'

interface IconButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly onClick: () => void
}

export function IconButton({ icon, label, onClick }: IconButtonProps) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  )
}

interface ButtonProps {
  readonly icon?: IconName
  readonly kind?: 'primary' | 'danger'
  readonly onClick: () => void
  readonly children: ComponentChildren
  /** Its text gives way to its icon where there is little room. */
  readonly isCompact?: boolean
  readonly title?: string
}

export function Button({ icon, kind, onClick, children, isCompact, title }: ButtonProps) {
  const classes = ['button', kind, isCompact && 'compact'].filter(Boolean).join(' ')
  return (
    <button type="button" class={classes} onClick={onClick} title={title}>
      {icon && <Icon name={icon} />}
      <span class="text">{children}</span>
    </button>
  )
}

export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const { t, say } = useApp()
  const copy = async () => say((await copyText(text)) ? t.copied : t.notCopied)
  return (
    <Button icon="copy" onClick={() => void copy()}>
      {label ?? t.copy}
    </Button>
  )
}
