/** The inbox page: what `GET /` of the sandbox loads. */
import { render } from 'preact'
import { Page } from './app.tsx'
import './app.css'

/** Otherwise a browser asks for `/favicon.ico`, which is not there. */
const ICON =
  'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="%231f5cc4"/><path d="M5 12h3.5l2.5-5.5 3 11 2.5-5.5H19" fill="none" stroke="white" stroke-width="2"/></svg>'

const icon = Object.assign(document.createElement('link'), { rel: 'icon', href: ICON })
document.head.append(icon)

const root = document.getElementById('app')
if (root) render(<Page />, root)
