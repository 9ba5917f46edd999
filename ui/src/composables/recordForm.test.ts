import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { defineComponent, h, nextTick, ref } from 'vue'
import { createI18n } from 'vue-i18n'
import { useRecordForm } from './recordForm'

interface Thing { id: number; name: string }

it('what is typed outlives a newer record, until that is asked for', async () => {
  const open = ref(true)
  const data = ref<Thing>()
  let closed = 0
  let made!: ReturnType<typeof useRecordForm<Thing, { name: string }>>
  const setup = () => {
    made = useRecordForm<Thing, { name: string }>({
      open: () => open.value, key: () => 7, keyOf: (thing) => thing.id, close: () => { closed++ },
      record: { data, refetch: () => Promise.resolve({ data: data.value }) }, values: (from) => ({ name: from?.name ?? '' }),
    })
    return () => h('p')
  }
  mount(defineComponent({ setup }), { global: { plugins: [createI18n({ legacy: false, locale: 'en', messages: { en: {} } })] } })
  expect([made.base(), made.form.model.name]).toEqual([undefined, ''])
  data.value = { id: 7, name: 'first' }
  await nextTick()
  expect([made.base()?.name, made.form.model.name]).toEqual(['first', 'first'])
  made.form.model.name = 'typed'
  data.value = { id: 7, name: 'second' }
  await nextTick()
  expect([made.base()?.name, made.form.model.name]).toEqual(['first', 'typed'])
  await made.newer()
  expect([made.base()?.name, made.form.model.name, made.form.dirty()]).toEqual(['second', 'second', false])
  made.leave()
  expect([made.base(), closed]).toEqual([undefined, 1])
})
