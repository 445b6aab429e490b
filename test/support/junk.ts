/** Values of every kind and shape, for what must refuse anything without throwing anything of its own. */
import fc from 'fast-check'
import { NotifyError } from '../../src/index.ts'

const junk = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
})
const odd = fc.oneof(junk, fc.string({ unit: 'binary' }), fc.webUrl(), fc.double())

/** Something of the right shape in which any field may be junk. */
export function damaged(good: Record<string, unknown>) {
  const fields = Object.entries(good).map(
    ([name, value]) => [name, fc.oneof(fc.constant(value), odd)] as const,
  )
  return fc.oneof(junk, fc.record(Object.fromEntries(fields), { requiredKeys: [] }))
}

/** The NotifyError that `run` threw, if any; whatever else it throws goes on. */
export function refusalOf(run: () => unknown): NotifyError | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (NotifyError.isNotifyError(error)) return error
    throw error
  }
}
