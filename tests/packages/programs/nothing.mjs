// A module that does nothing, with a source map as ours have: what is seen when it is imported is the loader's doing.
export const nothing = true
//# sourceMappingURL=nothing.mjs.map
