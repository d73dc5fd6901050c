import { join } from "node:path";
import { hostOf, requireOrigins, type Tool, tokenCommand } from "./tool.ts";

/** https://git-scm.com/docs/gitcredentials: an empty helper clears those of other files, for this server alone. */
export const git: Tool = {
  title: "git",
  where: "# In your shell, once",
  settings(target) {
    const helper = `!${tokenCommand(target, "git").join(" ")}`;
    const lines = requireOrigins(target).flatMap((origin) => {
      const name = `credential.${origin}.helper`;
      return [`git config --global ${name} ''`, `git config --global --add ${name} '${helper}'`];
    });
    return { text: lines.join("\n") };
  },
};

/** https://docs.docker.com/reference/cli/docker/login: `credHelpers` names the helper of one registry. */
export const docker: Tool = {
  title: "docker",
  where: "# In ~/.docker/config.json; to write it: tokenflow setup docker <provider> --write",
  settings(target, { env, home }) {
    const hosts = requireOrigins(target).map(hostOf);
    return {
      text: JSON.stringify(
        { credHelpers: Object.fromEntries(hosts.map((host) => [host, "tokenflow"])) },
        undefined,
        2,
      ),
      files: [
        {
          path: join(env["DOCKER_CONFIG"] || join(home, ".docker"), "config.json"),
          format: "json",
          edits: hosts.map((host) => ({ path: ["credHelpers", host], value: "tokenflow" })),
        },
      ],
      notes: ["docker runs docker-credential-tokenflow, which must be on its PATH beside tokenflow."],
    };
  },
};

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export const kubectl: Tool = {
  title: "kubectl",
  where: "# In your shell, once; then give the user to a context",
  settings(target) {
    const [command = "", ...args] = tokenCommand(target, "kubectl");
    return {
      command: [
        ...["kubectl", "config", "set-credentials", target.provider.replaceAll(":", "-")],
        ...["--exec-api-version=client.authentication.k8s.io/v1", "--exec-interactive-mode=Never"],
        ...["--exec-provide-cluster-info=true", `--exec-command=${command}`],
        ...args.map((arg) => `--exec-arg=${arg}`),
      ],
      notes: [
        "A cluster that expects an ID token also needs --exec-arg=--id-token. kubectl older than 1.22 knows only …/v1beta1.",
      ],
    };
  },
};

/** Returns the line that makes an executable file: these programs take no arguments for their helper. */
function script(path: string, command: readonly string[]): string {
  return `printf '#!/bin/sh\\nexec ${command.join(" ")} "$@"\\n' > ${path} && chmod +x ${path}`;
}

/** https://bazel.build/reference/command-line-reference#flag--credential_helper */
export const bazel: Tool = {
  title: "bazel",
  where: "# The first line makes the helper, the others go into ~/.bazelrc",
  settings(target, { home }) {
    const path = join(home, ".local/bin/tokenflow-bazel");
    return {
      text: [
        script(path, tokenCommand(target, "bazel")),
        ...requireOrigins(target).map(
          (origin) => `common --credential_helper=${new URL(origin).hostname}=${path}`,
        ),
      ].join("\n"),
    };
  },
};

/** `go help goauth`, Go 1.24 and newer. */
export const go: Tool = {
  title: "go",
  where: "# In your shell, once",
  settings: (target) => ({
    command: ["go", "env", "-w", `GOAUTH=${tokenCommand(target, "goauth").join(" ")}`],
    notes: ["GOPRIVATE must name the modules that are fetched from their own host."],
  }),
};

/** https://developer.hashicorp.com/terraform/internals/credentials-helpers: a program by its name in this folder. */
export const terraform: Tool = {
  title: "terraform",
  where: "# The first two lines make the helper, the last one goes into ~/.terraformrc",
  settings: (target) => ({
    text: [
      "mkdir -p ~/.terraform.d/plugins",
      script("~/.terraform.d/plugins/terraform-credentials-tokenflow", tokenCommand(target, "terraform")),
      'credentials_helper "tokenflow" {}',
    ].join("\n"),
  }),
};

/** https://everything.curl.dev/usingcurl/netrc.html: a header reaches the given address, netrc its host. */
export const curl: Tool = {
  title: "curl",
  where: "# In bash or zsh",
  settings: (target) => ({
    text: `curl -H @<(${tokenCommand(target, "header").join(" ")}) ${target.baseUrl ?? requireOrigins(target)[0]}`,
    notes: ["For a server that takes the token as a password: --netrc-file with --format netrc."],
  }),
};

/** https://docs.npmjs.com/cli/configuring-npm/npmrc: npm has no helpers, and expands variables in its file. */
export const npm: Tool = {
  title: "npm",
  where: "# In your shell: the first lines once, the last one before npm runs",
  settings: (target) => ({
    text: [
      ...requireOrigins(target).map(
        (origin) => `npm config set '//${hostOf(origin)}/:_authToken' '\${TOKENFLOW_NPM_TOKEN}'`,
      ),
      `export TOKENFLOW_NPM_TOKEN="$(${tokenCommand(target).join(" ")})"`,
    ].join("\n"),
    notes: ["npm asks no helper, so the token of a long run may end: use --min-validity."],
  }),
};

/** https://pip.pypa.io/en/stable/topics/authentication: pip reads netrc, and more than once, so a pipe is not enough. */
export const pip: Tool = {
  title: "pip",
  where: "# In your shell; the file is yours alone, and removed afterwards",
  settings: (target) => ({
    text: [
      `(netrc=$(mktemp) && trap 'rm -f "$netrc"' EXIT && ${tokenCommand(target, "netrc").join(" ")} > "$netrc" &&`,
      `  NETRC=$netrc pip install --index-url ${requireOrigins(target)[0]}/simple <package>)`,
    ].join("\n"),
    notes: ["pip's own helper is the program `keyring`, which has another protocol."],
  }),
};
