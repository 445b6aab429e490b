/**
 * What the SDK costs over doing without it: `notify.send` over the driver's own `deliver`, and importing the
 * root over an empty `node`. Alternated in one run; medians. `--json` prints one object. Needs `npm run build`.
 */
import { measureImport } from './measure-import.ts'
import { measureOverhead } from './measure-overhead.ts'

const STARTS = 20

const { sends, rounds, ...send } = await measureOverhead({ sends: 100_000, rounds: 11 })
const result = { send, import: measureImport(STARTS) }
if (process.argv.includes('--json')) console.log(JSON.stringify(result))
else {
  console.log(`${sends} in-process sends per round, median of ${rounds} rounds, alternated (µs per send)`)
  console.table([result.send])
  console.log(`process start to exit, median of ${STARTS} alternated runs (ms; goal < 10 over bare node)`)
  console.table([result.import])
}
