import { useSession } from '@/stores/session'

// useMay tells what the person may do: what can't be done is not shown. It follows
// the grants while the page is open.
export function useMay(): (...permissions: string[]) => boolean {
  const session = useSession()
  return (...permissions) => permissions.every((permission) => session.can(permission))
}
