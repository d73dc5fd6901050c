import { BaseSequencer, type TestSpecification } from "vitest/node";
import { packageOf } from "./package-results.ts";

/** Runs the packages one after the other, the largest first, so that each one's line appears while others run. */
export class PackageSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const folderOf = ({ moduleId }: TestSpecification): string => packageOf(moduleId, this.ctx.config.root);
    const byFolder = Map.groupBy(sorted, folderOf);
    return [...byFolder.values()].toSorted((a, b) => b.length - a.length).flat();
  }
}
