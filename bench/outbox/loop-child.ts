/** A process of its own that enqueues on a slow disk, and says on its output how long its event loop was held up. */
import { embedded } from '../../src/outbox/embedded.ts'
import { loopDelay } from './measure.ts'
import { ours } from './ours.ts'

const [, , file = '', count = ''] = process.argv
const contestant = await ours(embedded({ file }), () => Promise.resolve(0))
console.log(JSON.stringify(await loopDelay(contestant, Number(count))))
await contestant.close()
