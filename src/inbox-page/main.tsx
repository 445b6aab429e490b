/** The inbox page: what `GET /` of the sandbox loads. */
import { render } from 'preact'
import './app.css'

const root = document.getElementById('app')
if (root) render(<main />, root)
