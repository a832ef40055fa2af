import { readdirSync, statSync } from 'node:fs'

/** Which file a name stands for; undefined where it is the only name of it, no file, or cannot be looked at. */
export function sharedFile(path: string): string | undefined {
  try {
    const { dev, ino, nlink } = statSync(path, { bigint: true })
    return nlink > 1n ? `${dev}:${ino}` : undefined
  } catch {
    // What is not there, or may not be seen, has no second name that matters here.
    return undefined
  }
}

// More files than what governs an agent ever has; beyond it the rest is not compared.
const MAX_FILES = 2048

/** The files at or below some paths that have more than one name. */
export function sharedFiles(paths: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  let left = MAX_FILES
  for (const path of paths)
    for (const file of [path, ...below(path)]) {
      if ((left -= 1) < 0) return found
      const id = sharedFile(file)
      if (id !== undefined) found.add(id)
    }
  return found
}

function below(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .slice(0, MAX_FILES)
      .map((entry) => `${entry.parentPath}/${entry.name}`)
  } catch {
    return []
  }
}
