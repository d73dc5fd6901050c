export {
  loadCopilotProvider,
  loadOAuthProvider,
  OAUTH,
  PROVIDERS,
  requireProvider,
} from "@tokenflow/common";
