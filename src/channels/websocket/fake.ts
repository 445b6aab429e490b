/** Public surface of `notiwire/websocket/fake`: the people on the other end. */
import type { FakeFault, ProviderFake } from '../../core/fake.ts'
import { connectFakeDevice, type FakeDevice, type FakeDeviceOptions } from './fake-device.ts'
import type { FakePublication } from './fake-ledger.ts'

export { connectFakeDevice } from './fake-device.ts'
export type { FakeDevice, FakeDeviceOptions } from './fake-device.ts'
export type { FakeGap, FakePresence, FakePublication, FakeSubscription } from './fake-ledger.ts'
export { startFakeCentrifugo } from './centrifugo/fake.ts'
export type {
  FakeCall,
  FakeCentrifugo,
  FakeCentrifugoAnswer,
  FakeCentrifugoOptions,
  FakeCentrifugoPublication,
  FakeDisconnection,
  FakeMethod,
  FakeNamespace,
} from './centrifugo/fake.ts'
export { CommandRefused, ConnectionRefused } from './fake-refusals.ts'

/** Devices that are told of together; what they received is what was accepted. */
export interface FakeAudience extends ProviderFake<FakePublication> {
  readonly devices: readonly FakeDevice[]
  /** Connects one more device. */
  join(url: string, options?: FakeDeviceOptions): Promise<FakeDevice>
  /** Resolves when every device has received what was written to it before. */
  settled(): Promise<void>
  /** The one fault people can have is `unreachable`: every device is cut off. Others are refused. */
  failNext(fault: FakeFault): Promise<void>
}

/** Stands where a provider's fake would: this channel's messages go straight to people's devices. */
export function startFakeAudience(): Promise<FakeAudience> {
  return Promise.resolve(new Audience())
}

class Audience implements FakeAudience {
  readonly devices: FakeDevice[] = []

  get accepted(): readonly FakePublication[] {
    return this.devices.flatMap(({ publications }) => publications)
  }

  get connections(): number {
    return this.devices.filter(({ isOpen }) => isOpen).length
  }

  async join(url: string, options: FakeDeviceOptions = {}): Promise<FakeDevice> {
    const device = await connectFakeDevice(url, options)
    this.devices.push(device)
    return device
  }

  async settled(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.settled()))
  }

  async failNext(fault: FakeFault): Promise<void> {
    if (fault !== 'unreachable') throw new Error(`Devices cannot be told to ${fault}`)
    for (const device of this.devices) device.drop()
    await Promise.all(this.devices.map(({ closed }) => closed))
  }

  async close(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
