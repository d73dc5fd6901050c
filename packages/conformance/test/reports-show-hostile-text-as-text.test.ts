import { type Evidence, FORMATS, type Judged, SCENARIOS, type Summary } from "@tokenflow/conformance";
import { expect, test } from "vitest";

const HOSTILE = `</pre><script>alert(1)</script>\u0000\u001b[31m "quoted" & 'more' \`\`\` | ![x](http://evil.test/)`;

function hostileSummary(): Summary {
  const [scenario] = SCENARIOS;
  if (!scenario) throw new Error("There are no scenarios");
  const evidence: Evidence = {
    exchanges: [],
    runs: [
      {
        action: "signIn",
        ending: "exited",
        exit: 1,
        printed: [{ at: 1, stream: "stderr", text: HOSTILE }],
        startedAt: 0,
        endedAt: 2,
      },
    ],
    secrets: [],
    userCodes: [],
    origin: "http://127.0.0.1:1",
    files: [],
    filesAtEnd: [],
    processes: [],
  };
  const findings = [{ expected: "signs in", observed: HOSTILE }];
  const result: Judged = { scenario, status: "failed", verdict: "failed", findings, evidence, took: 1 };
  return { client: HOSTILE, commands: { "--command": HOSTILE }, results: [result], took: 1 };
}

test("no script gets into HTML", () => {
  const page = FORMATS.html(hostileSummary());
  expect(page).not.toContain("<script");
  expect(page).not.toContain("\u0000");
  expect(page).toContain("&#60;script&#62;alert(1)&#60;/script&#62;");
});

test("JUnit's XML has no character that XML forbids", () => {
  const xml = FORMATS.junit(hostileSummary());
  expect(xml).not.toContain("<script");
  expect(xml).not.toContain("\u0000");
  expect(xml).not.toContain("\u001b");
  expect(xml.match(/<failure /g)).toHaveLength(1);
});

test("a fence in Markdown is longer than any in the text", () => {
  const page = FORMATS.md(hostileSummary());
  expect(page).toContain("````text");
  expect(page.split("\n").find((line) => line.startsWith("# "))).not.toContain("<script>");
  expect(page).toContain("\\!\\[x\\]".slice(2));
});

test("JSON is read back as it was", () => {
  expect(JSON.parse(FORMATS.json(hostileSummary()))).toMatchObject({ client: HOSTILE });
});

test("no control character of a client reaches the terminal, and each can be seen", () => {
  const text = FORMATS.text(hostileSummary());
  expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(text).toContain("\\x00\\x1b[31m");
});

test("of a long trace the last lines are shown", () => {
  const summary = hostileSummary();
  const [result] = summary.results;
  const [run] = result?.evidence?.runs ?? [];
  if (!result?.evidence || !run) throw new Error("There is no run");
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n");
  const runs = [{ ...run, printed: [{ at: 1, stream: "stderr" as const, text: lines }] }];
  const text = FORMATS.text({ ...summary, results: [{ ...result, evidence: { ...result.evidence, runs } }] });
  expect(text).toContain("… 35 lines, then");
  expect(text).toContain("line 39");
  expect(text).not.toContain("line 34\n");
});
