import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'tsup'
import type { Options } from 'tsup'
import { directImports, lateCrypto, ownEntries } from './build-plugins.js'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string } // our own package.json

// `main.js` is CommonJS, its siblings are modules (`.mjs`).
mkdirSync('dist', { recursive: true })
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n')

const shared: Options = {
  target: 'node20',
  removeNodeProtocol: false,
  noExternal: [/.*/],
}

const esbuildOptions: NonNullable<Options['esbuildOptions']> = (options) => {
  // From source, so that a chunk holds the modules that it needs and not whole packages.
  options.conditions = ['@loki/source']
  options.legalComments = 'none'
}

// One self-contained program: every dependency is bundled, and what a command does not need stays in chunks that it never
// loads. `loki hook` is on every tool call's path, so the way in is a build of its own: esbuild splits by whole modules,
// and one build would put all that `@loki/guard` exports into a chunk that both share.
export default defineConfig([
  {
    ...shared,
    entry: ['src/main.ts'],
    format: 'cjs',
    outExtension: () => ({ js: '.js' }),
    splitting: false,
    esbuildPlugins: [ownEntries, directImports, lateCrypto],
    define: { BUILD_VERSION: JSON.stringify(version), 'import.meta.url': 'fileUrl' },
    banner: { js: `#!/usr/bin/env node\nconst fileUrl = require('node:url').pathToFileURL(__filename).href` },
    esbuildOptions,
  },
  {
    ...shared,
    entry: ['src/run.ts', 'src/decide.ts', 'src/reference.ts'],
    format: 'esm',
    splitting: true,
    esbuildPlugins: [ownEntries, directImports],
    define: { BUILD_VERSION: JSON.stringify(version) },
    outExtension: () => ({ js: '.mjs' }),
    banner: {
      // commander is CommonJS and asks for Node's own modules with `require`.
      js: `import { createRequire as nodeRequire } from 'node:module'\nconst require = nodeRequire(import.meta.url)`,
    },
    esbuildOptions,
  },
])
