import { defineConfig } from 'tsup'

// One self-contained program: every dependency is bundled, and what a command does not need stays in chunks that it
// never loads. `loki hook` is on every tool call's path and starts from the smallest of them.
export default defineConfig({
  entry: ['src/main.ts'],
  format: 'esm',
  target: 'node20',
  splitting: true,
  clean: true,
  noExternal: [/.*/],
  banner: { js: '#!/usr/bin/env node' },
})
