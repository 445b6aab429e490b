import { expect, it } from 'vitest'
import { loadPeer } from '../../src/core/peer.ts'

it('says in one line what to install', async () => {
  const name = 'not-installed-at-all'

  const failure = loadPeer(name, () => import(/* @vite-ignore */ name))

  await expect(failure).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: 'The package "not-installed-at-all" is not installed; run: npm install not-installed-at-all',
  })
})

it('does not blame the installation when a package breaks while loading', async () => {
  await expect(loadPeer('broken', () => Promise.reject(new TypeError('inside')))).rejects.toThrow(TypeError)
})
