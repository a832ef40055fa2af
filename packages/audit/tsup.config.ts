import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/forward/index.ts', 'src/compliance/index.ts'],
  format: 'esm',
  target: 'node20',
  sourcemap: true,
})
