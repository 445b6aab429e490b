/** Reads the version ranges of package.json, as far as peer dependencies need them: `^`, `~`, `>=`, `<`, `||`. */

type Version = readonly [number, number, number]
type Test = (version: Version) => boolean

/** Whether `version` is in `range`; pre-releases count as what they lead to. */
export function isInRange(version: string, range: string): boolean {
  const read = readVersion(version)
  return range.split('||').some((part) => testsOf(part).every((test) => test(read)))
}

function testsOf(part: string): readonly Test[] {
  return part.trim().split(/\s+/).map(testOf)
}

function testOf(comparator: string): Test {
  const [, operator = '', text = ''] = /^(\^|~|>=|<=|>|<|=)?(.*)$/.exec(comparator) ?? []
  if (text === '' || text === '*') return () => true
  const bound = readVersion(text)
  return (version) => OPERATORS[operator]?.(version, bound) ?? false
}

const OPERATORS: Readonly<Record<string, (version: Version, bound: Version) => boolean>> = {
  '^': (version, bound) => compare(version, bound) >= 0 && compare(version, nextBreaking(bound)) < 0,
  '~': (version, bound) => compare(version, bound) >= 0 && compare(version, [bound[0], bound[1] + 1, 0]) < 0,
  '>=': (version, bound) => compare(version, bound) >= 0,
  '>': (version, bound) => compare(version, bound) > 0,
  '<=': (version, bound) => compare(version, bound) <= 0,
  '<': (version, bound) => compare(version, bound) < 0,
  '=': (version, bound) => compare(version, bound) === 0,
  '': (version, bound) => compare(version, bound) === 0,
}

/** The first version that `^` leaves out: the leftmost number that is not 0 goes up. */
function nextBreaking([major, minor, patch]: Version): Version {
  if (major > 0) return [major + 1, 0, 0]
  return minor > 0 ? [0, minor + 1, 0] : [0, 0, patch + 1]
}

function readVersion(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split(/[-+]/, 1).join('').split('.').map(Number)
  return [major, minor, patch]
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}
