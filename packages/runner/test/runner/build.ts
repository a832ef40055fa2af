import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'tsup'

/** Bundles the test runner from source, so that a process of its own can run it without a build before. */
export async function buildRunner(): Promise<{ readonly dir: string; readonly program: string }> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'loki-runner-build-')))
  await build({
    entry: { main: join(import.meta.dirname, 'main.mjs') },
    outDir: dir,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.mjs' }),
    config: false,
    silent: true,
    noExternal: [/.*/],
    // Dependencies that are CommonJS ask for require().
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    esbuildOptions: (options) => {
      options.conditions = ['@loki/source']
    },
  })
  return { dir, program: join(dir, 'main.mjs') }
}
