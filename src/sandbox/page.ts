/** The page itself: three files that are built with the package, and nothing from elsewhere. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answer, HttpError } from './http.ts'
import { get, type Route } from './route.ts'

const DOCUMENT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>notiwire inbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/app.css">
</head>
<body><div id="app"></div><script type="module" src="/app.js"></script></body>
</html>
`

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function pageRoutes(): readonly Route[] {
  return [
    get(/^\/$/, ({ response }) => {
      const headers = { 'content-security-policy': CSP, 'cross-origin-opener-policy': 'same-origin' }
      answer(response, { type: 'text/html; charset=utf-8', body: DOCUMENT, headers })
    }),
    file('app.js', 'text/javascript; charset=utf-8'),
    file('app.css', 'text/css; charset=utf-8'),
  ]
}

function file(name: string, type: string): Route {
  const path = new RegExp(`^/${name.replace('.', '\\.')}$`)
  return get(path, ({ response }) => answer(response, { type, body: read(name) }))
}

/** Beside the built package; from the sources, in what was built of them. */
function read(name: string): Buffer {
  const here = dirname(fileURLToPath(import.meta.url))
  const places = [join(here, 'inbox', name), join(here, '..', '..', 'dist', 'inbox', name)]
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new HttpError(500, 'NOT_BUILT', 'The page is not built; run: npm run build')
  return readFileSync(found)
}
