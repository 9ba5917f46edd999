import { describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { mount } from '@vue/test-utils'
import { defineComponent, h } from 'vue'
import { decode, encode, useUrlState, type UrlState } from './urlState'

const defaults = { q: '', page: 1, size: 0, open: '', edit: false as boolean }

describe('the state in the address', () => {
  it('leaves defaults out and keeps foreign keys', () => {
    expect(encode({ ...defaults, q: 'lin', page: 3, edit: true }, defaults, { tab: 'x', q: 'old', open: '9' })).toEqual({ tab: 'x', q: 'lin', page: '3', edit: '1' })
  })
  it('comes back as it went', () => {
    const state = { q: '林 & co', page: 7, size: 50, open: '12', edit: true }
    expect(decode(encode(state, defaults) as never, defaults)).toEqual(state)
  })
  it('falls back to the default for what can not be read', () => {
    expect(decode({ page: 'two', size: '-3', q: ['a', 'b'] }, defaults)).toEqual({ ...defaults, q: 'a' })
  })
  it('joins changes made in one go', async () => {
    let url!: UrlState<typeof defaults>
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: defineComponent({ setup() { url = useUrlState(defaults); return () => h('p') } }) }] })
    await router.push('/?q=a')
    mount(defineComponent({ setup: () => () => h(router.options.routes[0]!.component as never) }), { global: { plugins: [router] } })
    url.set({ q: 'b' })
    url.set({ page: 4 })
    await router.isReady()
    await new Promise((resolve) => setTimeout(resolve))
    expect(router.currentRoute.value.fullPath).toBe('/?q=b&page=4')
  })
})
