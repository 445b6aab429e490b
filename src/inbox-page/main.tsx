/** The inbox page: what `GET /` of the sandbox loads. */
import { render } from 'preact'
import { Page } from './app.tsx'
import './app.css'

const root = document.getElementById('app')
if (root) render(<Page />, root)
