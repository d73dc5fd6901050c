/** The addresses of the simulated services and of their control. */
export interface Addresses {
  readonly github: string;
  readonly githubApi: string;
  readonly copilot: string;
  readonly hyper: string;
  readonly control: string;
}

export interface Scenario extends Addresses {
  approve(userCode: string): Promise<void>;
  fault(fault: object): Promise<void>;
  change(settings: object): Promise<void>;
  expireTokens(): Promise<void>;
  counts(): Promise<Readonly<Record<string, number>>>;
}

/** Reaches the simulator over HTTP, from any runtime. */
export function createScene(addresses: Addresses): Scenario {
  const post = async (path: string, body: object = {}): Promise<void> => {
    const response = await fetch(addresses.control + path, { method: "POST", body: JSON.stringify(body) });
    const answer = await response.text();
    if (!response.ok) throw new Error(`The simulator answered ${response.status}: ${answer}`);
  };
  return {
    ...addresses,
    approve: (userCode) => post("/approve", { user_code: userCode }),
    fault: (fault) => post("/faults", fault),
    change: (settings) => post("/settings", settings),
    expireTokens: () => post("/expire-tokens"),
    counts: async () => {
      const response = await fetch(`${addresses.control}/counts`);
      return (await response.json()) as Record<string, number>;
    },
  };
}

/** Checks, by the sentence that the table shows. */
export type Checks = Readonly<Record<string, (scenario: Scenario) => Promise<void>>>;
