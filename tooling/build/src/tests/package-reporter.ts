import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DefaultReporter, type TestModule, type TestSpecification } from "vitest/node";
import { formatDuration, type PackageResult, packageOf, RESULTS } from "./package-results.ts";

interface Progress {
  filesLeft: number;
  startedAt: number;
  passed: number;
  failed: number;
  skipped: number;
  isBroken: boolean;
}

/** Prints one line for each package when its last file has ended. Failures follow at the end, as always. */
export class PackageReporter extends DefaultReporter {
  readonly #packages = new Map<string, Progress>();
  readonly #results: Record<string, PackageResult> = {};

  constructor() {
    super({ summary: false });
  }

  override onTestRunStart(specifications: readonly TestSpecification[]): void {
    super.onTestRunStart(specifications);
    for (const { moduleId } of specifications) this.#progressOf(moduleId).filesLeft += 1;
  }

  onTestModuleStart({ moduleId }: TestModule): void {
    const progress = this.#progressOf(moduleId);
    progress.startedAt ||= performance.now();
  }

  override onTestModuleEnd(module: TestModule): void {
    super.onTestModuleEnd(module);
    const progress = this.#progressOf(module.moduleId);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed" || state === "failed" || state === "skipped") progress[state] += 1;
    }
    progress.isBroken ||= !module.ok();
    progress.filesLeft -= 1;
    if (progress.filesLeft === 0) this.#end(packageOf(module.moduleId, this.ctx.config.root), progress);
  }

  /** The lines of the packages take the place of those of the files. */
  protected override printTestModule(): void {}

  override onTestRunEnd(...args: Parameters<DefaultReporter["onTestRunEnd"]>): void {
    super.onTestRunEnd(...args);
    const [, unhandledErrors] = args;
    // An error outside all tests belongs to no package, so none has passed.
    const results = unhandledErrors.length > 0 ? {} : this.#results;
    mkdirSync(dirname(RESULTS), { recursive: true });
    writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  }

  #progressOf(moduleId: string): Progress {
    const folder = packageOf(moduleId, this.ctx.config.root);
    const known = this.#packages.get(folder);
    if (known) return known;
    const progress = { filesLeft: 0, startedAt: 0, passed: 0, failed: 0, skipped: 0, isBroken: false };
    this.#packages.set(folder, progress);
    return progress;
  }

  #end(folder: string, { startedAt, passed, failed, skipped, isBroken }: Progress): void {
    const duration = performance.now() - startedAt;
    this.#results[folder] = { ok: !isBroken, duration };
    const counts = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ];
    this.log(
      `${isBroken ? "✗" : "✓"} ${folder.padEnd(25)} ${counts.join(", ")} in ${formatDuration(duration)}`,
    );
  }
}
