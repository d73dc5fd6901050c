// gh: signs in at github.localhost, a name that it knows for tests, through a proxy of the environment.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { startFront } from "./github-front.mjs";

const { url } = await startFront();
const env = { ...process.env, HTTP_PROXY: url, http_proxy: url, NO_PROXY: "", no_proxy: "", NO_COLOR: "1" };
const scopes = process.env.SCOPE.split(" ").join(",");
const host = ["--hostname", "github.localhost"];
const login = spawn(
  "gh",
  ["auth", "login", ...host, "--web", "--git-protocol", "https", "--scopes", scopes],
  {
    env,
    stdio: ["ignore", 2, 2],
  },
);
const [exit] = await once(login, "exit");
if (exit !== 0) process.exit(exit ?? 1);
const { status } = spawnSync("gh", ["auth", "token", ...host], {
  env,
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(status ?? 1);
