/** The client id of "GitHub Copilot Plugin", the app that sign-ins use by default. */
export const copilotClientId = "Iv1.b507a08c87ecfe98";

/** Names of apps whose sign-ins are found on people's machines, by client id. The set is open. */
const APPS: ReadonlyMap<string, string> = new Map([
  [copilotClientId, "GitHub Copilot Plugin"],
  ["01ab8ac9400c4e429b23", "Visual Studio Code"],
  ["Iv23ctfURkiMfJ4xr5mv", "GitHub Copilot for JetBrains and Xcode"],
  ["Ov23liV9UpD7Rnfnskm3", "GitHub Copilot IDE Plugin"],
  ["Ov23ctDVkRmgkPke0Mmm", "GitHub Copilot CLI"],
  ["Ov23li8tweQw6odWQebz", "opencode"],
  ["178c6fc778ccc68e1d6a", "GitHub CLI"],
]);

/** Returns the name of an app on GitHub's consent page, if it is known. */
export function appName(clientId: string): string | undefined {
  return APPS.get(clientId);
}

/** Returns the sentence for a person before they approve: GitHub's page names another app than this one. */
export function consentNotice(clientId: string, scope: string): string {
  const name = appName(clientId);
  const app = name === undefined ? "that this client id is of" : `"${name}"`;
  return `GitHub will name the app ${app}; TokenFlow is not an official client (client id ${clientId}, scope ${scope}).`;
}
