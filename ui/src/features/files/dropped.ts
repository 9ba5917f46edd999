// Picked is a file with its name below the folder that it goes to.
export interface Picked {
  file: File
  path: string
}

// picked are files of an input; those of a chosen folder keep their place in it.
export function picked(files: FileList | null): Picked[] {
  return [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }))
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => { entry.file(resolve, reject) })
}

function some(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => { reader.readEntries(resolve, reject) })
}

async function walk(entry: FileSystemEntry, at: string, out: Picked[]): Promise<void> {
  if (entry.isFile) {
    out.push({ file: await fileOf(entry as FileSystemFileEntry), path: at + entry.name })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  // A reader gives its entries some at a time, and none at the end.
  for (let entries = await some(reader); entries.length; entries = await some(reader)) {
    for (const child of entries) await walk(child, `${at}${entry.name}/`, out)
  }
}

// dropped are the files of a drop, folders with all that is in them.
export async function dropped(data: DataTransfer): Promise<Picked[]> {
  // What was dropped is known only until the first wait.
  const entries = [...data.items].filter((item) => item.kind === 'file').map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }))
  const out: Picked[] = []
  for (const { entry, file } of entries) {
    if (entry) await walk(entry, '', out)
    else if (file) out.push({ file, path: file.name })
  }
  return out
}
