import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, onSessionEnd, result } from '@/api/client'
import { showPasskey } from '@/api/passkey'
import { Problem, problemOf } from '@/api/problem'
import { withPuzzle } from '@/api/puzzle'
import type { Me } from '@/api/types'

export interface Credentials {
  login: string
  password: string
  otp?: string
  tenant?: number
}

// useSession knows who is signed in and what they may do.
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const known = ref(false)
  const asking = ref(false)
  const failure = ref<Problem | null>(null)
  let answer: ((signedIn: boolean) => void) | null = null
  let question: Promise<boolean> | null = null
  let asked = 0 // questions for me, and the newest that was answered
  let shown = 0

  const account = computed(() => me.value?.account ?? null)
  const can = (permission: string) => me.value?.permissions.includes(permission) ?? false
  // granted reports whether a role grants one of these pages of the navigation.
  const granted = (pages: string[]) => pages.some((page) => me.value?.menus.includes(page))
  const isSuper = computed(() => me.value?.roles.some((role) => role.id === 9) ?? false)

  // load asks who is signed in. An answer that another one has overtaken is older,
  // and is dropped.
  async function load(): Promise<Me | null> {
    const number = ++asked
    let answer: Me | null = null
    try {
      answer = await result(api.GET('/v1/me'))
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error
    }
    if (number < shown) return me.value
    shown = number
    me.value = answer
    known.value = true
    return me.value
  }

  // begin loads at the start of the page; false when the server can't be asked.
  async function begin(): Promise<boolean> {
    try {
      await load()
      failure.value = null
      return true
    } catch (error) {
      failure.value = problemOf(error)
      return false
    }
  }

  const open = (body: object) => result(api.POST('/v1/sessions', { body: { ...body, cookie: true } }))

  // signIn works out a puzzle where the server asks for one after failures.
  async function signIn(credentials: Credentials): Promise<void> {
    await withPuzzle(credentials.login, (proof) => open({ ...credentials, ...proof }))
    await load()
  }

  async function signInByPasskey(): Promise<void> {
    await open({ passkey: await showPasskey() })
    await load()
  }

  // signInByTicket finishes what was begun at a source's own page.
  async function signInByTicket(ticket: string, otp?: string): Promise<void> {
    await result(api.POST('/v1/sources/finish', { body: { ticket, ...(otp ? { otp } : {}) } }))
    await load()
  }

  async function signOut(): Promise<void> {
    try {
      await result(api.DELETE('/v1/sessions/current'))
    } finally {
      shown = ++asked
      me.value = null
    }
  }

  // ask opens the dialog once, however many calls find the session ended.
  function ask(): Promise<boolean> {
    if (!me.value) return Promise.resolve(false)
    question ??= new Promise<boolean>((resolve) => {
      answer = resolve
      asking.value = true
    })
    return question
  }

  function settle(signedIn: boolean): void {
    asking.value = false
    answer?.(signedIn)
    answer = null
    question = null
    if (!signedIn) me.value = null
  }

  onSessionEnd(ask)
  return { me, known, asking, failure, account, can, granted, isSuper, load, begin, signIn, signInByTicket, signInByPasskey, signOut, settle }
})
