/** Loaded before a program: the package named by HIDDEN_PACKAGE cannot be found, as if it were not installed. */
import { registerHooks } from "node:module";

const hidden = process.env["HIDDEN_PACKAGE"];

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === hidden || specifier.startsWith(`${hidden}/`)) {
      throw new Error(`Cannot find package '${hidden}'`);
    }
    return next(specifier, context);
  },
});
