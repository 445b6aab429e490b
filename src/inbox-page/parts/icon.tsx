/** Small drawings, each a path on a grid of 24. Beside a text, or with one for screen readers elsewhere. */
import type { InboxChannel } from '../../sandbox/captured.ts'

const PATHS = {
  email: 'M3 6.5h18v11H3zM3.5 7l8.5 6.5L20.5 7',
  sms: 'M4 5h16v11H11l-4.5 4v-4H4zM8 10.5h.01M12 10.5h.01M16 10.5h.01',
  wechat:
    'M9.5 4C5.4 4 2.5 6.6 2.5 9.8c0 1.9 1 3.5 2.6 4.5L4.5 17l2.8-1.5c.7.2 1.4.3 2.2.3M21.5 14.2c0-2.7-2.6-4.8-5.7-4.8s-5.7 2.1-5.7 4.8 2.6 4.8 5.7 4.8c.6 0 1.3-.1 1.8-.3L20 20l-.6-2.200c1.3-.9 2.1-2.1 2.1-3.600z',
  apns: 'M8 3h8a1.5 1.5 0 0 1 1.5 1.500v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.500v-15A1.5 1.5 0 0 1 8 3zM10.5 5.500h3',
  websocket: 'M4 12h4l2.5-6 3.5 12 2.5-6H20',
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5 20 20',
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  check: 'M5 12.500l4.5 4.500L19 7.5',
  download: 'M12 4v11M7.5 10.5 12 15l4.5-4.500M5 19.500h14',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.5 11v5M13.5 11v5',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.3-3.300a4 4 0 0 0-5.7-5.700L12 6.300M14 10a4 4 0 0 0-5.7 0L5 13.300a4 4 0 0 0 5.7 5.700l1.3-1.3',
  bolt: 'M13 3 5 13.500h6L10.5 21 19 10h-6z',
  plug: 'M9 3v5M15 3v5M6.5 8h11v3.500a5.5 5.5 0 0 1-11 0zM12 17v4',
  help: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM9.8 10a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M12 16.6h.01',
  warning: 'M12 4 2.5 20h19zM12 10v4.500M12 17.300h.01',
  error: 'M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 8v5M12 16h.01',
  info: 'M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 11v5M12 8h.01',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  light:
    'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M5.3 18.700l1.4-1.400M17.3 6.700l1.4-1.4',
  dark: 'M19.5 14.500A8 8 0 0 1 9.5 4.500a8 8 0 1 0 10 10z',
  file: 'M6 3h8l4.5 4.500V21H6zM13.5 3v5h5',
  up: 'M12 19V5M6 11l6-6 6 6',
} as const satisfies Record<InboxChannel, string> & Record<string, string>

export type IconName = keyof typeof PATHS

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
