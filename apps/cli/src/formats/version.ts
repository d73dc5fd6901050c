declare const __TOKENFLOW_VERSION__: string | undefined;

/** This program's version; `0.0.0` when run from source. */
export const version: string = typeof __TOKENFLOW_VERSION__ === "string" ? __TOKENFLOW_VERSION__ : "0.0.0";
