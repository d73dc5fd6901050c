import { OAUTH_PROFILES } from "@tokenflow/simulator";
import { describe, expect, test } from "vitest";
import { expectTable } from "./services-page.ts";
import { type Tried, tryProfile } from "./try-profile.ts";

const tried: Tried[] = [];
const works = expect.stringMatching(/^(?:yes|–)$/);

describe("a stand-in that answers as its pages say gives a session that lasts:", () => {
  test.each(OAUTH_PROFILES.map((profile) => [profile.name, profile] as const))(
    "%s",
    async (name, profile) => {
      const row = await tryProfile(profile);
      tried.push(row);
      expect(row).toEqual({ name, signIn: "yes", api: "yes", refresh: works, dead: works, revoke: works });
    },
  );

  test("as docs/services.md shows", async () => {
    await expectTable(
      "stand-ins",
      ["stand-in", "sign-in", "right API", "refresh twice", "dead grant", "revoke"],
      tried.map(({ name, signIn, api, refresh, dead, revoke }) => [name, signIn, api, refresh, dead, revoke]),
    );
  });
});
