declare const BUILD_VERSION: string | undefined

/** The version of this build. The bundler writes it in; run from source, it is `source`. */
export const version: string = typeof BUILD_VERSION === 'undefined' ? 'source' : BUILD_VERSION
