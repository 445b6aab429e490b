/** Public surface of `notiwire/sms/fake`. */
export { startFakeAliyun } from './aliyun-fake.ts'
export type { FakeAliyun, FakeAliyunOptions } from './aliyun-fake.ts'
export type { FakeSms, FakeTemplate } from './aliyun-fake-account.ts'
export type { FakeKeys } from './aliyun-fake-gateway.ts'
export type { FakeReply } from './aliyun-fake-replies.ts'
