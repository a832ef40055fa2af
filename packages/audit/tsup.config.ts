import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/forward/index.ts', 'src/compliance/index.ts', 'src/anchors/index.ts'],
  format: 'esm',
  target: 'node20',
  sourcemap: true,
})
