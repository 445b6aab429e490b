/** Public surface of `notiwire/testing`. */
export { FakeClock } from './fake-clock.ts'
export { findSecrets } from './find-secrets.ts'
export { describeNotifier } from './notifier-contract.ts'
export type { ExpectedFailure, NotifierContract, TestRunner } from './notifier-contract.ts'
export type { FakeFault, ProviderFake } from '../core/fake.ts'
