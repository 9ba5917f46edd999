import { watch, type Ref } from 'vue'
import { useForm, type Form } from './form'

interface Query<R> {
  data: Ref<R | undefined>
  refetch: () => Promise<{ data: R | undefined }>
}

interface Editing<R, M> {
  open: () => boolean
  key: () => string | number // of the record that is edited; 0 or '' makes a new one
  keyOf: (record: R) => string | number
  record: Query<R>
  values: (from: R | undefined) => M
  close: () => void
}

// useRecordForm is the form of a drawer that edits a record or makes a new one.
// What is typed began from one version, base, which a refetch does not replace:
// newer takes the latest in its place.
export function useRecordForm<R, M extends object>(of: Editing<R, M>): { form: Form<M>; base: () => R | undefined; leave: () => void; newer: () => Promise<void> } {
  const form = useForm(of.values(undefined))
  let base: R | undefined

  function begin(from: R | undefined): void {
    base = from
    form.reset(of.values(from))
  }
  watch([of.open, of.key, of.record.data], () => {
    if (!of.open() || form.dirty()) return
    const found = of.record.data.value
    begin(of.key() && found && of.keyOf(found) === of.key() ? found : undefined)
  }, { immediate: true })

  return {
    form,
    base: () => base,
    leave() {
      begin(undefined)
      of.close()
    },
    async newer() {
      const { data } = await of.record.refetch()
      if (data) begin(data)
    },
  }
}
