import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { computed, defineComponent, h } from 'vue'
import { createI18n } from 'vue-i18n'
import { Problem } from '@/api/problem'
import { useForm, type Form } from './form'

interface Values { name: string; roles: number[] }

function form(initial: Values, locale = 'en'): Form<Values> {
  let made!: Form<Values>
  const i18n = createI18n({ legacy: false, locale, messages: { en: {}, 'zh-CN': { codes: { account_name_taken: 'translated' } } } })
  mount(defineComponent({ setup() { made = useForm(initial); return () => h('p') } }), { global: { plugins: [i18n] } })
  return made
}
const refused = () => Promise.reject(new Problem(409, 'account.name_taken', 'taken', 'name', { name: 'taken' }))

describe('a form', () => {
  it('knows what changed while it is typed', () => {
    const f = form({ name: 'a', roles: [1] })
    const dirty = computed(() => f.dirty())
    expect(dirty.value).toBe(false)
    f.model.roles.push(2)
    expect(dirty.value).toBe(true)
    expect(f.changes()).toEqual({ roles: [1, 2] })
    f.reset({ name: 'b', roles: [] })
    expect([dirty.value, f.model.name]).toEqual([false, 'b'])
  })
  it('shows a refusal of several fields at each, translated by its own code', async () => {
    const f = form({ name: 'typed', roles: [] }, 'zh-CN')
    const several = new Problem(422, 'account.email', 'bad', 'email', { email: 'bad', name: 'taken' }, '', 0, { email: 'account.email', name: 'account.name_taken' })
    await f.submit(() => Promise.reject(several))
    expect([f.error('email'), f.error('name'), f.error('roles')]).toEqual(['bad', 'translated', ''])
  })
  it('shows a refusal at its field and keeps what was typed', async () => {
    const f = form({ name: 'typed', roles: [] })
    expect(await f.submit(refused)).toBe(false)
    expect([f.error('name'), f.error('roles'), f.model.name]).toEqual(['taken', '', 'typed'])
    expect(await f.submit(() => Promise.resolve())).toBe(true)
    expect(f.error('name')).toBe('')
  })
  it('says it in the language of the page', async () => {
    const f = form({ name: '', roles: [] }, 'zh-CN')
    await f.submit(refused)
    expect(f.error('name')).toBe('translated')
  })
  it('is sent once at a time, and fails where the page itself objects', async () => {
    const f = form({ name: '', roles: [] })
    let release!: () => void
    const first = f.submit(() => new Promise((resolve) => { release = resolve }))
    expect([f.busy, await f.submit(() => Promise.resolve())]).toEqual([true, false])
    release()
    expect(await first).toBe(true)
    expect(await f.submit(async () => f.fail('name', 'missing'))).toBe(false)
    expect(f.error('name')).toBe('missing')
  })
})
