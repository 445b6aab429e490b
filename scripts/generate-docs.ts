/** Writes the parts of `docs/` that are made from code. `npm run docs` writes; `test/docs-generated.test.ts` compares. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generated } from './generated-docs.ts'

const ROOT = join(import.meta.dirname, '..')
for (const [page, make] of Object.entries(generated)) {
  const path = join(ROOT, page)
  writeFileSync(path, make(readFileSync(path, 'utf8')))
}
