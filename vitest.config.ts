// Editors look for this name; the scripts pass vitest.workspace.ts themselves.
export { default } from './vitest.workspace.js'
