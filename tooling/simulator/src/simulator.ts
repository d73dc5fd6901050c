import type { Server } from "node:http";
import {
  createDeviceCodes,
  createFaults,
  type DeviceCodeRecord,
  type DeviceCodes,
} from "@tokenflow/conformance/server";
import { createControlServer, type SimulatorControls } from "./control.ts";
import { createCopilot } from "./copilot/copilot.ts";
import { createCopilotTokens } from "./copilot/copilot-tokens.ts";
import { createGithub } from "./copilot/github.ts";
import { createGithubApi } from "./copilot/github-api.ts";
import { createGithubTokens } from "./copilot/github-tokens.ts";
import { createHyper } from "./hyper/hyper.ts";
import { createHyperFamilies } from "./hyper/hyper-families.ts";
import { createJournal } from "./server/journal.ts";
import { createServiceServer, type Service, type World } from "./server/service.ts";
import { createSettings, type Settings } from "./server/settings.ts";

export interface Simulator extends SimulatorControls, AsyncDisposable {
  readonly githubUrl: string;
  readonly githubApiUrl: string;
  readonly copilotUrl: string;
  readonly hyperUrl: string;
  readonly controlUrl: string;
  /** The addresses as TokenFlow's environment variables, for a child process. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface SimulatorOptions extends Partial<Settings> {
  /** The first of five ports: control, GitHub, GitHub's API, Copilot, Hyper. @default free ones */
  readonly port?: number | undefined;
}

/** Starts GitHub, its API, Copilot's and Hyper on ports of 127.0.0.1, and a control address beside them. */
export async function startSimulator({ port, ...changes }: SimulatorOptions = {}): Promise<Simulator> {
  const settings = createSettings(changes);
  const journal = createJournal();
  const faults = createFaults();
  const addresses = { github: "", "github-api": "", copilot: "", hyper: "" };
  const world: World = { settings, journal, faults, addresses };

  const githubCodes = createDeviceCodes(settings, journal);
  const hyperCodes = createDeviceCodes(settings, journal);
  const githubTokens = createGithubTokens(settings);
  const copilotTokens = createCopilotTokens(settings);
  const families = createHyperFamilies(settings, journal, () => addresses.hyper);
  const services: readonly Service[] = [
    createGithub({ world, codes: githubCodes, tokens: githubTokens }),
    createGithubApi({ world, tokens: githubTokens, copilotTokens }),
    createCopilot({ world, tokens: copilotTokens, githubTokens }),
    createHyper({ world, codes: hyperCodes, families }),
  ];

  const controls: SimulatorControls = {
    addresses,
    settings,
    journal: journal.entries,
    counts: journal.counts,
    approve(userCode, { login } = {}) {
      const [codes, record] = findCode([githubCodes, hyperCodes], userCode);
      codes.decide(record, "approved", login);
    },
    deny(userCode) {
      const [codes, record] = findCode([githubCodes, hyperCodes], userCode);
      codes.decide(record, "denied");
    },
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    createGrant(
      service,
      { login = settings.login, clientId = Object.keys(settings.githubApps)[0] ?? "" } = {},
    ) {
      if (service === "hyper") return families.create(login, "").grant;
      return githubTokens.mint({ login, clientId, scope: "", deviceCode: "" }).accessToken;
    },
    expireTokens() {
      githubTokens.expire();
      copilotTokens.expire();
      families.expire();
    },
    revokeGrants({ login } = {}) {
      const picked = (owner: { readonly login: string }): boolean =>
        login === undefined || owner.login === login;
      return githubTokens.revoke(picked) + families.revoke(picked);
    },
  };

  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.splice(0).map(stop));
  };
  try {
    const control = createControlServer(controls);
    servers.push(control);
    const controlUrl = await listen(control, port ?? 0);
    for (const [index, service] of services.entries()) {
      const server = createServiceServer(service, world);
      servers.push(server);
      addresses[service.name] = await listen(server, port === undefined ? 0 : port + index + 1);
    }
    return {
      ...controls,
      githubUrl: addresses.github,
      githubApiUrl: addresses["github-api"],
      copilotUrl: addresses.copilot,
      hyperUrl: addresses.hyper,
      controlUrl,
      env: {
        TOKENFLOW_GITHUB_URL: addresses.github,
        TOKENFLOW_GITHUB_API_URL: addresses["github-api"],
        TOKENFLOW_COPILOT_API_URL: addresses.copilot,
        HYPER_URL: addresses.hyper,
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function findCode(places: readonly DeviceCodes[], userCode: string): [DeviceCodes, DeviceCodeRecord] {
  for (const codes of places) {
    const record = codes.findPending(userCode);
    if (record) return [codes, record];
  }
  throw new RangeError(`No sign-in waits for the code "${userCode}"`);
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new TypeError("No port"));
      resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
