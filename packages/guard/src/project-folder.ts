import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a team shares stays visible to git; records, events and sessions of one machine do not. */
const IGNORED = `# Written once by Loki. Records, events and sessions stay on this machine; rules are for the whole team.
*
!config.yaml
!policies.yaml
!policies.yml
!policies.json
`

/** Makes a project's `.loki` folder, for its owner alone, and on the first write tells git what in it to leave alone. */
export function prepareProjectFolder(projectDir: string): void {
  const folder = join(projectDir, '.loki')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(join(folder, '.gitignore'), IGNORED, { flag: 'wx' })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown // fs errors carry a code
  }
}
